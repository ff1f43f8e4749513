"""Up, down to nothing, and up again, with everything that is not the plugin's as it was."""

from __future__ import annotations

from alembic.script import ScriptDirectory

from ...db import migrate
from .report import Outcome
from .schema import Schema, read_schema
from .stage import Stage

__all__ = ["migrations"]

_MANY = 6


def migrations(stage: Stage, found: Outcome) -> None:
    name, manifests = stage.subject.name, stage.platform.manifests
    folder = stage.subject.folder / "migrations"
    before, up = stage.schema_before, stage.schema
    _report(found, "the way up changes what is not the plugin's", before.changed(up))
    _report(found, "the way up deletes what is not the plugin's", up.lacking(before))
    _report(found, "the way up adds to what is not the plugin's", up.foreign(name, before))
    if not folder.is_dir():
        found.figures |= {"revisions": 0}
        return
    script = ScriptDirectory.from_config(migrate.alembic_config(manifests))
    mine = [r for r in script.walk_revisions() if str(r.path).startswith(str(folder))]
    heads = [r for r in mine if r.is_head]
    place = stage.subject.short(mine[0].path) if mine else ""
    if len(heads) > 1:
        found.error(f"its migrations have {len(heads)} heads", place, "Make them one line.")
    if mine and not any(name in (r.branch_labels or ()) for r in mine):
        found.error(
            f"no revision is labelled {name!r}",
            place,
            f'Write branch_labels = ("{name}",) in the first one, so that the plugin can be taken out again.',
        )
        return
    if mine:
        _down_and_up(stage, up, before, found)
    found.figures |= {"revisions": len(mine), "objects": len(up.lacking(before)) + len(before.lacking(up))}


def _down_and_up(stage: Stage, up: Schema, before: Schema, found: Outcome) -> None:
    manifests = stage.platform.manifests
    database = stage.clone("ways")
    migrate.upgrade(manifests, database.migrate_url)
    where = f"{stage.subject.short(stage.subject.folder)}/migrations"
    try:
        migrate.downgrade(manifests, stage.subject.name, database.migrate_url)
    except Exception as error:  # noqa: BLE001 (a migration may raise anything)
        found.error(f"the way down fails: {_first_line(error)}", where, "Mend downgrade().")
        return
    down = read_schema(database)
    _report(found, "the way down leaves behind", before.lacking(down))
    _report(found, "the way down takes away", down.lacking(before))
    _report(found, "the way down changes", before.changed(down))
    try:
        migrate.upgrade(manifests, database.migrate_url)
    except Exception as error:  # noqa: BLE001
        found.error(
            f"the second way up fails: {_first_line(error)}", where, "Undo in downgrade() all that upgrade() does."
        )
        return
    again = read_schema(database)
    differing = [*up.changed(again), *up.lacking(again), *again.lacking(up)]
    _report(found, "after the second way up differ", differing)


def _report(found: Outcome, what: str, objects: list[str]) -> None:
    if objects:
        more = f" and {len(objects) - _MANY} more" if len(objects) > _MANY else ""
        found.error(
            f"{what}: {', '.join(objects[:_MANY])}{more}", "", "A migration touches its own plugin's tables only."
        )


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
