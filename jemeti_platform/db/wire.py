"""The connection that the pools hold: it sends any number of statements as one message, and waits for them once.

psycopg's own pipeline hands every statement to the network by itself, and makes a cursor, adapters and loaders anew for
each; that was half of the Python time of a request. Here libpq is driven by psycopg's documented wrapper of it: one
write, one wait. What Python values become, and what becomes of PostgreSQL's, is psycopg's business as ever.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg import abc, errors, generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format

from .statement import Bound

__all__ = ["Row", "Rows", "Wire", "not_run"]

Row = dict[str, Any]
Rows = list[Row]

_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|(.?))", re.DOTALL)

_NOT_RUN = "_jemeti_not_run"

_Key = tuple[bytes, tuple[int, ...]]
"""SQL and the types of its parameters: what a prepared statement is made of."""


@dataclass(slots=True)
class _Asked:
    """One statement of a message with its values dumped.

    ``name`` is what it is prepared under; without one it is sent with its text. ``is_new`` ones are prepared in that
    very message.
    """

    key: _Key
    name: bytes
    is_new: bool
    values: Sequence[Any]
    formats: Sequence[Format] | None


class Wire(psycopg.Connection[Any]):
    """A psycopg connection that can ``send``.

    ``most_prepared`` is how many statements stay prepared, those used last; 0 prepares none. psycopg must prepare none
    of its own (``prepare_threshold=None``): after a ROLLBACK it has the server forget all, these with its own.
    """

    most_prepared = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._known: OrderedDict[_Key, bytes] = OrderedDict()
        self._unwanted: deque[bytes] = deque()
        self._numbers = count()

    def send(self, statements: Sequence[Bound]) -> list[Rows]:
        """Run the statements in one round trip and return their rows as dictionaries, in order.

        Outside a transaction they are one implicit transaction. Raises whatever the first failing statement raised; the
        ones after it have not run (``not_run`` says how many).
        """
        if not statements:
            return []
        adapting: abc.Transformer = Transformer(self)  # one for the whole message: it looks up no adapter twice
        asked: list[_Asked] = []
        try:
            asked.extend(self._dump(bound, adapting) for bound in statements)
        except Exception as error:
            vars(error)[_NOT_RUN] = len(statements) - len(asked)
            raise
        with self.lock:
            results, refused = self.wait(self._exchange(asked))
        if refused is not None:
            refusal = errors.error_from_result(refused, encoding="utf-8")
            if not self.broken:
                vars(refusal)[_NOT_RUN] = len(statements) - len(results)
            raise refusal
        return [_load(result, adapting) for result in results]

    def _dump(self, bound: Bound, adapting: abc.Transformer) -> _Asked:
        sql, names, wanted = _numbered(bound.sql)
        values: Sequence[Any] = ()
        types: tuple[int, ...] = ()
        formats = None
        if names:
            values = adapting.dump_sequence(_in_order(names, bound), wanted)
            types, formats = tuple(adapting.types or ()), adapting.formats
        key = (sql, types)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return _Asked(key, known, False, values, formats)
        name = b"jemeti_%d" % next(self._numbers) if self.most_prepared else b""
        return _Asked(key, name, bool(name), values, formats)

    def _exchange(self, asked: Sequence[_Asked]) -> Generator[Any, Any, tuple[list[Any], Any]]:
        """Send everything and fetch every result, for ``wait``, which waits whenever this yields.

        Returns the results up to the first refusal, and that. What leaves it half-way leaves the connection as busy as
        it is: the pool then drops it.
        """
        pgconn = self.pgconn
        pgconn.enter_pipeline_mode()
        unwanted, self._unwanted = self._unwanted, deque()
        for name in unwanted:
            pgconn.send_close_prepared(name)
        for one in asked:
            (sql, types), name = one.key, one.name
            if one.is_new:
                pgconn.send_prepare(name, sql, types)
            if name:
                pgconn.send_query_prepared(name, one.values, one.formats)
            else:
                pgconn.send_query_params(sql, one.values, types, one.formats)
        pgconn.pipeline_sync()
        yield from generators.send(pgconn)
        for _ in unwanted:
            yield from generators.fetch_many(pgconn)
        return (yield from self._results(asked))

    def _results(self, asked: Sequence[_Asked]) -> Generator[Any, Any, tuple[list[Any], Any]]:
        pgconn, found, refused = self.pgconn, [], None
        try:
            for one in asked:
                if one.is_new:
                    (parsed,) = yield from generators.fetch_many(pgconn)
                    if parsed.status == ExecStatus.COMMAND_OK:
                        self._keep(one)
                    elif parsed.status == ExecStatus.FATAL_ERROR:
                        refused = refused or parsed
                (result,) = yield from generators.fetch_many(pgconn)
                if result.status == ExecStatus.FATAL_ERROR:
                    refused = refused or result
                if refused is None:
                    found.append(result)
            yield from generators.fetch_many(pgconn)  # the answer to the Sync
            pgconn.exit_pipeline_mode()
        except psycopg.Error:
            if refused is None:
                raise
            # the server has said why it hung up
        return found, refused

    def _keep(self, one: _Asked) -> None:
        if one.key in self._known:  # it stands in this message twice
            self._unwanted.append(one.name)
            return
        self._known[one.key] = one.name
        if len(self._known) > self.most_prepared:
            self._unwanted.append(self._known.popitem(last=False)[1])


def not_run(error: BaseException) -> int | None:
    """How many statements of its message were not run when one failed, that one included.

    None where it was none of them: the connection was lost.
    """
    found: int | None = vars(error).get(_NOT_RUN)
    return found


@lru_cache(maxsize=4096)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...], tuple[PyFormat, ...]]:
    """The text with ``$1`` for ``%(name)s``, the names in the order of their numbers, and a format for each."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        name, other = found.groups()
        if name is None:
            if other != "%":
                raise psycopg.ProgrammingError(f"a statement has {found[0]!r}: write %(name)s, and % as %%")
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PLACEHOLDER.sub(number, sql).encode(), tuple(names), (PyFormat.AUTO,) * len(names)


def _in_order(names: Sequence[str], bound: Bound) -> list[Any]:
    params = bound.params
    if not isinstance(params, Mapping) or not params.keys() >= set(names):
        raise psycopg.ProgrammingError(f"the statement takes the parameters {', '.join(names)}")
    return [params[name] for name in names]


def _load(result: Any, adapting: abc.Transformer) -> Rows:
    columns = result.nfields
    if not columns:
        return []
    # never kept with the statement: what a prepared FETCH brings depends on the cursor
    names = [result.fname(n).decode() for n in range(columns)]
    adapting.set_pgresult(result)
    return adapting.load_rows(0, result.ntuples, lambda values: dict(zip(names, values)))  # noqa: B905 -- as many as columns
