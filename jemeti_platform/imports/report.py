"""What an import did: counts, and every row that was refused with its reasons."""

from __future__ import annotations

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..rest.spreadsheet import neutral
from .importer import Outcome, Problem, Result

__all__ = ["Report", "written_to"]

HEADER = ("line", "field", "value", "reason", "see lines")
_SHOWN = 100


@dataclass
class Report:
    """Rows by what became of them, refusals by field and reason, and the first refusals themselves.

    ``unread`` are headings that mean nothing to the importer; ``empty`` rows hold nothing.
    """

    rows: int = 0
    empty: int = 0
    results: Counter[Result] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: list[Problem] = field(default_factory=list)
    unread: tuple[str, ...] = ()
    write: Callable[[Iterable[str]], object] | None = field(default=None, repr=False)

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Count one row as refused, for these reasons."""
        self.results["refused"] += 1
        for problem in problems:
            self.reasons[problem.field, problem.reason] += 1
            if len(self.first) < _SHOWN:
                self.first.append(problem)
            if self.write is not None:
                *plain, seen = problem
                self.write([*map(neutral, plain), " ".join(map(str, seen))])

    def count(self, outcome: Outcome) -> None:
        """Count what became of a row."""
        if outcome.result == "refused":
            self.refuse([outcome.problem] if outcome.problem else [])
        else:
            self.results[outcome.result] += 1


@contextmanager
def written_to(path: Path | None) -> Iterator[Report]:
    """A report whose refusals go to a CSV file, row by row; the file is there when all is done, or not at all."""
    if path is None:
        yield Report()
        return
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8-sig", newline="", dir=path.resolve().parent, prefix=".report-", delete=False
    ) as file:
        try:
            write = csv.writer(file).writerow
            write(HEADER)
            yield Report(write=write)
            file.flush()
            Path(file.name).chmod(0o666 & ~_umask())
            os.replace(file.name, path)  # noqa: PTH105 (the same as Path.replace)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
