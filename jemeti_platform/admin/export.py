"""Everything a workspace keeps, as a ZIP: JSON Lines, one file a table, from one snapshot; then its files. Streamed.

The tables are those of the database's own catalogue, so that none can be forgotten. Secrets stay: the columns that
``create_tenant_table(secret=…)`` names, and any that is called like one (``password_hash``, ``device_key_hash``…).
A plugin adds what it keeps elsewhere, or replaces a table's file, by ``jemeti_tenant_export``.
"""

from __future__ import annotations

import re
import zipfile
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from psycopg import sql
from transaction import TransactionManager

from ..db.pipeline import Rows
from ..db.statement import Bound, Statement
from ..db.transaction import Transaction
from ..files.archive import objects_of
from ..json import to_json
from ..platform import Platform
from ..work import Actor, Work
from .work import GO_INSIDE, PlatformWork
from .workspaces import Row, find, refuse_erased

__all__ = ["archive", "export_plugin", "export_workspace", "is_secret"]

_BATCH = 1000
_CHUNK = 64 * 1024
_SNAPSHOT = Bound("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", ())
# the client may be slow to read what has been made
_PATIENT = Bound("SET LOCAL idle_in_transaction_session_timeout = '10min'", ())
_TABLES = Statement(
    "SELECT c.relname AS name,"
    " array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns,"
    " (SELECT array_agg(k.attname::text ORDER BY k.attnum) FROM pg_index i"
    "   JOIN pg_attribute k ON k.attrelid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisprimary) AS key,"
    " (SELECT string_to_array(encode(t.tgargs, 'escape'), '\\000') FROM pg_trigger t"
    "   WHERE t.tgrelid = c.oid AND t.tgname = 'audit') AS secret"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " WHERE c.relname <> ALL (%(machinery)s)"
    " AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    " AND c.relrowsecurity GROUP BY c.oid, c.relname ORDER BY c.relname"
)
_MACHINERY = ["idempotency_keys", "one_time_tokens", "refresh_tokens", "event_counters", "job_runs", "replay_positions"]
"""Tables of what opens doors, remembers answers or keeps count, and of nothing that is the workspace's."""
_SECRET = re.compile(
    r"(^|_)(password|token|key|secret|code|pin)_(hash|digest|cipher)$|(^|_)(password|secret|private_key)$"
)


def is_secret(column: str) -> bool:
    """Whether a column is called like something that opens a door."""
    return _SECRET.search(column) is not None


def export_workspace(work: PlatformWork, reference: str, *, reason: str | None = None) -> tuple[str, Iterator[bytes]]:
    """The workspace's slug and the bytes of its archive; written into the audit log. Raises NotFound; Gone.

    What fails at once fails here; the rest is made as it is read, after this transaction if need be.
    """
    row = find(work, reference)
    refuse_erased(row)
    made = _pieces(work.platform, row, work.actor)
    first = next(made)
    work.log("workspace.exported", row["slug"], tenant_id=row["id"], after={"reason": reason})
    return row["slug"], chain((first,), made)


def export_plugin(
    platform: Platform, row: Row, actor: Actor, plugin: str, tables: Collection[str], lifecycles: Collection[str]
) -> Iterator[bytes]:
    """The bytes of an archive of what a plugin keeps for a workspace: its tables, and the kernel's rows of its records.

    Those are the history of their states and the workspace's own words for these. ``row`` is the workspace's.
    """
    with _snapshot(platform, row, actor) as (work, transaction):
        own = {"lifecycle_history": list(lifecycles), "sub_states": list(lifecycles), **dict.fromkeys(tables)}
        yield from archive(row, _files(work, transaction, (plugin,), own))


def _pieces(platform: Platform, row: Row, actor: Actor) -> Iterator[bytes]:
    """The bytes of the archive as they are made, in little memory however large the workspace."""
    with _snapshot(platform, row, actor) as (work, transaction):
        # what is switched off is still the workspace's
        yield from archive(row, _files(work, transaction, platform.manifests), objects_of(work))


@contextmanager
def _snapshot(platform: Platform, row: Row, actor: Actor) -> Iterator[tuple[Work, Transaction]]:
    """A work inside the workspace that sees what is there now until its end, and writes nothing."""
    manager = TransactionManager(explicit=True)
    manager.begin()
    try:
        inside = GO_INSIDE(tenant=row["id"])
        transaction = Transaction(
            platform.engines["platform"], manager, _SNAPSHOT, _PATIENT, inside, _TABLES(machinery=_MACHINERY)
        )
        work = Work(platform, row["id"], actor, manager, engine=platform.engines["platform"], transaction=transaction)
        yield work, transaction
    finally:
        manager.abort()


