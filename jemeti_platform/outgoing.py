"""What a transaction tells the world when it commits, kept until then: events to be stored and jobs to be done.

Both go with the message that carries COMMIT: they cost no round trip, and whatever they lock they hold for no longer
than COMMIT takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from .db.base import uuid7
from .db.statement import Bound, Statement
from .events.declared import EventType

__all__ = ["Outgoing"]

_WRITE_EVENTS = Statement("SELECT jemeti.write_events(%(stamp)s::bigint, %(behind)s::text[], %(events)s::jsonb)")
_DEFER = Statement("SELECT jemeti.defer(%(jobs)s::jsonb)")
# An administrator's transaction goes through several workspaces and may be inside one just now.
_GO = Statement(
    "SELECT set_config('app.before', coalesce(current_setting('app.tenant_id', true), ''), true),"
    " set_config('app.tenant_id', %(tenant)s::text, true)"
)
_BACK: Bound = Statement("SELECT set_config('app.tenant_id', current_setting('app.before', true), true)")()


class Outgoing:
    """The events and jobs of one workspace in one transaction; ``enters`` where the transaction may be elsewhere."""

    __slots__ = ("_behind", "_enters", "_events", "_jobs", "_stamp", "_tenant_id")

    def __init__(self, tenant_id: UUID, *, enters: bool) -> None:
        self._tenant_id = tenant_id
        self._enters = enters
        self._events: list[str] = []
        self._jobs: list[str] = []
        self._stamp: int | None = None
        self._behind: set[str] = set()

    def event(self, kind: EventType, event: object, stamp: int, behind: Iterable[str] = ()) -> UUID:
        """Keep an event as the JSON in which it will be sent, and return the id it will have.

        ``stamp`` is the state under which it was emitted; ``behind`` are plugins that are not told of it now but want
        to hear of it later.
        """
        object_id, identity = kind.object_id(event), uuid7()
        about = f'"{object_id}"' if object_id else "null"
        self._events.append(
            f'{{"n":{len(self._events) + 1},"id":"{identity}","type":"{kind.name}","object_id":{about},'
            f'"data":{kind.encode(event).decode()}}}'
        )
        self._stamp = stamp if self._stamp is None else min(self._stamp, stamp)
        self._behind.update(behind)
        return identity

    def job(self, job: str) -> None:
        """Keep a job, as JSON."""
        self._jobs.append(job)

    def mark(self) -> tuple[int, int]:
        """How much has been kept by now, for ``forget``."""
        return len(self._events), len(self._jobs)

    def forget(self, mark: tuple[int, int]) -> None:
        """Drop what has been kept since ``mark``: it was undone."""
        events, jobs = mark
        del self._events[events:]
        del self._jobs[jobs:]

    def take(self) -> list[Bound]:
        """The statements that write everything kept so far; nothing is kept afterwards.

        Events come last: from then on every other transaction with events of this workspace waits.
        """
        found = []
        if self._jobs:
            found.append(_DEFER(jobs=f"[{','.join(self._jobs)}]"))
        if self._events:
            written = f"[{','.join(self._events)}]"
            found.append(_WRITE_EVENTS(stamp=self._stamp, behind=sorted(self._behind), events=written))
        self._events, self._jobs, self._stamp, self._behind = [], [], None, set()
        return [_GO(tenant=self._tenant_id), *found, _BACK] if found and self._enters else found
