"""What somebody has probably meant who named what there is not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["meant"]


def meant(given: str, known: Iterable[str]) -> str | None:
    """A question that names the most alike of what there is: ``did you mean 'crm'?``; None where nothing is alike."""
    like = get_close_matches(given, list(known), n=1)
    return f"did you mean {like[0]!r}?" if like else None
