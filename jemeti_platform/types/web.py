"""Web addresses as people paste them. Whether one may be asked is for ``jemeti_platform.egress`` to say."""

import re
from typing import Any

from jemeti_platform.types.strict import Context, Refused, Strict
from jemeti_platform.types.text import Text

__all__ = ["WebAddress"]

_FORM = re.compile(r"https?://\S+", re.IGNORECASE).fullmatch


class WebAddress(Strict):
    """A URL of at most `max` characters that begins with https:// or http:// and has no white space in it."""

    def __init__(self, max: int = 2000) -> None:
        self.max = max
        self._text = Text(max=max)

    def read(self, value: Any, context: Context) -> str:
        text = self._text.read(value, context)
        if not _FORM(text):
            raise Refused("Must be a web address, like https://www.example.com/")
        return text

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": self.max, "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://\S+$"}
