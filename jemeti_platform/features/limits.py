"""Numbers that a plan sets, like ``users.max``: looked at before something is added, exact when many add at once."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator

from ..db.statement import Bound, Statement
from ..errors import PaymentRequired
from ..platform import BootError
from ..work import Work

__all__ = ["add_limit_usage", "check", "includeme", "reserve"]

_LOCK = Statement("SELECT pg_advisory_xact_lock(hashtextextended(%(limit)s::text || %(tenant)s::text, 0))")
_USERS = Bound("SELECT count(*) AS used FROM users WHERE status IN ('active', 'invited')", ())


def check(work: Work, slug: str, used_after: int) -> None:
    """Raise PaymentRequired where ``used_after``, what there would be, exceeds the limit.

    Exact only if nobody else can add in between: ``reserve`` counts under a lock.
    """
    most = work.limit(slug)
    if most is not None and used_after > most:
        raise PaymentRequired(
            f"This workspace may have {most}: {work.platform.limits[slug].title.lower()}.",
            details={"limit": slug, "max": most, "used": used_after, "plan": work.state.facts.plan},
        )


def reserve(work: Work, slug: str, adding: int = 1) -> None:
    """Make sure that ``adding`` more fit under the limit, and that nobody else adds until this transaction ends.

    Call it before the INSERT. One round trip, none where there is no limit. Raises PaymentRequired.
    """
    if work.limit(slug) is None:
        return
    _, (row,) = work.write(_LOCK(limit=slug, tenant=work.tenant_id), work.platform.usages[slug])
    check(work, slug, row["used"] + adding)


def add_limit_usage(config: Configurator, slug: str, statement: Bound) -> None:
    """Count a limit by ``statement``, a SELECT of one row ``used`` that sees the rows of one workspace."""
    platform = config.registry.platform
    if slug not in platform.limits:
        raise BootError(f"config.add_limit_usage: no manifest declares the limit {slug!r}; add Limit({slug!r}, …)")
    if slug in platform.usages:
        raise BootError(f"config.add_limit_usage: the limit {slug!r} is counted already; remove one of the two")
    platform.usages[slug] = statement


def includeme(config: Any) -> None:
    config.add_directive("add_limit_usage", add_limit_usage, action_wrap=False)
    config.add_limit_usage("users.max", _USERS)
