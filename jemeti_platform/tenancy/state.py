"""What the kernel remembers of a workspace between requests, always under its stamps.

Entering a workspace returns two numbers: the workspace's stamp, raised by every change of its
features, roles and profile, and the platform's, raised by every change of plans and kill switches.
A state is used only while both are what they were when it was read: no time to live, no message
between processes, and no query more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from ..db.statement import Bound, Statement
from ..features.decision import Decision, FeatureFacts, Override, decide, decide_by_plan
from ..manifest import Feature, Permission, covering_grants

if TYPE_CHECKING:
    from ..platform import Platform

__all__ = ["ACT", "ENTER", "ENTER_WITH_KEY", "FACTS", "Entry", "Role", "WorkspaceState", "WorkspaceStates"]

ENTER = Statement("SELECT * FROM jemeti.enter(%(tenant)s::uuid, %(session)s::uuid)")
ENTER_WITH_KEY = Statement(
    "SELECT * FROM jemeti.enter_with_key(%(tenant)s::uuid, %(key)s::uuid, %(fingerprint)s, %(address)s)"
)
ACT = Statement("SELECT set_config('app.actor', %(actor)s, true)")
FACTS: Bound = Statement(
    "SELECT jemeti.workspace_facts() || jsonb_build_object("
    "'behind', coalesce((SELECT jsonb_agg(plugin) FROM replay_positions), '[]')) AS facts"
)()


class Entry(NamedTuple):
    """What the database said when the workspace was entered: by a session, or by an API key with ``key_grants``.

    The user of a key is whoever made its secret: it may never do more than they may, and nothing once they may not
    log in.
    """

    tenant_id: UUID
    slug: str
    status: str
    stamp: int
    platform_stamp: int
    user_id: UUID | None
    user_name: str | None
    role_id: UUID | None
    alive: bool
    two_factor: bool = False
    key_grants: Sequence[str] = ()

    @property
    def stamps(self) -> tuple[int, int]:
        return self.stamp, self.platform_stamp


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the workspace with the permissions it comes to, wildcards resolved."""

    id: UUID
    slug: str
    name: str
    permissions: frozenset[str]


@dataclass(slots=True)
class WorkspaceState:
    """Features, roles, limits and profile of one workspace as they were under ``stamps``."""

    tenant_id: UUID
    slug: str
    stamps: tuple[int, int]
    facts: FeatureFacts
    limits: Mapping[str, int | None]
    available_in: Mapping[str, Mapping[str, str]]
    roles: Mapping[UUID, Role]
    profile: Mapping[str, Any]
    features: Mapping[str, Feature]
    behind: frozenset[str] = frozenset()
    opinion: Callable[[str], str | None] = lambda slug: None
    memory: dict[str, Any] = field(default_factory=dict)
    """What others remember of the workspace for as long as its stamps are these, by name."""
    _decisions: dict[str, Decision] = field(default_factory=dict)
    _valid_until: datetime | None = None

    def decision(self, slug: str) -> Decision:
        """The decision about a feature, now. Raises KeyError for one that is not installed."""
        until = self._valid_until
        if until is not None and datetime.now(UTC) >= until:
            self._decisions.clear()
            self._valid_until = None
        known = self._decisions.get(slug)
        if known is None:
            now = datetime.now(UTC)
            known = self._decisions[slug] = decide(self.features, self.facts, slug, now, self.opinion)
            expiries = [o.expires_at for o in self.facts.overrides.values() if o.expires_at and o.expires_at > now]
            self._valid_until = min(expiries, default=None)
        return known

    def forget_decisions(self) -> None:
        """Decide anew when next asked."""
        self._decisions.clear()

    def has(self, slug: str) -> bool:
        """Whether a feature can be read at all (``on`` or ``read_only``); False where it is not installed."""
        return slug in self.features and self.decision(slug).value != "off"

    def plans_with(self, slug: str) -> list[str]:
        """The plans under which the feature would be on, in the order the platform lists them."""
        plans = self.available_in
        return [plan for plan in plans if decide_by_plan(self.features, plans[plan], slug).value == "on"]


class WorkspaceStates:
    """The states this process remembers, at most ``size`` of them, least recently used out first."""

    def __init__(self, platform: Platform, size: int = 10_000) -> None:
        self._platform = platform
        self._size = size
        self._states: OrderedDict[UUID, WorkspaceState] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, tenant_id: UUID) -> WorkspaceState | None:
        """The state as last seen, whatever the stamps are now."""
        return self._states.get(tenant_id)

    def current(self, entry: Entry) -> WorkspaceState | None:
        """The state if it is still what the stamps of this entry describe."""
        state = self._states.get(entry.tenant_id)
        return state if state is not None and state.stamps == entry.stamps else None

    def remember(self, state: WorkspaceState) -> WorkspaceState:
        with self._lock:
            self._states[state.tenant_id] = state
            self._states.move_to_end(state.tenant_id)
            while len(self._states) > self._size:
                self._states.popitem(last=False)
        return state

    def build(self, entry: Entry, facts: Mapping[str, Any]) -> WorkspaceState:
        """Make the state from what ``jemeti.workspace_facts()`` returned under ``entry``."""
        permissions = self._platform.permissions
        limits = {slug: limit.default for slug, limit in self._platform.limits.items()}
        for layer in (facts["plan_limits"], facts["limits"]):
            limits.update({slug: value for slug, value in layer.items() if slug in limits})
        return WorkspaceState(
            tenant_id=entry.tenant_id,
            slug=entry.slug,
            stamps=(facts["stamp"], facts["platform_stamp"]),
            facts=FeatureFacts(
                plan=facts["plan"],
                plan_features=facts["plan_features"],
                add_ons=facts["add_ons"],
                overrides={slug: _override(row) for slug, row in facts["overrides"].items()},
                kill_switches={slug: _override(row) for slug, row in facts["kill_switches"].items()},
            ),
            limits=limits,
            available_in={plan["slug"]: plan["features"] for plan in facts["plans"]},
            roles={role.id: role for role in (_role(row, permissions) for row in facts["roles"])},
            profile=facts["profile"],
            features=self._platform.features,
            behind=frozenset(facts["behind"]),
        )


def _override(row: Mapping[str, Any]) -> Override:
    expires_at = row.get("expires_at")
    return Override(
        row["value"], row["reason"], row["author"], datetime.fromisoformat(expires_at) if expires_at else None
    )


def _role(row: Mapping[str, Any], permissions: Mapping[str, Permission]) -> Role:
    if row["system"]:
        granted = frozenset(name for name, p in permissions.items() if _holds(row["slug"], p))
    else:
        grants = frozenset(row["permissions"])
        granted = frozenset(name for name in permissions if covering_grants(name) & grants)
    return Role(UUID(row["id"]), row["slug"], row["name"], granted)


def _holds(role: str, permission: Permission) -> bool:
    return role in ("owner", "admin") or role in permission.roles
