"""A workspace that leaves takes with it everything that the plugin keeps, and no secret, and nothing of others."""

from __future__ import annotations

import io
import zipfile

import orjson
from psycopg import sql

from ...admin.export import export_workspace, is_secret
from ..workspaces import platform_work
from .report import Outcome
from .stage import Stage

__all__ = ["exports"]


def exports(stage: Stage, found: Outcome) -> None:
    twins = stage.prepared.twins
    with platform_work(stage.app.registry.platform) as work:
        _, pieces = export_workspace(work, twins.a.slug, reason="a check")
        book = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    files = {name.removesuffix(".jsonl"): book.read(name) for name in book.namelist() if name.endswith(".jsonl")}
    hook = getattr(stage.platform.module(stage.subject.name), "jemeti_tenant_export", None)
    place = stage.subject.place_of(hook) if hook is not None else ""
    with stage.database.connect("jemeti_backup") as backup:
        for table in stage.tables:
            if f"column {table}.tenant_id" not in stage.schema.objects:
                continue  # told by the check of tables
            query = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id = %s").format(sql.Identifier(table))
            ((kept,),) = backup.execute(query, [twins.a.id]).fetchall()
            lines = files.get(table, b"").splitlines()
            if table not in files:
                found.error(f"the table {table} is not exported", place, "Leave it to the kernel, or yield it.")
            elif len(lines) < kept:
                found.error(f"of {kept} rows of {table} {len(lines)} are exported", place, "Yield all of them.")
            secrets = {column for line in lines for column in orjson.loads(line) if is_secret(column)}
            for column in sorted(secrets):
                found.error(f"{table}.{column} looks like a secret and is exported", place, "Leave it out.")
    foreign = [name for name, text in files.items() if twins.b.mark.lower().encode() in text.lower()]
    for name in foreign:
        found.error(f"the export of one workspace holds rows of another in {name}", place, "Read them by work alone.")
    found.figures |= {"tables": len(stage.tables), "files": len(files)}
