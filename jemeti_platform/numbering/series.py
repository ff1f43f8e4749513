"""How the number series of a workspace stand, and changing how they are written or where they begin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..db.pipeline import Row
from ..db.statement import Bound, Statement
from ..errors import Conflict
from ..manifest import Sequence
from ..types.number_pattern import reading_of
from ..work import Work

__all__ = ["change", "lock", "state_of"]

_STATE = Statement("""
    SELECT d.name, d.title, coalesce(s.pattern, d.pattern) AS pattern, d.pattern AS default_pattern,
           extract(year FROM l.day)::int AS year, coalesce(c.last, 0) + 1 AS next,
           jemeti.format_number(coalesce(s.pattern, d.pattern), l.day, coalesce(c.last, 0) + 1) AS next_number,
           coalesce(c.last >= c.first, false) AS is_begun, coalesce(s.version, 0) AS _version
      FROM unnest(%(names)s::text[], %(patterns)s::text[], %(titles)s::text[])
           WITH ORDINALITY AS d(name, pattern, title, place)
     CROSS JOIN (SELECT (now() AT TIME ZONE timezone)::date AS day FROM workspaces) AS l
      LEFT JOIN number_series s ON s.series = d.name
      LEFT JOIN number_counters c ON c.series = d.name AND c.year = extract(year FROM l.day)::int
     ORDER BY d.place
""")
_OPEN = Statement("SELECT jemeti.open_numbers(%(series)s, %(first)s) AS is_open")
_ALIKE = Statement("""
    SELECT n.written FROM numbers_taken n CROSS JOIN LATERAL regexp_match(n.written, %(regex)s) AS m
     WHERE n.series = %(series)s AND m IS NOT NULL
       AND (m[%(number)s]::numeric <> n.number OR right(m[%(year)s], 2) <> right(n.year::text, 2))
     LIMIT 1
""")
_WRITE = Statement("""
    INSERT INTO number_series AS s (series, pattern) VALUES (%(series)s, %(pattern)s)
        ON CONFLICT (tenant_id, series) DO UPDATE
       SET pattern = excluded.pattern, version = s.version + 1, updated_at = now()
""")


def state_of(sequences: Iterable[Sequence]) -> Bound:
    """The SELECT of how these series are written, and what their next numbers would be."""
    each = list(sequences)
    return _STATE(names=[s.name for s in each], patterns=[s.pattern for s in each], titles=[s.title for s in each])


def lock(work: Work, sequence: Sequence) -> Row:
    """How the series stands; nobody takes a number of this year until the transaction ends."""
    _, (row,) = work.write(_OPEN(series=sequence.name, first=None), state_of((sequence,)))
    return row


def change(work: Work, sequence: Sequence, changes: Mapping[str, Any]) -> Row:
    """Write numbers by another ``pattern`` (null is the declared one), or have this year begin at ``next``.

    ``lock`` comes first. Raises Conflict where a number of this year has been taken already, so that it cannot begin
    elsewhere, or where the pattern would write a number again that is taken.
    """
    if "next" in changes:
        ((row,),) = work.write(_OPEN(series=sequence.name, first=changes["next"]))
        if not row["is_open"]:
            raise Conflict(
                "This year's first number has been taken already; numbers go on from there without gaps.",
                reason="state",
            )
    if "pattern" in changes:
        reading = reading_of(changes["pattern"] or sequence.pattern)
        (alike,) = work.write(_ALIKE(series=sequence.name, **reading._asdict()))
        if alike:
            raise Conflict(
                f"By this pattern a number could be written that is taken: {alike[0]['written']}.",
                reason="duplicate",
                fields=["pattern"],
            )
        work.queue(_WRITE(series=sequence.name, pattern=changes["pattern"]))
    ((row,),) = work.write(state_of((sequence,)))
    return row
