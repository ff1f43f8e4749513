"""The parts of the book: chapters (plugins), sections (resources), entries (operations), and what an entry shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .fields import Row

__all__ = ["Answer", "Chapter", "Entry", "Parameter", "Refusal", "Section"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter; ``ranges`` are the endings under which it may be given as well, such as ``.gte``."""

    name: str
    place: str
    kind: str
    limits: tuple[str, ...]
    words: str
    required: bool
    ranges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer; ``example`` is None where there is no JSON body."""

    status: str
    words: str
    kinds: tuple[str, ...]
    headers: tuple[str, ...]
    example: Any
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A failure: its status, its stable code, what it means, and a real answer."""

    status: str
    code: str
    words: str
    example: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation with everything that its page shows."""

    id: str
    method: str
    path: str
    summary: str
    words: str
    permission: str
    permission_title: str
    feature: str
    feature_title: str
    parameters: tuple[Parameter, ...]
    body_kinds: tuple[str, ...]
    body_rows: tuple[Row, ...]
    body_example: Any
    answers: tuple[Answer, ...]
    refusals: tuple[Refusal, ...]
    curl: str


@dataclass(frozen=True, slots=True)
class Section:
    tag: str
    title: str
    words: str
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chapter:
    key: str
    title: str
    sections: list[Section]

    @property
    def count(self) -> int:
        return sum(len(section.entries) for section in self.sections)
