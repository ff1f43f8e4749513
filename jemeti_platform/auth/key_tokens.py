"""What the holder of an API key sends: ``jk_``, whose key it is, and 160 random bits; kept only as its SHA-256.

The ids in front lead to workspace and key, since nothing can be looked up across workspaces. A fast hash is enough:
slow ones protect what people make up, and nobody guesses 160 bits.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b32decode, b32encode
from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID

__all__ = ["KeyToken", "ProvenKeys"]

_FORM = re.compile(r"jk_([a-z2-7]{52})_[a-z2-7]{32}").fullmatch
_SHOWN = 15
_REMEMBERED = 4096


class KeyToken(NamedTuple):
    """An API key as its holder has it (``text``), and what can be read in it."""

    tenant_id: UUID
    key_id: UUID
    text: str

    @classmethod
    def make(cls, tenant_id: UUID, key_id: UUID) -> KeyToken:
        """A new secret for a key."""
        whose, secret = _base32(key_id.bytes + tenant_id.bytes), _base32(secrets.token_bytes(20))
        return cls(tenant_id, key_id, f"jk_{whose}_{secret}")

    @classmethod
    def read(cls, text: str) -> KeyToken | None:
        """The key in ``text``, None where it cannot be one of ours. Whether it is good only the database knows."""
        found = _FORM(text)
        if found is None:
            return None
        whose = b32decode(found[1].upper() + "====")
        return cls(UUID(bytes=whose[16:]), UUID(bytes=whose[:16]), text)

    @property
    def prefix(self) -> str:
        """By which people tell keys apart: made of the key's id, so that it stays when the secret is changed."""
        return self.text[:_SHOWN]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class ProvenKeys:
    """Fingerprints that the database has accepted in this process: whose requests are counted as the key's own.

    Before that anybody could make up a secret behind the ids of somebody else's key and use up what that key may ask
    for; such a request counts for the address it comes from. It says nothing about who may do what.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, fingerprint: str) -> bool:
        return fingerprint in self._known

    def add(self, fingerprint: str) -> None:
        self._known[fingerprint] = None
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _base32(raw: bytes) -> str:
    return b32encode(raw).decode().rstrip("=").lower()
