"""Tokens that say nothing by themselves: 256 random bits behind the workspace's slug, kept only as their SHA-256.

The slug in front finds the workspace where the host names none; hexadecimal, because mail programs leave a last
hyphen out of a link. A fast hash is enough for what nobody can guess.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NamedTuple

__all__ = ["Opaque"]

_FORM = re.compile(r"([a-z0-9-]{1,63})\.[0-9a-f]{64}").fullmatch


class Opaque(NamedTuple):
    """A refresh, reset or invitation token: what its holder has (``text``) and what the database keeps of it."""

    workspace: str
    text: str

    @classmethod
    def make(cls, workspace: str) -> Opaque:
        return cls(workspace, f"{workspace}.{secrets.token_hex(32)}")

    @classmethod
    def read(cls, text: str) -> Opaque | None:
        """The token in ``text``, None where it cannot be one of ours."""
        found = _FORM(text)
        return cls(found[1], text) if found else None

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()
