"""Decisions about one feature for every workspace: the brake that is stronger than plans, add-ons and overrides."""

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
    before, ((after,),) = _both(work, feature, _PULL(feature=feature, value=value, reason=reason, author=work.email))
    return after, _settle(work, feature, "kill_switch.pulled", before, _plain(after))


def lift(work: PlatformWork, feature: str, *, reason: str | None = None) -> list[Switched]:
    """Let every workspace's own facts decide again. Raises NotFound where no switch is pulled."""
    before, _ = _both(work, feature, _LIFT(feature=feature))
    if before is None:
        raise NotFound(f"No kill switch is pulled for {feature[:80]!r}")
    return _settle(work, feature, "kill_switch.lifted", before, {"reason": reason})


def _both(work: PlatformWork, feature: str, change: Any) -> tuple[dict[str, Any] | None, list[Any]]:
    found, *changed = work.write(_FIND(feature=feature), change)
    return (_plain(found[0]) if found else None), changed


def _settle(
    work: PlatformWork, feature: str, action: str, before: dict[str, Any] | None, after: dict[str, Any]
) -> list[Switched]:
    switched = align(work)
    work.log(action, feature, before=before, after={**after, "workspaces": len(switched)})
    return switched


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("feature", "value", "reason", "author")}
