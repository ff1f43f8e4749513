"""Guesses are counted before they are looked at; what turns out not to be one is given back.

Counted outside the transaction, so that a refusal cannot undo its own count. Sources: safety B6, D2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..errors import PlatformError, Unauthorized
from ..ratelimit import Ask, Verdict

__all__ = ["count", "counting_failures", "login_asks"]


def login_asks(request: Any, account: str, workspace: str) -> tuple[Ask, ...]:
    """What a guess at a password counts against: the account, the address it comes from, the whole workspace."""
    return (
        Ask("login_account", account),
        Ask("login_address", request.counted_address),
        Ask("login_workspace", workspace),
    )


def count(request: Any, asks: Sequence[Ask]) -> list[Verdict]:
    """Count one hit of each, or none of them and raise RateLimited."""
    verdicts: list[Verdict] = request.registry.limiter.check(asks)
    request.obey(*verdicts)
    return verdicts


@contextmanager
def counting_failures(request: Any, asks: Sequence[Ask], wrong: type[PlatformError] = Unauthorized) -> Iterator[None]:
    """Count a guess that the block looks at; only if it raises ``wrong`` does the guess stay counted."""
    before = request.verdicts
    verdicts = count(request, asks)
    failed = False
    try:
        yield
    except wrong:
        failed = True
        raise
    finally:
        if not failed:
            for ask in asks:
                request.registry.limiter.give_back(ask.policy, ask.key)
            request.verdicts = (*before, *(v._replace(remaining=v.remaining + 1) for v in verdicts))
