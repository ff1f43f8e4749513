"""Which passwords are too easy to guess: those put together from a few pieces that everybody would try.

Neither composition rules nor expiry: length, and this. Source: NIST SP 800-63B-4, safety B8.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

__all__ = ["is_guessable"]

_FEWEST_PIECES = 5
_SHORTEST_UNIT = 8

# Read both ways. What is next to each other on a keyboard, in the alphabet, or when counting.
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "02468",
    "13579",
    "qwertyuiop[]",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;'",
    "qsdfghjklm",
    "zxcvbnm,./",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "!@#$%^&*()_+",
    "147258369",
    "159357",
)
_READINGS: tuple[dict[int, str], ...] = (
    {},
    dict(zip(map(ord, "01345789@$!|+"), "oieastbgasiit", strict=True)),
    dict(zip(map(ord, "01345789@$!|+"), "oleastbgasllt", strict=True)),
)
_YEAR = re.compile(r"(19|20)\d\d")


def is_guessable(password: str, words: Iterable[str] = ()) -> bool:
    """Say whether fewer than five pieces make up the password, or a short unit repeated does.

    A piece is a common word (also with figures for letters), one of `words` (names of the user and the workspace),
    a run of keys, letters or figures, a year, something that occurred before, or any single character.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    return _period(text) < min(_SHORTEST_UNIT, len(text)) or _pieces(text, words) < _FEWEST_PIECES


def _period(text: str) -> int:
    return next((n for n in range(1, len(text)) if text.startswith(text[n:])), len(text))


def _pieces(text: str, words: Iterable[str]) -> int:
    readings = [text.translate(table) for table in _READINGS]
    patterns = list(_patterns(words))
    fewest = [0] * (len(text) + 1)
    for start in reversed(range(len(text))):
        ends = {start + 1}
        ends.update(_ends_of_words(readings, patterns, start))
        ends.update(range(start + 3, start + 1 + max(_run(text, start), _echo(text, start))))
        if year := _YEAR.match(text, start):
            ends.add(year.end())
        fewest[start] = 1 + min(fewest[end] for end in ends)
    return fewest[0]


def _ends_of_words(readings: list[str], patterns: list[re.Pattern[str]], start: int) -> Iterator[int]:
    common, longest = _common_words()
    for reading in readings:
        for end in range(start + 2, min(start + longest, len(reading)) + 1):
            if reading[start:end] in common:
                yield end
        for pattern in patterns:
            if found := pattern.match(reading, start):
                yield found.end()


def _run(text: str, start: int) -> int:
    """Return how many characters from `start` follow one of the rows."""
    longest = 0
    for row in _rows():
        at = row.find(text[start : start + 3])
        if at >= 0:
            length = 0
            while text[start + length : start + length + 1] == row[at + length : at + length + 1] != "":
                length += 1
            longest = max(longest, length)
    return longest


def _echo(text: str, start: int) -> int:
    """Return how many characters from `start` have occurred before, in one piece."""
    longest = 0
    while start + longest < len(text) and text.find(text[start : start + longest + 1], 0, start + longest) >= 0:
        longest += 1
    return longest


def _patterns(words: Iterable[str]) -> Iterator[re.Pattern[str]]:
    for word in words:
        parts = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", word[:200]).casefold())
        for part in {part for part in parts if len(part) >= 3}:
            yield re.compile(re.escape(part))
        if len(parts) > 1:
            yield re.compile(r"[\W_]*".join(map(re.escape, parts)))


@cache
def _rows() -> tuple[str, ...]:
    return (*_ROWS, *(row[::-1] for row in _ROWS))


@cache
def _common_words() -> tuple[frozenset[str], int]:
    lines = Path(__file__).with_name("weak_passwords.txt").read_text(encoding="utf-8").splitlines()
    words = frozenset(word for line in lines if not line.startswith("#") for word in line.split())
    return words, max(map(len, words))