def archive(
    row: Row,
    files: Iterable[tuple[str, Iterable[Mapping[str, Any]]]],
    objects: Iterable[tuple[str, Iterable[bytes]]] = (),
) -> Iterator[bytes]:
    """A ZIP of the tables, each a name and its rows; of ``objects``, each a path and its bytes; and what is in it."""
    sink, moment = _Sink(), datetime.now(UTC)
    counts: dict[str, int] = {}
    with zipfile.ZipFile(sink, "w") as book:
        for name, rows in files:
            counts[name] = 0
            with book.open(_entry(f"{name}.jsonl", moment), "w", force_zip64=True) as file:
                for one in rows:
                    file.write(_line(one))
                    counts[name] += 1
                    if sink.waiting >= _CHUNK:
                        yield sink.take()
        kept = 0
        for path, pieces in objects:
            kept += 1
            with book.open(_entry(path, moment, zipfile.ZIP_STORED), "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)
                    yield sink.take()
        about = {"slug": row["slug"], "id": row["id"], "name": row["name"], "plan": row["plan"]}
        about |= {"plugins": row["plugins"], "exported_at": moment, "rows": counts, "files": kept}
        book.writestr(_entry("workspace.json", moment), to_json(about))
    yield sink.take()


def _entry(name: str, moment: datetime, how: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
    entry.compress_type = how
    return entry


def _files(
    work: Work,
    transaction: Transaction,
    plugins: Iterable[str],
    only: Mapping[str, list[str] | None] | None = None,
) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]:
    """The tables, each with its rows; those that a hook of ``plugins`` gives instead or beside.

    ``only`` names the tables that are wanted, where that is not all: of a table with lifecycles only their rows.
    """
    own: dict[str, Iterable[Mapping[str, Any]]] = {}
    for plugin in plugins:
        own |= dict(_given(work, plugin))
    if only is not None:  # nothing stands in for the rows themselves
        own = {name: rows for name, rows in own.items() if name not in only}
    for table in transaction.first[-1]:
        if table["name"] not in own and (only is None or table["name"] in only):
            yield table["name"], _rows(transaction, table, None if only is None else only[table["name"]])
    yield from own.items()


def _given(work: Work, plugin: str) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]:
    """What a plugin exports by itself; what goes wrong, in its rows too, is told in its name."""
    hook = "jemeti_tenant_export"

    def told(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        with work.platform.faults.of(plugin, "hook", hook, workspace=str(work.tenant_id)):
            yield from rows

    with work.platform.faults.of(plugin, "hook", hook, workspace=str(work.tenant_id)):
        for given in work.platform.hook(hook, frozenset((plugin,)))(work=work):
            for name, rows in given:
                yield name, told(rows)


def _rows(transaction: Transaction, table: Row, lifecycles: list[str] | None = None) -> Iterator[Mapping[str, Any]]:
    secret = table["secret"] or ()
    columns = [column for column in table["columns"] if column not in secret and not is_secret(column)]
    select = sql.SQL("DECLARE jemeti_export NO SCROLL CURSOR FOR SELECT {} FROM {} {} ORDER BY {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(table["name"]),
        sql.SQL("") if lifecycles is None else sql.SQL("WHERE lifecycle = ANY({})").format(lifecycles),
        sql.SQL(", ").join(map(sql.Identifier, table["key"])),
    )
    fetch = Bound(f"FETCH {_BATCH} FROM jemeti_export", ())
    rows: Rows
    _, rows = transaction.run(Bound(select.as_string(transaction.connection), ()), fetch)
    while rows:
        yield from rows
        rows = transaction.run(fetch)[0] if len(rows) == _BATCH else []
    transaction.run(Bound("CLOSE jemeti_export", ()))


def _line(row: Mapping[str, Any]) -> bytes:
    try:
        return to_json(row) + b"\n"
    except TypeError:  # an interval, a range, bytes: rare, so the common row pays nothing for them
        return to_json({name: _portable(value) for name, value in row.items()}) + b"\n"


def _portable(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode()
    return value if value is None or isinstance(value, bool | int | float | Decimal | dict | list) else str(value)


class _Sink:
    """A file that cannot be sought in and forgets what has been taken out of it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.waiting = 0

    def write(self, data: bytes, /) -> int:
        self._parts.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def close(self) -> None:
        pass

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data, self._parts, self.waiting = b"".join(self._parts), [], 0
        return data
