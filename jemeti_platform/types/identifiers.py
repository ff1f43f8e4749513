"""Ids and slugs: names that machines give and compare."""

import re
from typing import Any
from uuid import UUID

from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["Slug", "Uuid"]

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
_SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"


class Uuid(Strict):
    """A UUID in its usual form of 36 characters; braces, `urn:uuid:` and bare hex are refused."""

    def read(self, value: Any, context: Context) -> UUID:
        if type(value) is not str or not _UUID(value):
            raise Refused("Must be a UUID")
        return UUID(value)

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


class Slug(Strict):
    """Lower-case letters, digits and single hyphens between; 63 characters, so that it fits a host name (RFC 1035)."""

    def __init__(self, max: int = 63, min: int = 1) -> None:
        self.max = max
        self.min = min
        self._match = re.compile(_SLUG).fullmatch

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str or not self._match(value):
            raise Refused('Must be lower-case letters, digits and hyphens between them, such as "dhaka-motors"')
        if not self.min <= len(value) <= self.max:
            raise Refused(f"Must have {self.min} to {self.max} characters, this has {len(value)}")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "minLength": self.min, "maxLength": self.max, "pattern": f"^{_SLUG}$"}
