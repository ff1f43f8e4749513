"""Decisions about one feature for every workspace: the brake that is stronger than plans, add-ons and overrides.

Pulled to ``off`` or ``read_only`` it is a pause, in force in milliseconds however many workspaces there are: the
dispatcher keeps plugins silent, and they stay prepared for the day when the switch is lifted.
"""

from __future__ import annotations

from typing import Any

from ..db.statement import Bound, Statement
from ..errors import NotFound
from .alignment import Switched, align
from .overrides import known_feature
from .work import PlatformWork

__all__ = ["ALL", "lift", "pull"]

ALL: Bound = Statement("SELECT feature, value, reason, author, created_at FROM kill_switches")()
"""Every kill switch that is pulled."""
_FIND = Statement(f"{ALL.sql} WHERE feature = %(feature)s FOR UPDATE")
_PULL = Statement(
    "INSERT INTO kill_switches (feature, value, reason, author)"
    " VALUES (%(feature)s, %(value)s, %(reason)s, %(author)s)"
    " ON CONFLICT (feature) DO UPDATE SET value = EXCLUDED.value, reason = EXCLUDED.reason,"
    " author = EXCLUDED.author, created_at = now()"
    " RETURNING feature, value, reason, author, created_at"
)
_LIFT = Statement("DELETE FROM kill_switches WHERE feature = %(feature)s")


def pull(work: PlatformWork, feature: str, value: str, *, reason: str) -> tuple[dict[str, Any], list[Switched]]:
    """Decide about a feature for every workspace; returns the switch and the workspaces whose plugins changed.

    Raises NotFound for a feature that is not installed.
    """
    known_feature(work, feature)
    switch = _PULL(feature=feature, value=value, reason=reason, author=work.email)
    found, (after,) = work.write(_FIND(feature=feature), switch)
    switched = align(work) if value == "on" else []
    before = _plain(found[0]) if found else None
    work.log("kill_switch.pulled", feature, before=before, after={**_plain(after), "workspaces": len(switched)})
    return after, switched


def lift(work: PlatformWork, feature: str, *, reason: str | None = None) -> list[Switched]:
    """Let every workspace's own facts decide again. Raises NotFound where no switch is pulled."""
    found, _ = work.write(_FIND(feature=feature), _LIFT(feature=feature))
    if not found:
        raise NotFound(f"No kill switch is pulled for {feature[:80]!r}")
    switched = align(work)
    after = {"reason": reason, "workspaces": len(switched)}
    work.log("kill_switch.lifted", feature, before=_plain(found[0]), after=after)
    return switched


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("feature", "value", "reason", "author")}
