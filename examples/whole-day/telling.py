"""What is told on the terminal while the day goes on: chapters, who does what, tables, papers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import wrap

__all__ = ["Telling"]

WHO, ROOM = 10, 86
"""Columns for who does it, and for what is done."""


class Telling:
    """Prints as it goes; keeps the papers in a folder. Colours only on a terminal that wants them (``NO_COLOR``)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.papers: list[Path] = []
        self.chapters = 0
        self.coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        folder.mkdir(parents=True, exist_ok=True)

    def chapter(self, title: str) -> None:
        """Begin a part of the day."""
        self.chapters += 1
        print(f"\n{self._in('1', f'{self.chapters:>2}  {title}')}", flush=True)

    def does(self, who: str, what: str) -> None:
        """Somebody has done something."""
        first, *others = wrap(what, ROOM)
        print(f"    {self._in('36', f'{who:{WHO}}')}{first}", flush=True)
        for line in others:
            print(f"    {'':{WHO}}{line}", flush=True)

    def hears(self, what: str) -> None:
        """What the platform says to whom has just asked; refusals mostly."""
        for line in wrap(f"« {what} »", ROOM):
            print(f"    {'':{WHO}}{self._in('33', line)}", flush=True)

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Rows below what was just done: the first column to the left, the others to the right."""
        shown = [tuple(map(str, row)) for row in rows]
        widths = [max(len(row[n]) for row in shown) for n in range(len(shown[0]))]
        for first, *others in shown:
            cells = [f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)]
            print(f"    {'':{WHO}}  {first:{widths[0]}}   {'   '.join(cells)}".rstrip(), flush=True)

    def paper(self, name: str, content: bytes) -> None:
        """Keep what the day has made of papers, in the order in which they were made."""
        path = self.folder / f"{len(self.papers) + 1:02}-{name}"
        path.write_bytes(content)
        self.papers.append(path)
        print(f"    {'':{WHO}}{self._in('2', f'→ {path.name}, {len(content) / 1024:.0f} kB')}", flush=True)

    def end(self, what: str) -> None:
        """The last word."""
        print(f"\n{self._in('32', what)}", flush=True)

    def _in(self, colour: str, text: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self.coloured else text
