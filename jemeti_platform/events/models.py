"""Events as stored, what counts them, and how far each plugin has been told of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import BigInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantKey, TenantRow, uuid7
from ..db.shape import Indexed, Unique
from ..db.statement import Statement

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["Event", "EventCounter", "ReplayPosition"]

_SAMPLE = Statement("""
    SELECT jemeti.write_events(%(stamp)s, '{sample}', jsonb_build_array(jsonb_build_object(
           'n', 1, 'id', %(id)s::uuid, 'type', 'sample.workspace.seen', 'object_id', jemeti.current_tenant(),
           'data', jsonb_build_object('name', %(name)s::text))))
""")


def _happen(work: Work) -> None:
    """A row for each of the tables: something happened, and a plugin has not been told of it."""
    work.write(_SAMPLE(stamp=2**62, id=uuid7(), name=work.workspace["name"]))


class Event(TenantRow):
    """Something that happened. Written by ``jemeti.write_events()`` alone, kept for ever.

    ``position`` counts the events of a workspace from 1, without gaps, in the order in which they were committed.
    """

    __tablename__ = "events"
    __shape__ = (Unique("position"), Indexed("type", "position"), Indexed("object_id", "position"))

    position: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    object_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __sample__ = staticmethod(_happen)


class EventCounter(TenantKey):
    """The position of a workspace's last event, and the workspace's stamp when plugins that listen were switched."""

    __tablename__ = "event_counters"

    last: Mapped[int] = mapped_column(BigInteger)
    stamp: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))

    __sample__ = staticmethod(_happen)


class ReplayPosition(TenantKey):
    """The position up to which a plugin has been told of events that it wants to hear even afterwards."""

    __tablename__ = "replay_positions"

    plugin: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)

    __sample__ = staticmethod(_happen)
