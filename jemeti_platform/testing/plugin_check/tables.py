"""The plugin's tables under the rules of the catalogue: row security, composite keys, rights. And models that agree."""

from __future__ import annotations

from alembic.util.exc import CommandError

from ...db import migrate
from ...db.base import Base
from ..sweep.catalogue import broken_rules
from .report import Outcome
from .stage import Stage

__all__ = ["tables"]


def tables(stage: Stage, found: Outcome) -> None:
    made = stage.tables
    before = set(broken_rules(stage.clone("rules")))
    for sentence in broken_rules(stage.database):
        if sentence in before:
            continue
        rule_and_subject, _, message = sentence.partition(": ")
        rule, _, subject = rule_and_subject.partition(" ")
        told, _, remedy = message.partition(": ")
        found.error(f"{subject} {told.rstrip('.')} (rule {rule})", _place(stage, subject), remedy)
    columns = stage.schema.objects
    for name in made:
        if f"column {name}.tenant_id" not in columns:
            found.error(
                f"the table {name} belongs to no workspace",
                _place(stage, name),
                "Make it with create_tenant_table; what all workspaces share is the kernel's.",
            )
        if name not in Base.metadata.tables:
            found.error(f"no model describes the table {name}", _place(stage, name), "Add it to models.py.")
        if not name.startswith(f"{stage.subject.name}_"):
            found.warn(f"the table {name} is not named {stage.subject.name}_…", _place(stage, name), "Rename it.")
    try:
        migrate.check(stage.platform.manifests, stage.database.migrate_url)
    except CommandError as error:
        found.error(
            f"models and migrations disagree: {' '.join(str(error).split())}",
            "",
            "Write the migration that is missing.",
        )
    found.figures |= {"tables": len(made), "rules": 18}


def _place(stage: Stage, subject: str) -> str:
    """Where the table that a rule speaks of is made: ``tyres_sets`` of ``tyres_sets.fk_tyres_sets_rack_id``."""
    words = subject.replace(".", " ").replace("(", " ").split()
    known = [word for word in words if word in stage.tables]
    return stage.subject.place_of_text(known[0] if known else words[0])
