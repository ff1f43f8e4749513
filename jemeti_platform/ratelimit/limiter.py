"""Asking the limits: a hit is counted before what it pays for happens, and given back if it turns out innocent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from limits import RateLimitItem

from jemeti_platform.platform import BootError

from .counters import Counters, Want
from .failover import FailoverCounters
from .keys import digest
from .memory import MemoryCounters
from .policies import STORAGE_KEY, Policies
from .redis import RedisCounters

__all__ = ["Ask", "Limiter", "Verdict"]


class Ask(NamedTuple):
    """A hit of `cost` on `key` under a policy; `limit` (from a plan) replaces the one in the ini."""

    policy: str
    key: str
    cost: int = 1
    limit: RateLimitItem | None = None


class Verdict(NamedTuple):
    """How one policy stands after a hit; `remaining` hits, whole seconds until all of `limit` are there again."""

    allowed: bool
    limit: int
    remaining: int
    reset_after_seconds: int
    policy: str
    window_seconds: int


class Limiter:
    """The one face of rate limits: exact under parallel callers, never part of a database transaction.

    Keys may be anything of any length: only their digest is kept. Each policy counts in windows that open with the
    first hit and end by themselves, whatever is tried meanwhile; refused hits are not counted. An unknown policy is a
    KeyError. Source of the rules: safety B6, D1, D2.
    """

    def __init__(self, policies: Policies, counters: Counters) -> None:
        self.policies = policies
        self.counters = counters

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Limiter:
        """Build from `jemeti.ratelimit.*`. Raises BootError naming the key that cannot be read."""
        return cls(Policies(settings), _counters(settings.get(STORAGE_KEY, "memory://").strip()))

    def hit(self, policy: str, key: str, cost: int = 1, *, limit: RateLimitItem | None = None) -> Verdict:
        """Count `cost` if it fits, and say how the policy stands."""
        return self.check((Ask(policy, key, cost, limit),))[0]

    def check(self, asks: Iterable[Ask]) -> list[Verdict]:
        """Decide several policies as one: all are counted or, if any refuses, none. Verdicts in the order asked."""
        wants, names = [], []
        for policy, key, cost, limit in asks:
            if cost < 1:
                raise ValueError(f"A hit costs at least 1, not {cost}.")
            item = limit or self.policies.limits[policy]
            seconds = item.get_expiry()
            wants.append(Want(_shelf(policy, seconds), digest(key), item.amount, seconds, cost))
            names.append(policy)
        return [
            Verdict(
                count.fits,
                want.amount,
                max(0, want.amount - count.used),
                math.ceil(count.resets_in) or want.seconds,
                name,
                want.seconds,
            )
            for name, want, count in zip(names, wants, self.counters.take(wants), strict=True)
        ]

    def give_back(self, policy: str, key: str, cost: int = 1, *, limit: RateLimitItem | None = None) -> None:
        """Undo one hit, as after a log-in that succeeded: only failures shall count against an address."""
        self.counters.give_back(self._shelf_of(policy, limit), digest(key), cost)

    def clear(self, policy: str, key: str, *, limit: RateLimitItem | None = None) -> None:
        """Forget the count of a key, as of an account whose owner has just proved to know the password."""
        self.counters.clear(self._shelf_of(policy, limit), digest(key))

    def _shelf_of(self, policy: str, limit: RateLimitItem | None) -> str:
        return _shelf(policy, (limit or self.policies.limits[policy]).get_expiry())


def _shelf(policy: str, seconds: int) -> str:
    # With the window, without the amount: a new plan's higher or lower amount meets what is already counted.
    return f"{policy}/{seconds}"


def _counters(address: str) -> Counters:
    if address == "memory://":
        return MemoryCounters()
    if address.startswith(("redis://", "rediss://", "redis+unix://")):
        shared = RedisCounters(address)
        return FailoverCounters(shared, MemoryCounters(), faults=shared.base_exceptions)
    raise BootError(f"{STORAGE_KEY}: write 'memory://' or 'redis://host:6379/0'.")
