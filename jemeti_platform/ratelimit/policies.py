"""What is limited, and to how much: policies have a default here and a value in the ini."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from limits import RateLimitItem, parse

from jemeti_platform.platform import BootError

__all__ = ["KERNEL_POLICIES", "PREFIX", "Policies", "Policy", "parse_limit"]

PREFIX = "jemeti.ratelimit."
STORAGE_KEY = PREFIX + "storage"

# `limits` reads "5 per 0 minutes" as one minute, and of "5 per minute; 9 per hour" the first: here both are mistakes.
_GRAMMAR = re.compile(
    r"\s*[1-9]\d{0,8}\s*(/|\s+per\s+)\s*([1-9]\d{0,4}\s+)?(second|minute|hour|day)s?\s*", re.IGNORECASE | re.ASCII
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST_WINDOW = 31 * 86_400


@dataclass(frozen=True)
class Policy:
    """One thing that is counted: ini key `jemeti.ratelimit.<name>`, and the limit where the ini is silent."""

    name: str
    default: str
    title: str


KERNEL_POLICIES = (
    Policy("login_account", "5 per 15 minutes", "failed log-ins of one account"),
    Policy("login_address", "20 per 15 minutes", "failed log-ins from one address"),
    Policy("login_workspace", "500 per 15 minutes", "failed log-ins into one workspace"),
    Policy("two_factor_account", "5 per 15 minutes", "wrong second factors of one account"),
    Policy("two_factor_challenge", "5 per 15 minutes", "wrong second factors of one log-in"),
    Policy("password_reset", "3 per hour", "password resets asked for one account"),
    Policy("password_reset_address", "20 per hour", "password resets asked from one address"),
    Policy("general", "1200 per minute", "requests of one principal"),
    Policy("general_address", "1200 per minute", "unauthenticated requests from one address"),
)


def parse_limit(text: str) -> RateLimitItem:
    """Read a limit such as `5 per 15 minutes` or `1200/minute`: seconds to days, at most 31 days.

    Raises ValueError with a sentence.
    """
    if not _GRAMMAR.fullmatch(text):
        raise ValueError(f"{text!r} is no limit; write it like '5 per 15 minutes' or '1200 per minute'.")
    item = parse(text)
    if item.get_expiry() > _LONGEST_WINDOW:
        raise ValueError(f"{text!r} counts over more than 31 days.")
    return item


class Policies:
    """The declared policies with the limits that the settings give them.

    Raises BootError for a limit that cannot be read, naming its key.
    """

    def __init__(self, settings: Mapping[str, str], declared: Iterable[Policy] = KERNEL_POLICIES) -> None:
        self._settings = settings
        self.declared: dict[str, Policy] = {}
        self.limits: dict[str, RateLimitItem] = {}
        for policy in declared:
            self.declare(policy)

    def declare(self, policy: Policy) -> None:
        """Add a policy and read its limit. Raises BootError for a name taken or malformed, or an unreadable limit."""
        key = PREFIX + policy.name
        if not _NAME.fullmatch(policy.name) or key == STORAGE_KEY:
            raise BootError(f"The rate limit policy {policy.name!r} needs another name: a-z, 0-9 and _, not 'storage'.")
        if policy.name in self.declared:
            raise BootError(f"The rate limit policy {policy.name!r} is declared twice.")
        try:
            self.limits[policy.name] = parse_limit(self._settings.get(key, policy.default))
        except ValueError as error:
            raise BootError(f"{key}: {error}") from error
        self.declared[policy.name] = policy

    def refuse_unknown(self) -> None:
        """Raise BootError for an ini key that no policy has: a misspelt limit must not silently be the default."""
        for key in self._settings:
            if key.startswith(PREFIX) and key != STORAGE_KEY and key[len(PREFIX) :] not in self.declared:
                known = ", ".join(sorted(self.declared))
                raise BootError(f"{key}: there is no such rate limit. There are: {known}.")
