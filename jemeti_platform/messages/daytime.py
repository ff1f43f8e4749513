"""The hours in which people are written to about what could as well be told tomorrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["DAYTIME", "is_daytime"]

DAYTIME = range(9, 19)
"""The hours, by the workspace's clock, in which customers are reminded: a short message must wake nobody."""


def is_daytime(work: Work) -> bool:
    """Whether it is day where the workspace is. For tasks by the clock, which try again an hour later."""
    return work.now().astimezone(work.timezone).hour in DAYTIME
