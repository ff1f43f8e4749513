"""Opaque cursors: where a walk through a list stands, sealed so that nobody can make or move one.

A cursor holds the workspace, the list it belongs to with its filters and order, and the last row's
sort values. Its seal is keyed by the platform's signing key, so a cursor of another workspace, another list
or another order is refused as bad input.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any

import orjson

from ..errors import Invalid
from ..json import to_json

__all__ = ["Cursors"]

_SEAL = 16


class Cursors:
    """Seals cursors with a key derived from the first secret, and opens those sealed with any of them."""

    def __init__(self, *secrets: str) -> None:
        self._keys = [hashlib.blake2b(secret.encode()[:64], person=b"jemeti.cursor").digest() for secret in secrets]

    def seal(self, scope: Any, values: list[Any]) -> str:
        """The cursor that stands behind a row with these sort values, in the list that ``scope`` describes."""
        body = to_json(values)
        return base64.urlsafe_b64encode(_seal(self._keys[0], scope, body) + body).decode().rstrip("=")

    def open(self, scope: Any, cursor: str, field: str = "cursor") -> list[Any]:
        """The sort values inside a cursor. Raises Invalid (of ``field``) for one that was not sealed for this scope."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raw = b""
        seal, body = raw[:_SEAL], raw[_SEAL:]
        if not any(hmac.compare_digest(seal, _seal(key, scope, body)) for key in self._keys):
            raise Invalid(
                [
                    {
                        "field": field,
                        "message": "This cursor does not belong to this list; begin again with an empty one",
                    }
                ]
            )
        values: list[Any] = orjson.loads(body)
        return values


def _seal(key: bytes, scope: Any, body: bytes) -> bytes:
    return hashlib.blake2b(to_json(scope) + b"\x00" + body, key=key, digest_size=_SEAL).digest()
