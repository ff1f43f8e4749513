"""What is kept secret and must be read again, such as the secret of somebody's authenticator, is kept encrypted.

AES-256-GCM under a key made of the first of ``jemeti.secrets.keys``; all of them open. A seal is bound to its place:
put into another row, it does not open. Signing keys are no good for this: they are taken away a day after they are
replaced.
"""

from __future__ import annotations

import logging
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import Conflict
from .platform import BootError

__all__ = ["DEMO_SECRETS_KEY", "KEY", "Sealing"]

logger = logging.getLogger(__name__)

KEY = "jemeti.secrets.keys"
DEMO_SECRETS_KEY = "development-only-secrets-key-never-for-production"
"""The key of development.ini; a production platform refuses to start with it."""

_SHORTEST = 32
_NONCE = 12


class Sealing:
    """Encrypts and decrypts short texts. Without keys the platform works, but for what would have to be sealed."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._ciphers = [AESGCM(_derived(key)) for key in keys]

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Raises BootError for a key that is too short, or that everybody knows."""
        keys = settings.get(KEY, "").split()
        if any(len(key.encode()) < _SHORTEST for key in keys):
            raise BootError(f"{KEY}: a key is shorter than {_SHORTEST} bytes; make one with `jemeti new-key`")
        if DEMO_SECRETS_KEY in keys and settings.get("jemeti.environment", "production") != "development":
            raise BootError(f"{KEY} holds the key of development.ini; production needs a random key of its own")
        if not keys:
            logger.warning("%s is empty: nobody can set up two-factor log-in or webhooks.", KEY)
        return cls(keys)

    def seal(self, text: str, place: str) -> str:
        """Encrypt ``text`` for ``place``. Raises Conflict where there are no keys."""
        if not self._ciphers:
            raise Conflict(f"This server has no {KEY} and can keep no secrets.", reason="not_configured")
        nonce = secrets.token_bytes(_NONCE)
        return b64encode(nonce + self._ciphers[0].encrypt(nonce, text.encode(), place.encode())).decode()

    def open(self, sealed: str, place: str) -> str | None:
        """What was sealed for ``place``; None where none of the keys opens it there."""
        for cipher in self._ciphers:
            if (text := _opened(cipher, sealed, place)) is not None:
                return text
        logger.error("A sealed secret opens with none of %s.", KEY)
        return None

    def renewed(self, sealed: str, place: str) -> str | None:
        """The same under the newest key, None where it is that already or there is no key that opens it."""
        if not self._ciphers or _opened(self._ciphers[0], sealed, place) is not None:
            return None
        text = self.open(sealed, place)
        return None if text is None else self.seal(text, place)


def _opened(cipher: AESGCM, sealed: str, place: str) -> str | None:
    raw = b64decode(sealed)
    try:
        return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
    except InvalidTag:
        return None


def _derived(key: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"jemeti sealing").derive(key.encode())
