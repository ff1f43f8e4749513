"""What a PDF costs: each built-in document in three languages, warm, and against Typst started anew each time.

    python -m bench.documents [--rounds 40]

Every rendering has another number and other lines, so that nothing is found ready in Typst's memory but what every
document shares. "cpu" is the median of what this process used, which neighbours on the machine do not change much;
"clock" is the best that was seen. "anew" is the CPU of a compiler and its fonts made for each document; the ratio,
anew ÷ cpu, is what keeping them buys.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

from jemeti_platform.documents.catalogue import Catalogue, Kind
from jemeti_platform.documents.rendering import Renderer
from jemeti_platform.documents.shape import shape_of
from jemeti_platform.kernel import KERNEL
from jemeti_platform.platform import Platform

WORKSPACE: dict[str, Any] = {
    "name": "Padma Auto Care",
    "country": "BD",
    "currency": "BDT",
    "timezone": "Asia/Dhaka",
    "locale": "en",
    "phone": "+8801711222333",
    "address": {"line1": "Plot 7, Tejgaon Industrial Area", "city": "Dhaka", "postal_code": "1208"},
    "registration_numbers": {"bin": "001234567-0101"},
}
AIM = 30


def other(kind: Kind, language: str, n: int) -> dict[str, Any]:
    """The sample with lines that no document before had."""
    data = kind.sample(language)
    for part in ("lines", "earnings"):
        data[part] = [{**line, "description": f"{line['description']} {n}"} for line in data.get(part, ())]
    return {name: value for name, value in data.items() if name in {node.name for node in kind.node.children}}


def timed(call: Callable[[int], object], rounds: int) -> tuple[float, float]:
    """Milliseconds: the median of the CPU, the best by the clock. The first call, which nobody counts, is left out."""
    cpu, clock = [], []
    for n in range(rounds + 1):
        began, started = time.process_time(), time.perf_counter()
        call(n)
        cpu.append((time.process_time() - began) * 1e3)
        clock.append((time.perf_counter() - started) * 1e3)
    return statistics.median(cpu[1:]), min(clock[1:])


def made(renderer: Renderer, kind: Kind, language: str, n: int, lines: int = 0) -> bytes:
    shape = shape_of(kind, {"locale": language}, WORKSPACE)
    data = other(kind, language, n)
    if lines:
        data["lines"] = [{**data["lines"][0], "description": f"Item {n}-{i}"} for i in range(lines)]
    return renderer.render(kind, data, shape, WORKSPACE, number=f"NO-2026-{n:05}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    kinds = Catalogue(Platform({"jemeti.plugins": ""}, KERNEL))
    warm = Renderer()
    started = time.perf_counter()
    made(warm, kinds["invoice"], "en", 0)
    print(f"first document of a process: {(time.perf_counter() - started) * 1e3:.0f} ms\n")

    print(f"{'document':18}{'':6}{'cpu ms':>8}{'clock ms':>10}{'kB':>6}{'anew ms':>9}{'ratio':>7}")
    slowest = 0.0
    for name, kind in kinds.items():
        for language in ("en", "bn", "ar-SA"):
            cpu, clock = timed(lambda n, k=kind, x=language: made(warm, k, x, n), rounds)  # type: ignore[misc]
            anew, _ = timed(lambda n, k=kind, x=language: made(Renderer(), k, x, n), 5)  # type: ignore[misc]
            slowest = max(slowest, cpu)
            size = len(made(warm, kind, language, 1)) / 1000
            print(f"{name:18}{language:6}{cpu:8.1f}{clock:10.1f}{size:6.0f}{anew:9.1f}{anew / cpu:7.2f}")
    print(f"\nthe slowest: {slowest:.1f} ms of CPU, {slowest / AIM:.2f} of the {AIM} ms aimed at")

    long, _ = timed(lambda n: made(warm, kinds["invoice"], "en", n, lines=200), 10)
    print(f"an invoice of 200 lines: {long:.0f} ms of CPU")
    _at_once(warm, kinds["invoice"], rounds)


def _at_once(renderer: Renderer, kind: Kind, rounds: int) -> None:
    def run() -> None:
        for n in range(rounds):
            made(renderer, kind, "en", 100_000 + n)

    seconds = []
    for count in (1, 2):
        threads = [threading.Thread(target=run) for _ in range(count)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds.append((time.perf_counter() - started) / (rounds * count))
    one, two = (1 / s for s in seconds)
    print(f"invoices a second: {one:.0f} by one thread, {two:.0f} by two; ratio {two / one:.2f}")


if __name__ == "__main__":
    main()
