"""Passwords: hashed with argon2id, a few at a time; compared in the same time whether or not there is a user."""

from __future__ import annotations

import logging
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from jemeti_platform.errors import Invalid
from jemeti_platform.platform import BootError

from .hash_gate import REFUSED, HashGate
from .password_strength import is_guessable

if TYPE_CHECKING:
    from pyramid.config import Configurator

__all__ = ["Passwords", "includeme"]

logger = logging.getLogger(__name__)

PREFIX = "jemeti.auth."
LONGEST = 128
SHORTEST_WITH_SECOND_FACTOR = 8

# Normalising can shorten a text, but no sensible password by so much; and it is not free.
_LONGEST_TYPED = 4 * LONGEST
_OWN_NAMES = ("jemeti", "jemetios")


def includeme(config: Configurator) -> None:
    """Put `passwords` on the registry. Raises BootError, naming the key, for settings that cannot be read."""
    config.registry.passwords = Passwords.from_settings(config.registry.settings)
    if metrics := getattr(config.registry, "metrics", None):
        metrics.register(REFUSED)


class Passwords:
    """Hashes and checks passwords after NFKC, so that the same characters typed on another machine are the same.

    `memory_kib`, `passes` and `lanes` are argon2id's m, t and p (OWASP: 19,456, 2, 1). Hashing raises Unavailable when
    too many callers wait, and Invalid for a password of more than 128 characters or with lone surrogates.
    Sources: safety B7, B8, B9.
    """

    def __init__(
        self,
        *,
        memory_kib: int = 19_456,
        passes: int = 2,
        lanes: int = 1,
        shortest: int = 15,
        gate: HashGate | None = None,
    ) -> None:
        self.shortest = shortest
        self.gate = gate or HashGate()
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        # Of no password at all: a random digest is as slow to refute as a real one.
        salt, digest = (b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (16, 32))
        self._nobody = f"$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${digest}"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Passwords:
        """Build from `jemeti.auth.*`. Raises BootError naming the key that cannot be read."""
        return cls(
            memory_kib=_number(settings, "argon2_memory_kib", 19_456, 1_024, 1_048_576),
            passes=_number(settings, "argon2_passes", 2, 1, 20),
            lanes=_number(settings, "argon2_lanes", 1, 1, 16),
            shortest=_number(settings, "password_min", 15, SHORTEST_WITH_SECOND_FACTOR, 64),
            gate=HashGate(
                in_flight=_number(settings, "hashes_in_flight", 4, 1, 64),
                waiting=_number(settings, "hashes_waiting", 256, 0, 10_000),
            ),
        )

    def hash(self, password: str) -> str:
        """Return what to store."""
        return self.gate.run(self._hasher.hash, _typed(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Say whether `password` is the stored one; for None (no user, no password yet) no, after the same time."""
        typed = _typed(password)
        try:
            return self.gate.run(self._hasher.verify, stored or self._nobody, typed)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError):
            logger.exception("A stored password hash cannot be read.")
            return False

    def needs_rehash(self, stored: str) -> bool:
        """Say whether `stored` was made with other parameters than today's; hash again after a successful log-in."""
        return self._hasher.check_needs_rehash(stored)

    def check_strength(
        self,
        password: str,
        *,
        words: Iterable[str] = (),
        second_factor: bool = False,
        field: str = "password",
    ) -> None:
        """Raise Invalid for `field` unless the password is long enough and hard to guess.

        `words` are what others know: names and e-mail of the user, name and slug of the workspace. With a second factor
        8 characters do.
        """
        typed = _typed(password, field)
        shortest = min(self.shortest, SHORTEST_WITH_SECOND_FACTOR) if second_factor else self.shortest
        if len(typed) < shortest:
            raise _invalid(field, f"Use at least {shortest} characters; several words make a good password.")
        if is_guessable(typed, (*_OWN_NAMES, *words)):
            raise _invalid(field, "This is easy to guess: common words, names, or rows of keys. Choose something else.")


def _typed(password: str, field: str = "password") -> str:
    if len(password) <= _LONGEST_TYPED:
        typed = unicodedata.normalize("NFKC", password)
        if len(typed) <= LONGEST:
            if any("\ud800" <= character <= "\udfff" for character in typed):
                raise _invalid(field, "This contains half a character.")
            return typed
    raise _invalid(field, f"Use at most {LONGEST} characters.")


def _invalid(field: str, message: str) -> Invalid:
    return Invalid([{"field": field, "message": message}])


def _number(settings: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = settings.get(PREFIX + name, str(default)).strip()
    if text.isascii() and text.isdigit() and least <= int(text[:9]) <= most:
        return int(text)
    raise BootError(f"{PREFIX}{name}: {text!r} is no whole number from {least} to {most}.")
