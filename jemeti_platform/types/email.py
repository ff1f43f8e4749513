"""E-mail addresses."""

import re
from typing import Any

from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["Email", "email_key"]

# RFC 5321 limits; quoted local parts and address literals are legal, and in a business application always a mistake.
_LONGEST, _LONGEST_LOCAL = 254, 64
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})"
_is_local = re.compile(_LOCAL).fullmatch
_is_domain = re.compile(_DOMAIN).fullmatch


class Email(Strict):
    """An e-mail address: stripped, its domain in lower case and in ASCII (IDNA), the local part as written.

    Two addresses are the same if `email_key` says so.
    """

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str:
            raise Refused("Must be an e-mail address as text")
        text = value.strip()
        if len(text) > _LONGEST:
            raise Refused(f"At most {_LONGEST} characters")
        local, at, domain = text.rpartition("@")
        domain = domain.lower()
        if not domain.isascii():
            domain = _ascii(domain)
        address = f"{local}@{domain}"
        if (
            not at
            or len(local) > _LONGEST_LOCAL
            or not _is_local(local)
            or not _is_domain(domain)
            or len(address) > _LONGEST
        ):
            raise Refused('Must be an e-mail address, such as "name@example.com"')
        return address

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": _LONGEST}


def email_key(address: str) -> str:
    """Return what two spellings of one address have in common: the whole address, case-folded."""
    return address.strip().casefold()


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
