"""What hits are counted under: short, the same for every spelling of the same thing, and telling nobody's address."""

from __future__ import annotations

import unicodedata
from hashlib import blake2b

__all__ = ["account_key", "digest"]

_LONGEST_EMAIL = 320


def account_key(workspace: object, email: str) -> str:
    """Return the key of an account as typed, whether it exists or not: case, width and blanks around do not matter.

    It must fold at least what the look-up of the account folds, or another spelling would be another five guesses.
    """
    folded = unicodedata.normalize("NFKC", email[: _LONGEST_EMAIL + 1]).strip().casefold()
    return f"{workspace}\n{folded}"


def digest(key: str) -> str:
    """Return 32 hex digits for a key of any length."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
