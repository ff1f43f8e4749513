"""What the plugin writes when it is switched on: done twice it is as done once; off and on again too."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from ..sweep.catalogue import fingerprint, tenant_tables
from ..workspaces import TestWorkspace, platform_work
from .report import Outcome
from .stage import Stage

__all__ = ["seeds"]


def seeds(stage: Stage, found: Outcome) -> None:
    workspace = stage.workspace()
    hook = getattr(stage.platform.module(stage.subject.name), "jemeti_tenant_enabled", None)
    place = stage.subject.place_of(hook) if hook is not None else ""
    if hook is not None:
        remedy = "Write by natural key: INSERT … ON CONFLICT DO NOTHING, or look before writing."
        _twice(
            stage, workspace, "jemeti_tenant_enabled run again", lambda: _enable(stage, workspace), found, place, remedy
        )
    if stage.manifest.features:
        _twice(
            stage,
            workspace,
            "switching it off and on again",
            lambda: _off_and_on(stage, workspace),
            found,
            place,
            "Keep the data when switched off; write by natural key when switched on.",
        )
    found.figures |= {"tables": len(_print(stage, workspace.id))}


def _twice(
    stage: Stage,
    workspace: TestWorkspace,
    what: str,
    act: Callable[[], None],
    found: Outcome,
    place: str,
    remedy: str,
) -> None:
    before = _print(stage, workspace.id)
    try:
        act()
    except Exception as error:  # noqa: BLE001 (a hook may raise anything)
        text = str(error).strip().splitlines() or [""]
        found.error(f"{what} raises {type(error).__name__}: {text[0]}", place, remedy)
        return
    after = _print(stage, workspace.id)
    for table, told in before.items():
        if after[table] != told:
            rows = [int(text.partition(" ")[0]) for text in (told, after[table])]
            said = f"{rows[0]} rows become {rows[1]}" if rows[0] != rows[1] else "rows are changed"
            found.error(f"{what} changes {table}: {said}", place, remedy)


def _enable(stage: Stage, workspace: TestWorkspace) -> None:
    platform = stage.app.registry.platform
    with platform_work(platform) as work, work.inside(workspace.id) as inside:
        inside.refresh()
        platform.hook("jemeti_tenant_enabled", frozenset((stage.subject.name,)))(work=inside)


def _off_and_on(stage: Stage, workspace: TestWorkspace) -> None:
    for value in ("off", None):
        for feature in stage.manifest.features:
            workspace.set_feature(feature.slug, value)


def _print(stage: Stage, workspace: UUID) -> dict[str, str]:
    """Number and hash of the workspace's rows, for all tables but what the check itself writes."""
    with stage.database.connect("jemeti_backup") as backup:
        tables = [
            t for t in tenant_tables(backup) if t.name not in ("feature_overrides", "audit_log", "event_counters")
        ]
        return fingerprint(backup, tables, workspace)
