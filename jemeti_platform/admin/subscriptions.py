"""What a workspace has subscribed to: a plan, features added to it, and limits of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, update

from ..db.statement import Statement
from ..errors import Conflict, Invalid
from ..features.requirements import lacking, refuse_lacks
from ..tenancy.models import Tenant
from ..tenancy.provisioning import switch_plugins
from ..tenancy.state import WorkspaceState
from .plans import check_features, check_limits
from .states import read_state
from .work import PlatformWork
from .workspaces import Row, locked, refuse_erased

__all__ = ["change", "shown"]

_TABLE = Tenant.__table__
_PLAN = Statement("SELECT slug FROM plans WHERE slug = %(plan)s")
_UPDATE = Statement(
    update(_TABLE)  # type: ignore[arg-type]  # typed as FromClause
    .where(_TABLE.c.id == bindparam("tenant", type_=_TABLE.c.id.type))
    .values({name: bindparam(name, type_=_TABLE.c[name].type) for name in ("plan", "add_ons", "limits")})
)


def shown(row: Row, state: WorkspaceState) -> dict[str, Any]:
    """The subscription as the API shows it; ``effective_limits`` are those of the plan with the workspace's own."""
    return {
        "workspace": row["slug"],
        "plan": row["plan"],
        "add_ons": row["add_ons"],
        "limits": row["limits"],
        "effective_limits": dict(state.limits),
    }


def change(
    work: PlatformWork,
    reference: str,
    *,
    plan: str | None = None,
    add_ons: Mapping[str, str] | None = None,
    limits: Mapping[str, int | None] | None = None,
) -> dict[str, Any]:
    """Change what is given; the plugins that come and go are prepared and stilled in the same transaction.

    Raises NotFound; Invalid for an unknown plan or a misspelt slug; Conflict where an add-on lacks what it needs.
    """
    row = locked(work, reference)
    refuse_erased(row)
    if row["status"] == "closed":
        raise Conflict(f"The workspace {row['slug']!r} is closed.", reason="state", status="closed")
    platform = work.platform
    given: Row = {"plan": plan, "add_ons": add_ons, "limits": limits}
    new: Row = {name: row[name] if value is None else value for name, value in given.items()}
    check_features(platform, new["add_ons"], "add_ons")
    check_limits(platform, new["limits"], "limits")
    (plans,) = work.read(_PLAN(plan=new["plan"]))
    if not plans:
        raise Invalid([{"field": "plan", "message": f"There is no plan {new['plan'][:80]!r}"}])
    work.write(_UPDATE(tenant=row["id"], **new))
    _, state, _ = read_state(work, row["slug"])
    asked = [slug for slug, value in new["add_ons"].items() if value != "off" and slug in platform.features]
    refuse_lacks(lacking(platform.features, state.facts, asked, state.opinion), "Add that to the subscription too.")
    with work.inside(row["id"]) as inside:
        on, off = switch_plugins(inside)
    before = {name: row[name] for name in given}
    work.log("subscription.changed", row["slug"], tenant_id=row["id"], before=before, after=new)
    return {**shown({**row, **new}, state), "plugins": {"enabled": on, "disabled": off}}
