"""Whether two names may be one person's: `Md. Rahim Uddin` and `RAHIM UDDIN` are, `Rahim` and `Karim` are not."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache

from jemeti_platform.imports.cells import fold

__all__ = ["same_person"]

_ALIKE = 0.85
_TITLES = """
    mr mrs ms miss dr prof eng engr md mst mosammat begum bibi haji alhaj sheikh
    herr frau familie firma gmbh ag kg ug ltd limited llc inc co company and und & e.k. মোঃ মো মোসাঃ জনাব
    السيد السيدة الشيخ المهندس شركة
"""


def same_person(one: str, other: str) -> bool:
    """Whether the names agree but for titles, order, case, accents, left-out parts or a slip of the pen."""
    if one == other:
        return True
    mine, theirs = _words(one), _words(other)
    if mine <= theirs or theirs <= mine:
        return True
    ratio = SequenceMatcher(None, " ".join(sorted(mine)), " ".join(sorted(theirs))).ratio()
    return ratio >= _ALIKE


@lru_cache(maxsize=4096)
def _words(name: str) -> frozenset[str]:
    words = [fold(word) for word in name.replace("-", " ").replace(".", ". ").split()]
    told = frozenset(word for word in words if word and word not in _titles())
    return told or frozenset(words)


@lru_cache(maxsize=1)
def _titles() -> frozenset[str]:
    return frozenset(map(fold, _TITLES.split()))
