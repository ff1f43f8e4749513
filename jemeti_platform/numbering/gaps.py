"""The proof that no number is missing: what the counters say was taken, held against the ledger of what was."""

from __future__ import annotations

from typing import NamedTuple

from ..db.statement import Bound, Statement
from ..work import Work

__all__ = ["Gap", "count_numbers", "find_gaps", "list_gaps"]

# Each number, and the two just outside what the counter has given: where two neighbours are not neighbours, some miss.
_GAPS = Statement("""
    SELECT g.series, g.year, g.number + 1 AS first, g.following - 1 AS last
      FROM (SELECT m.series, m.year, m.number,
                   lead(m.number) OVER (PARTITION BY m.series, m.year ORDER BY m.number) AS following
              FROM (SELECT series, year, number FROM numbers_taken
                    UNION ALL SELECT series, year, unnest(ARRAY[first - 1, last + 1]) FROM number_counters) AS m
             WHERE (%(series)s::text IS NULL OR m.series = %(series)s) AND (%(year)s::int IS NULL OR m.year = %(year)s)
           ) AS g
     WHERE g.following > g.number + 1
     ORDER BY g.series, g.year, g.number
""")
_COUNT = Statement("""
    SELECT c.year, c.first, c.last, (SELECT count(*) FROM numbers_taken n
                                      WHERE n.series = c.series AND n.year = c.year) AS taken
      FROM number_counters c
     WHERE c.series = %(series)s AND (%(year)s::int IS NULL OR c.year = %(year)s) AND c.last >= c.first
     ORDER BY c.year
""")


class Gap(NamedTuple):
    """Numbers ``first`` to ``last`` of a series and year that were given out and are in no ledger."""

    series: str
    year: int
    first: int
    last: int


def find_gaps(work: Work, series: str | None = None, year: int | None = None) -> list[Gap]:
    """Every gap of the workspace, or of one series or year; there are none. One round trip."""
    (rows,) = work.read(list_gaps(series, year))
    return [Gap(**row) for row in rows]


def list_gaps(series: str | None = None, year: int | None = None) -> Bound:
    """The SELECT of the gaps, for whoever asks more in the same round trip."""
    return _GAPS(series=series, year=year)


def count_numbers(series: str, year: int | None = None) -> Bound:
    """The SELECT of first and last number of each year, and how many the ledger has."""
    return _COUNT(series=series, year=year)
