"""``PlatformWork``: an administrator at work on the platform itself, with the platform role's rights.

It sees the global tables; a workspace's own tables only after entering it, under row-level security
like everybody else. What it changes it writes into the platform's audit log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert
from transaction import TransactionManager

from ..db.base import uuid7
from ..db.pipeline import Rows, read_once
from ..db.statement import Bound, Statement
from ..db.transaction import Transaction
from ..errors import Unauthorized
from ..work import Actor, Work
from .models import PlatformAuditEntry

if TYPE_CHECKING:
    from ..platform import Platform

__all__ = ["GO_INSIDE", "PlatformWork"]

_WHO = Statement(
    "SELECT a.id, a.email, a.name, a.status = 'active' AND s.ended_at IS NULL AND s.expires_at > now() AS alive "
    "FROM platform_sessions s JOIN platform_admins a ON a.id = s.admin_id WHERE s.id = %(session)s"
)
GO_INSIDE = Statement("SELECT set_config('app.tenant_id', %(tenant)s::text, true)")
_LOG = Statement(
    # named one by one, since an INSERT of all columns would send a NULL for the moment that the database knows
    insert(PlatformAuditEntry).values(
        {name: None for name in PlatformAuditEntry.__table__.columns.keys() if name != "at"}  # noqa: SIM118 (columns)
    )
)


class PlatformWork:
    """An administrator (or the command line, with an actor of kind ``system``) and the platform's database."""

    def __init__(
        self, platform: Platform, actor: Actor, manager: TransactionManager, *, request_id: str | None = None
    ) -> None:
        self.platform = platform
        self.actor = actor
        self.request_id = request_id
        self.email: str = actor.name
        self._manager = manager
        self._engine = platform.engines["platform"]
        self._transaction: Transaction | None = None
        self._confirmed = actor.kind == "system"

    def read(self, *statements: Bound) -> list[Rows]:
        """Run SELECTs in one round trip and return their rows, in order."""
        if self._transaction is not None:
            return self._transaction.run(*statements)
        if self._confirmed:
            return read_once(self._engine, statements)
        who, *rows = read_once(self._engine, (_WHO(session=self.actor.session_id), *statements))
        self._met(who)
        return rows

    def write(self, *statements: Bound) -> list[Rows]:
        """Run statements in one round trip inside the transaction and return their rows, in order."""
        return self.transaction.run(*statements)

    @property
    def transaction(self) -> Transaction:
        if self._transaction is None:
            self.open()
        assert self._transaction is not None
        return self._transaction

    def open(self, *opening: Bound) -> list[Rows]:
        """Begin the transaction now; ``opening`` statements are sent in the same message, their rows returned."""
        if self._transaction is not None:
            raise RuntimeError("the transaction of this work is already open")
        who = () if self._confirmed else (_WHO(session=self.actor.session_id),)
        self._transaction = Transaction(self._engine, self._manager, *who, *opening)
        rows = list(self._transaction.first)
        if who:
            self._met(rows.pop(0))
        return rows

    def confirm(self) -> None:
        """Ask whether the administrator's session lives, if that has not been asked yet."""
        if not self._confirmed:
            self.read()

    def check_constraints(self) -> None:
        """Check deferred constraints now, for a dry run that will never commit."""
        if self._transaction is not None:
            self._transaction.check_constraints()

    @property
    def is_confirmed(self) -> bool:
        return self._confirmed

    @contextmanager
    def inside(self, tenant_id: UUID) -> Iterator[Work]:
        """A ``Work`` in one workspace, in this transaction, whatever the workspace's status is."""
        self.transaction.run(GO_INSIDE(tenant=tenant_id))
        yield Work(
            self.platform,
            tenant_id,
            Actor(self.actor.kind, self.email, self.actor.id, None, self.actor.address),
            self._manager,
            engine=self._engine,
            request_id=self.request_id,
            transaction=self.transaction,
        )
        self.transaction.run(GO_INSIDE(tenant=""))

    def log(
        self,
        action: str,
        subject: str,
        *,
        tenant_id: UUID | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write what was done into the platform's audit log, in this transaction."""
        self.transaction.run(
            _LOG(
                id=uuid7(),
                actor=self.email,
                admin_id=self.actor.id if self.actor.kind == "admin" else None,
                action=action,
                subject=subject,
                tenant_id=tenant_id,
                before=before,
                after=after,
                address=self.actor.address,
                request_id=self.request_id,
            )
        )

    def _met(self, rows: Rows) -> None:
        if not rows or not rows[0]["alive"] or rows[0]["id"] != self.actor.id:
            raise Unauthorized("This session has ended; please log in again.", headers={"WWW-Authenticate": "Bearer"})
        self.email = rows[0]["email"]
        self._confirmed = True
