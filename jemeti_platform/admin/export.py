"""Everything a workspace keeps, as a ZIP: JSON Lines, one file a table, from one snapshot; then its files. Streamed.

The tables are those of the database's own catalogue, so that none can be forgotten. Secrets stay: the columns that
``create_tenant_table(secret=…)`` names, and any that is called like one (``password_hash``, ``device_key_hash``…).
A plugin adds what it keeps elsewhere, or replaces a table's file, by ``jemeti_tenant_export``.
"""

from __future__ import annotations

import re
import zipfile
from base64 import b64encode
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any
from uuid import UUID

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

__all__ = ["MACHINERY", "TABLES", "archive", "export_plugin", "export_workspace", "is_secret", "left_out"]

_BATCH = 1000
_CHUNK = 64 * 1024
_SNAPSHOT = Bound("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", ())
# the client may be slow to read what has been made
_PATIENT = Bound("SET LOCAL idle_in_transaction_session_timeout = '10min'", ())
TABLES = Statement(
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
_REFERRING = Statement(
    "SELECT t.relname AS table, a.attname AS column FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
    " CROSS JOIN unnest(c.conkey, c.confkey) AS pair (own, other)"
    " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.own"
    " JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = pair.other AND f.attname = 'id'"
    " WHERE c.contype = 'f' AND c.confrelid = 'public.files'::regclass AND t.relname = ANY(%(tables)s) ORDER BY 1, 2"
)
MACHINERY = ["idempotency_keys", "one_time_tokens", "refresh_tokens", "event_counters", "job_runs", "replay_positions"]
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

    Those are the history of their states, the workspace's own words for these, and the files that its rows refer to or
    that are attached to its records, with their bytes. ``row`` is the workspace's.
    """
    with _snapshot(platform, row, actor) as (work, transaction):
        moved = sql.SQL("lifecycle = ANY({})").format(list(lifecycles))
        own = {"lifecycle_history": moved, "sub_states": moved, **dict.fromkeys(tables)}
        files = _files_of(transaction, plugin, tables)
        if files:
            own["files"] = sql.SQL("id = ANY({}::uuid[])").format([str(identity) for identity in files])
        found = _files(work, transaction, (plugin,), own)
        yield from archive(row, found, objects_of(work, files), left_out(transaction.first[-1], own))


def _pieces(platform: Platform, row: Row, actor: Actor) -> Iterator[bytes]:
    """The bytes of the archive as they are made, in little memory however large the workspace."""
    with _snapshot(platform, row, actor) as (work, transaction):
        # what is switched off is still the workspace's
        found = _files(work, transaction, platform.manifests)
        yield from archive(row, found, objects_of(work), left_out(transaction.first[-1]))


@contextmanager
def _snapshot(platform: Platform, row: Row, actor: Actor) -> Iterator[tuple[Work, Transaction]]:
    """A work inside the workspace that sees what is there now until its end, and writes nothing."""
    manager = TransactionManager(explicit=True)
    manager.begin()
    try:
        inside = GO_INSIDE(tenant=row["id"])
        transaction = Transaction(
            platform.engines["platform"], manager, _SNAPSHOT, _PATIENT, inside, TABLES(machinery=MACHINERY)
        )
        work = Work(platform, row["id"], actor, manager, engine=platform.engines["platform"], transaction=transaction)
        yield work, transaction
    finally:
        manager.abort()


def archive(
    row: Row,
    files: Iterable[tuple[str, Iterable[Mapping[str, Any]]]],
    objects: Iterable[tuple[str, Iterable[bytes]]] = (),
    left_out: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[bytes]:
    """A ZIP of the tables, each a name and its rows; of ``objects``, each a path and its bytes; and what is in it.

    It says of itself which columns were ``left_out`` of which table.
    """
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
        about |= {"left_out": left_out or {}}
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
    only: Mapping[str, sql.Composable | None] | None = None,
) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]:
    """The tables, each with its rows; those that a hook of ``plugins`` gives instead or beside.

    ``only`` names the tables that are wanted, where that is not all: of a table with a condition only such rows.
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


def left_out(tables: Iterable[Row], only: Container[str] | None = None) -> dict[str, list[str]]:
    """The columns of secrets, by table: of ``TABLES`` as the database gives them, or of ``only`` some of these."""
    found = {
        table["name"]: [column for column in table["columns"] if column in (table["secret"] or ()) or is_secret(column)]
        for table in tables
        if only is None or table["name"] in only
    }
    return {name: columns for name, columns in found.items() if columns}


def _files_of(transaction: Transaction, plugin: str, tables: Collection[str]) -> list[UUID]:
    """The files that rows of these tables refer to, and those that are attached to the plugin's records."""
    (places,) = transaction.run(_REFERRING(tables=list(tables)))
    selects = [
        sql.SQL("SELECT {} AS id FROM {} WHERE {} IS NOT NULL").format(
            sql.Identifier(place["column"]), sql.Identifier(place["table"]), sql.Identifier(place["column"])
        )
        for place in places
    ]
    selects.append(sql.SQL("SELECT id FROM files WHERE starts_with(subject_type, {})").format(f"{plugin}."))
    union = sql.SQL(" UNION ").join(selects).as_string(transaction.connection)
    (rows,) = transaction.run(Bound(union, ()))
    return [row["id"] for row in rows]


def _rows(transaction: Transaction, table: Row, condition: sql.Composable | None = None) -> Iterator[Mapping[str, Any]]:
    secret = left_out([table]).get(table["name"], ())
    columns = [column for column in table["columns"] if column not in secret]
    select = sql.SQL("DECLARE jemeti_export NO SCROLL CURSOR FOR SELECT {} FROM {} {} ORDER BY {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(table["name"]),
        sql.SQL("") if condition is None else sql.SQL("WHERE {}").format(condition),
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
