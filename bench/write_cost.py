"""What a write costs with everything the kernel does for it, against the bare insert, in one run.

    python -m bench.write_cost [--rounds 7] [--requests 300]

Three programs, in alternating rounds: ``bare`` enters the workspace, inserts one row, reads it back and commits, by
psycopg alone; ``plain`` is the platform's POST of the same row, with validation, audit log and event; ``whole`` adds a
gapless number and an Idempotency-Key. CPU is this process's (Python) and the PostgreSQL backend's; the ratio is
bare ÷ ours. Round trips are counted exactly.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from itertools import count
from typing import Any

from .bare import Bare
from .request_cost import Call, Contender, ours_of, round_trips
from .world import World, world

numbers = count(1)


def kinds(w: World, bare: Contender, ours: Contender) -> dict[str, tuple[Contender, Callable[[], Call]]]:
    """The three writes, each made anew: no telephone number and no key comes twice."""

    def call(contender: Contender, path: str, *, keyed: bool) -> Callable[[], Call]:
        def make() -> Call:
            n = next(numbers)
            body = {"name": f"New {n}", "phone": f"+88018{n:08d}", "email": f"n{n}@bench.example"}
            environ = w.environ("POST", path, body=body)
            if keyed:
                environ["HTTP_IDEMPOTENCY_KEY"] = f"key-{n}"
            return lambda: contender.call(environ, "201")

        return make

    return {
        "bare": (bare, call(bare, "/v1/crm/customers", keyed=False)),
        "plain": (ours, call(ours, "/v1/crm/customers", keyed=False)),
        "whole": (ours, call(ours, "/v1/bench/numbered", keyed=True)),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--requests", type=int, default=300)
    asked = arguments.parse_args()
    with world(includes="bench.numbered") as w:
        ours, program = ours_of(w), Bare(w.app_url, w.key)
        bare = Contender("bare", program, program.connection)
        measured = kinds(w, bare, ours)
        trips = {}
        for kind, (contender, make) in measured.items():
            for _ in range(30):
                make()()
            trips[kind] = round_trips(contender.connection, make())
        for number in range(asked.rounds):
            order = list(measured.items())
            for kind, (contender, make) in order[number % 3 :] + order[: number % 3]:
                contender.measure(kind, [make() for _ in range(asked.requests)])
        _tell(measured, trips)
        program.connection.close()


def _tell(measured: dict[str, tuple[Contender, Any]], trips: dict[str, int]) -> None:
    base = 0.0
    print(f"{'':8}{'µs Python':>12}{'µs PostgreSQL':>15}{'ratio':>8}{'round trips':>13}")
    for kind, (contender, _) in measured.items():
        python, server = (statistics.median(s[n] for s in contender.samples[kind]) for n in (0, 1))
        base = base or python + server
        print(f"{kind:8}{python:>12.0f}{server:>15.0f}{base / (python + server):>8.2f}{trips[kind]:>13}")


if __name__ == "__main__":
    main()
