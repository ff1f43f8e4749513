"""Codes for the day the telephone is lost: ten, each good once, 80 random bits each, kept as their SHA-256."""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b32encode

__all__ = ["COUNT", "digest", "make"]

COUNT = 10
_GROUP = re.compile(r".{4}")


def make() -> list[str]:
    """Ten new codes as people write them down: ``abcd-efgh-ijkl-mnop``."""
    return ["-".join(_GROUP.findall(b32encode(secrets.token_bytes(10)).decode().lower())) for _ in range(COUNT)]


def digest(code: str) -> str:
    """What is kept of a code, however it is typed: capitals, spaces and hyphens do not matter."""
    return hashlib.sha256(re.sub(r"[\s-]", "", code).lower().encode()).hexdigest()
