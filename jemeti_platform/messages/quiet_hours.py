"""Quiet hours: between two times of the wall clock of the workspace nothing is sent that can wait."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["QuietHours"]


class QuietHours:
    """From ``begin`` to ``end`` on the wall clock of a time zone, over midnight if ``end`` is the earlier one.

    None for both, or twice the same time, is no quiet at all.
    """

    def __init__(self, begin: time | None, end: time | None, zone: ZoneInfo) -> None:
        self.begin, self.end, self.zone = begin, end, zone

    @classmethod
    def of(cls, workspace: Mapping[str, Any]) -> QuietHours:
        """Those of a workspace's profile."""
        begin, end = (
            time.fromisoformat(text) if text else None for text in (workspace["quiet_from"], workspace["quiet_to"])
        )
        return cls(begin, end, ZoneInfo(workspace["timezone"]))

    def covers(self, moment: datetime) -> bool:
        """Whether an aware moment lies in the quiet."""
        if self.begin is None or self.end is None or self.begin == self.end:
            return False
        clock = moment.astimezone(self.zone).time()
        if self.begin < self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    def after(self, moment: datetime) -> datetime:
        """``moment`` itself, or the end of the quiet it lies in, in UTC.

        What counts is what people read on their wall: a clock that is put back into the quiet begins it anew, one
        that is put forward over its end makes it last as much longer at most.
        """
        moment = moment.astimezone(UTC)
        if not self.covers(moment):
            return moment
        assert self.end is not None
        day = moment.astimezone(self.zone).date()
        for ahead in (0, 1, 2):
            for fold in (0, 1):
                wall = datetime.combine(day + timedelta(days=ahead), self.end, self.zone).replace(fold=fold)
                end = wall.astimezone(UTC)
                if end > moment and not self.covers(end):
                    return end
        return moment + timedelta(days=1)  # a zone that skips the time every day does not exist
