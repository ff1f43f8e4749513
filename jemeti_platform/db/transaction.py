"""One database transaction inside one ``transaction`` manager: opened in one message, committed last.

The connection is ours, the Session (if anybody asks for one) is zope.sqlalchemy's on that very
connection: it flushes and closes with the manager, while COMMIT and ROLLBACK are sent here, after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import zope.sqlalchemy
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from transaction import TransactionManager
from transaction.interfaces import IDataManager
from zope.interface import implementer

from .pipeline import Rows, checkout
from .statement import Bound

if TYPE_CHECKING:
    from ..outgoing import Outgoing

__all__ = ["Transaction", "is_retryable"]

_BEGIN = Bound("BEGIN", ())
_COMMIT = Bound("COMMIT", ())
_CHECK_NOW = Bound("SET CONSTRAINTS ALL IMMEDIATE", ())


def is_retryable(error: BaseException) -> bool:
    """Whether running the whole request again may help: a deadlock or a serialization failure."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, DeadlockDetected | SerializationFailure)


@implementer(IDataManager)
class Transaction:
    """A transaction joined to ``manager``. ``first`` are the rows that the opening statements returned.

    ``closing`` are statements to be sent in one message with COMMIT: they cost no round trip of their own. ``outgoing``
    are, by workspace, the events and jobs that go last of all. ``is_in_doubt`` says that the connection was lost on
    COMMIT, so that nobody knows whether it was done.
    """

    def __init__(self, engine: Engine, manager: TransactionManager, *opening: Bound) -> None:
        self.transaction_manager = manager
        self._engine = engine
        self._session: Session | None = None
        self._queued: list[Bound] = []
        self.closing: list[Bound] = []
        self.outgoing: dict[UUID, Outgoing] = {}
        self.is_in_doubt = False
        self._pooled, self.connection = checkout(engine)
        try:
            self.first: list[Rows] = self.connection.send([_BEGIN, *opening])[1:]
        except BaseException:
            self._roll_back()
            raise
        manager.get().join(self)

    def run(self, *statements: Bound) -> list[Rows]:
        """Run the statements in one round trip and return their rows.

        What was queued goes first, in the same message; unflushed work of ``session`` before it.
        """
        if self._session is not None:
            self._session.flush()
        queued, self._queued = self._queued, []
        return self.connection.send([*queued, *statements])[len(queued) :]

    def queue(self, *statements: Bound) -> None:
        """Send these with whatever is sent next, at the latest with COMMIT: their rows are not wanted."""
        self._queued.extend(statements)

    @property
    def session(self) -> Session:
        """An ORM Session on this transaction's connection, made when first asked for."""
        if self._queued:
            self.run()
        if self._session is None:
            connection = Connection(self._engine, connection=self._pooled)
            connection.begin()
            self._session = Session(bind=connection, join_transaction_mode="rollback_only")
            zope.sqlalchemy.register(
                self._session, initial_state="changed", transaction_manager=self.transaction_manager
            )
        return self._session

    def check_constraints(self) -> None:
        """Run ``closing`` and check deferred constraints now instead of at COMMIT, for a dry run that never commits."""
        self.run(*self._last(), _CHECK_NOW)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what happens inside if it raises, events and jobs with it; the exception goes on."""
        kept = {tenant: outgoing.mark() for tenant, outgoing in self.outgoing.items()}
        try:
            with self.connection.transaction():
                yield
        except BaseException:
            for tenant, outgoing in self.outgoing.items():
                outgoing.forget(kept.get(tenant, (0, 0)))
            raise

    def sortKey(self) -> str:  # noqa: N802  # the name is the interface's
        return "~~jemeti"  # after zope.sqlalchemy's "~sqlalchemy:…", which flushes what is still unwritten

    def commit(self, transaction: Any) -> None:
        if self._session is not None:
            self._session.flush()

    def tpc_begin(self, transaction: Any) -> None:
        pass

    def tpc_vote(self, transaction: Any) -> None:
        # one phase: the only place where a COMMIT can still be refused is the vote
        try:
            self.connection.send([*self._queued, *self._last(), _COMMIT])
        except psycopg.Error:
            self.is_in_doubt = self.connection.broken
            raise

    def tpc_finish(self, transaction: Any) -> None:
        self._pooled.close()

    def tpc_abort(self, transaction: Any) -> None:
        self._roll_back()

    def abort(self, transaction: Any) -> None:
        self._roll_back()

    def should_retry(self, error: BaseException) -> bool:
        return is_retryable(error)

    def _last(self) -> list[Bound]:
        closing, self.closing = self.closing, []
        # workspace by workspace in one order, so that two such transactions wait for each other and never deadlock
        return [*closing, *(bound for tenant in sorted(self.outgoing) for bound in self.outgoing[tenant].take())]

    def _roll_back(self) -> None:
        try:
            if self._pooled.is_valid:
                self.connection.rollback()
        except psycopg.Error:
            self._pooled.invalidate()
        finally:
            self._pooled.close()
