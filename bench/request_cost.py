"""What a request costs: ours against a bare WSGI + psycopg program doing the same SQL, in one run.

    python -m bench.request_cost [--rounds 7] [--requests 400]

CPU is this process's (Python, in-process WSGI, no server) and the PostgreSQL backend's, read from
``/proc/<pid>/schedstat``. Rounds of the two contenders alternate; the median of each is compared. The
ratio is bare ÷ ours: 1.00 would be free, 0.75 is the aim. Round trips are the Sync and Query messages
that libpq sent, counted exactly.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import psycopg

from .bare import Bare
from .world import World, world

Call = Callable[[], Any]


def backend_cpu(pid: int) -> float:
    """Seconds of CPU that a process has used, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def round_trips(connection: psycopg.Connection[Any], call: Call) -> int:
    """How often the client waited for the server during one call."""
    with tempfile.TemporaryFile("w+b") as file:
        connection.pgconn.trace(file.fileno())
        call()
        connection.pgconn.untrace()
        file.seek(0)
        lines = file.read().decode(errors="replace").splitlines()
    sent = [line.split("\t") for line in lines]
    return sum(1 for parts in sent if "F" in parts[:2] and any(p in ("Sync", "Query") for p in parts))


class Contender:
    """One program with its connection: every call checked, CPU measured on both sides of the socket."""

    def __init__(self, name: str, program: Any, connection: psycopg.Connection[Any]) -> None:
        self.name = name
        self.program = program
        self.connection = connection
        self.samples: dict[str, list[tuple[float, float]]] = {}

    def call(self, environ: dict[str, Any], wanted: str) -> bytes:
        status: list[str] = []
        body = b"".join(self.program(environ, lambda s, h, e=None: status.append(s)))
        if not status[0].startswith(wanted):
            raise SystemExit(f"{self.name}: {status[0]} {body[:300]!r}")
        return body

    def measure(self, kind: str, calls: list[Call]) -> None:
        pid = self.connection.info.backend_pid
        server, own = backend_cpu(pid), time.process_time()
        for call in calls:
            call()
        n = len(calls)
        sample = (time.process_time() - own) / n * 1e6, (backend_cpu(pid) - server) / n * 1e6
        self.samples.setdefault(kind, []).append(sample)

    def median(self, kind: str) -> tuple[float, float]:
        samples = self.samples[kind]
        return statistics.median(s[0] for s in samples), statistics.median(s[1] for s in samples)


def calls_for(w: World, one: str, number: list[int]) -> dict[str, Callable[[Contender], Call]]:
    """The three requests, each made anew so that no input stream is read twice."""

    def create(contender: Contender) -> Call:
        number[0] += 1
        body = {
            "name": f"New {number[0]}",
            "phone": f"+88018{number[0]:08d}",
            "email": f"n{number[0]}@bench.example",
        }
        environ = w.environ("POST", "/v1/crm/customers", body=body)
        return lambda: contender.call(environ, "201")

    return {
        "list": lambda c: lambda: c.call(w.environ("GET", "/v1/crm/customers"), "200"),
        "get": lambda c: lambda: c.call(w.environ("GET", f"/v1/crm/customers/{one}"), "200"),
        "create": create,
    }


def layers(w: World, requests: int) -> float:
    """Microseconds of CPU of everything around an empty view but the database, whose answer is a recorded one."""
    from jemeti_platform import work
    from jemeti_platform.db.pipeline import read_once
    from jemeti_platform.tenancy.state import ENTER

    entering = ENTER(tenant=w.tenant_id, session=w.session_id)
    recorded = read_once(w.app.registry.platform.engines["app"], (entering,))
    asked, work.read_once = work.read_once, lambda engine, statements: recorded
    found = []
    try:
        for _ in range(9):
            started = time.process_time()
            for _ in range(requests):
                b"".join(w.app(w.environ("GET", "/v1/bench/empty"), lambda *_: None))
            found.append((time.process_time() - started) / requests * 1e6)
    finally:
        work.read_once = asked
    return statistics.median(found)


def contest(
    contenders: Sequence[Contender], kinds: Mapping[str, Callable[[Contender], Call]], *, rounds: int, requests: int
) -> dict[str, list[int]]:
    """Measure every kind of request for ours and bare, in alternating rounds; returns the round trips of each."""
    trips: dict[str, list[int]] = {}
    for kind, make in kinds.items():
        for contender in contenders:
            for _ in range(30):
                make(contender)()
            trips.setdefault(kind, []).append(round_trips(contender.connection, make(contender)))
    for number in range(rounds):
        for kind, make in kinds.items():
            for contender in contenders[:: -1 if number % 2 else 1]:
                contender.measure(kind, [make(contender) for _ in range(requests)])
    return trips


def tell(ours: Contender, bare: Contender, trips: Mapping[str, list[int]]) -> None:
    """A line for each kind: what both have used, and how they compare."""
    print(f"{'':8}{'ours µs py+pg':>18}{'bare µs py+pg':>18}{'ratio py':>10}{'ratio sum':>11}{'trips':>8}")
    for kind, counted in trips.items():
        (op, od), (bp, bd) = ours.median(kind), bare.median(kind)
        print(
            f"{kind:8}{f'{op:.0f}+{od:.0f}':>18}{f'{bp:.0f}+{bd:.0f}':>18}{bp / op:>10.2f}"
            f"{(bp + bd) / (op + od):>11.2f}{'/'.join(map(str, counted)):>8}"
        )


def ours_of(w: World) -> Contender:
    """The platform, with the one connection that its pool holds."""
    pooled = w.app.registry.platform.engines["app"].raw_connection()
    ours = Contender("ours", w.app, pooled.driver_connection)
    pooled.close()
    return ours


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--requests", type=int, default=400)
    asked = arguments.parse_args()
    with world() as w:
        ours, program = ours_of(w), Bare(w.app_url, w.key)
        bare = Contender("bare", program, program.connection)
        listed = orjson.loads(ours.call(w.environ("GET", "/v1/crm/customers"), "200"))
        kinds = calls_for(w, listed["data"][0]["id"], [0])
        tell(ours, bare, contest((ours, bare), kinds, rounds=asked.rounds, requests=asked.requests))
        print(f"layers around an empty view, without the database: {layers(w, asked.requests):.0f} µs")
        program.connection.close()


if __name__ == "__main__":
    main()
