"""Work counted instead of timed: by the functions called, which no other program on the machine changes."""

import sys
from collections.abc import Callable

__all__ = ["count_calls"]


def count_calls(act: Callable[[], object]) -> int:
    """How many functions, Python's own and those written in C, ``act`` calls in this thread."""
    calls, before = 0, sys.getprofile()

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return calls
