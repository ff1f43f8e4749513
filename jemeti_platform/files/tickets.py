"""Tickets: addresses under ``/files/`` good for one object, one method and a short time, sealed by us.

They stand in for the signed URLs of an object store where a folder is the store.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from ..platform import BootError

__all__ = ["Ticket", "Tickets"]

_SEAL = 16


class Ticket(NamedTuple):
    """What the holder may do until ``expires`` (seconds since 1970).

    GET: fetch ``key`` as ``media_type`` under the file name ``name``, shown or saved.
    PUT: write at most ``size`` bytes.
    """

    method: str
    key: str
    expires: int
    size: int = 0
    media_type: str = ""
    name: str = ""
    inline: bool = False


class Tickets:
    """Seals tickets with a key derived from the first secret, and opens those sealed with any of them."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [hashlib.blake2b(secret.encode()[:64], person=b"jemeti.files").digest() for secret in secrets]

    def seal(self, ticket: Ticket) -> str:
        """The ticket as text that fits into a URL. Raises BootError where there are no keys to seal with."""
        if not self._keys:
            raise BootError("jemeti.jwt.keys is not set: addresses of files cannot be signed without a key")
        body = orjson.dumps(tuple(ticket))
        return base64.urlsafe_b64encode(_seal(self._keys[0], body) + body).decode().rstrip("=")

    def open(self, text: str, method: str) -> Ticket | None:
        """The ticket inside; None for one that is forged, has expired or is for another method."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            return None
        seal, body = raw[:_SEAL], raw[_SEAL:]
        if not any(hmac.compare_digest(seal, _seal(key, body)) for key in self._keys):
            return None
        ticket = Ticket(*orjson.loads(body))
        return ticket if ticket.method == method and ticket.expires > time.time() else None


def _seal(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=_SEAL).digest()
