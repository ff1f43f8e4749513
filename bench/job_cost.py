"""What the workshop's most asked questions cost: the board, a job with 50 lines, and the list of jobs.

    python -m bench.job_cost [--rounds 7] [--requests 100]

As in ``request_cost``: ours against a bare WSGI + psycopg program that sends the very same statements in one message
and gives the same answer, in alternating rounds of one run. The workshop has 200 open jobs of three lines and two parts
each, and one of 50 lines and 50 parts.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any
from uuid import UUID

import jwt
import orjson

from jemeti_platform.db.statement import Statement
from jemeti_platform.tenancy.state import ENTER
from plugins.jobs import board
from plugins.jobs.lifecycle import JOB, OPEN
from plugins.jobs.resources import JOBS

from .bare import connect, send
from .request_cost import Call, Contender, contest, ours_of, tell
from .world import World, world

MANY, LINES = 200, 50
FEATURES = ("crm", "crm.customers", "vehicles", "vehicles.customer", "jobs", "jobs.core")

_BAYS = Statement(
    "INSERT INTO jobs_bays (id, name) SELECT gen_random_uuid(), 'Lift ' || n FROM generate_series(1, 6) n"
)
_JOBS = Statement(
    """
    INSERT INTO jobs_jobs (id, number, customer_id, customer_name, concern, status, odometer_in, promised_at, bay_id)
    SELECT gen_random_uuid(), 'JOB-2026-' || lpad(n::text, 5, '0'), c.id, c.name, 'Brakes squeal in the morning',
           (%(states)s::text[])[1 + n %% cardinality(%(states)s)], 54000 + n, now() + n * interval '1 hour', b.id
      FROM (SELECT id, name, row_number() OVER (ORDER BY name) AS n FROM crm_customers LIMIT %(many)s) c
      LEFT JOIN (SELECT id, row_number() OVER (ORDER BY name) AS place FROM jobs_bays) b ON b.place = c.n
    """
)
_LINES = Statement(
    """
    INSERT INTO jobs_lines (id, job_id, position, description, quantity, unit_price, amount, taxable, tax, total,
                            approval, status)
    SELECT gen_random_uuid(), j.id, n, 'Replace part ' || n, 1.5, 900, 1350, 1350, 202.5, 1552.5, 'approved', 'open'
      FROM (SELECT id, row_number() OVER (ORDER BY number) AS place FROM jobs_jobs) j
     CROSS JOIN LATERAL generate_series(1, CASE WHEN j.place = 1 THEN %(lines)s ELSE 3 END) n
    """
)
_PARTS = Statement(
    """
    INSERT INTO jobs_parts (id, job_id, position, description, quantity, unit_price, amount, taxable, tax, total,
                            approval)
    SELECT gen_random_uuid(), j.id, n, 'Part ' || n, 1, 4600, 4600, 4600, 690, 5290, 'approved'
      FROM (SELECT id, row_number() OVER (ORDER BY number) AS place FROM jobs_jobs) j
     CROSS JOIN LATERAL generate_series(1, CASE WHEN j.place = 1 THEN %(lines)s ELSE 2 END) n
    """
)


def fill(work: Any) -> None:
    """The jobs of the workshop."""
    work.write(_BAYS(), _JOBS(states=list(OPEN), many=MANY), _LINES(lines=LINES), _PARTS(lines=LINES))


class BareWorkshop:
    """The bare program: call it as WSGI. ``connection`` is its one connection."""

    def __init__(self, url: str, key: str) -> None:
        self.key = key
        self.connection = connect(url)
        page, count = JOBS.listing.statements({"page": 1, "per_page": 25})
        assert count is not None
        self.page, self.count, self.get = (
            (bound.sql, dict(bound.params)) for bound in (page, count, JOBS.plain_get(id=None))
        )
        self.titles = {state: JOB.state(state).title for state in OPEN}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        token = environ["HTTP_AUTHORIZATION"][7:]
        claims = jwt.decode(token, self.key, algorithms=["HS256"], audience="workspace")
        who, path = {"tenant": claims["tid"], "session": claims["sid"]}, environ["PATH_INFO"]
        if path.endswith("/board"):
            return self.board(who, start)
        return self.list(who, start) if path.endswith("/jobs") else self.one(who, path, start)

    def ask(self, who: dict[str, str], *questions: tuple[str, dict[str, Any]]) -> list[Any]:
        """The rows of every question, in one message; none where the session has ended."""
        with self.connection.pipeline():
            entered = self.connection.execute(ENTER.sql, who)
            cursors = [self.connection.execute(sql, values) for sql, values in questions]
        row = entered.fetchone()
        if not row or not row["alive"]:
            raise PermissionError
        return [cursor.fetchall() for cursor in cursors]

    def list(self, who: dict[str, str], start: Callable[..., Any]) -> list[bytes]:
        rows, counted = self.ask(who, self.page, self.count)
        total = counted[0]["total"]
        meta = {"page": 1, "per_page": 25, "total": total, "total_pages": -(-total // 25)}
        return send(start, "200 OK", {"data": rows, "meta": meta})

    def one(self, who: dict[str, str], path: str, start: Callable[..., Any]) -> list[bytes]:
        sql, values = self.get
        ((row,),) = self.ask(who, (sql, {**values, "id": UUID(path.rpartition("/")[2])}))
        del row["_version"]  # what an ETag is made of
        return send(start, "200 OK", {"data": row})

    def board(self, who: dict[str, str], start: Callable[..., Any]) -> list[bytes]:
        states = {"states": list(OPEN)}
        cards, counts, bays = self.ask(
            who, (board._CARDS.sql, {**states, "most": board.MOST}), (board._COUNTS.sql, states), (board._BAYS.sql, {})
        )
        columns: dict[str, list[Any]] = {state: [] for state in OPEN}
        places: dict[Any, list[Any]] = {bay["id"]: [] for bay in bays}
        for card in cards:
            columns[card["status"]].append(card)
            if card["bay_id"] in places:
                places[card["bay_id"]].append(card["id"])
        number = {row["status"]: row["n"] for row in counts}
        shown = [
            {"state": state, "title": self.titles[state], "count": number.get(state, 0), "jobs": found}
            for state, found in columns.items()
        ]
        found = [{**bay, "job_ids": places[bay["id"]]} for bay in bays]
        data = {"states": shown, "bays": found, "shown": len(cards), "total": sum(number.values())}
        return send(start, "200 OK", {"data": data})


def kinds_of(w: World, one: str) -> dict[str, Callable[[Contender], Call]]:
    """The three questions."""
    paths = {"board": "/v1/jobs/board", "job": f"/v1/jobs/{one}", "list": "/v1/jobs"}

    def asking(path: str) -> Callable[[Contender], Call]:
        return lambda contender: lambda: contender.call(w.environ("GET", path), "200")

    return {kind: asking(path) for kind, path in paths.items()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--requests", type=int, default=100)
    asked = arguments.parse_args()
    with world(plugins="crm billing jobs", features=FEATURES, fill=fill) as w:
        ours, program = ours_of(w), BareWorkshop(w.app_url, w.key)
        bare = Contender("bare", program, program.connection)
        listed = orjson.loads(ours.call(w.environ("GET", "/v1/jobs", "number=JOB-2026-00001"), "200"))
        kinds = kinds_of(w, listed["data"][0]["id"])
        for kind, make in kinds.items():
            answers = [orjson.loads(make(contender)())["data"] for contender in (ours, bare)]
            if answers[0] != answers[1]:
                raise SystemExit(f"{kind}: the two programs answer differently")
        tell(ours, bare, contest((ours, bare), kinds, rounds=asked.rounds, requests=asked.requests))
        program.connection.close()


if __name__ == "__main__":
    main()
