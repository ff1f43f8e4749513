"""``Work``: one actor at work in one workspace. The first argument of every domain function.

A request has one as ``request.work``; the command line and workers get one from
``platform.working(…)``; tests from the fixture ``work``. It reads in one round trip, opens a
transaction when something is written, and is the only way to events, ports and features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy.orm import Session
from transaction import TransactionManager

from .db.numbers import NEXT_NUMBER
from .db.pipeline import Rows, read_once
from .db.statement import Bound
from .db.streaming import stream
from .db.transaction import Transaction
from .deprecation import deprecated
from .errors import Forbidden, PaymentRequired, Unauthorized
from .manifest import FEATURE_VALUES
from .outgoing import Outgoing
from .plugin_faults import Junk, name_of
from .tenancy.state import ACT, ENTER, ENTER_WITH_KEY, FACTS, Entry, WorkspaceState

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .platform import Platform

__all__ = ["Actor", "Outdated", "Work", "bad_key"]

P = TypeVar("P")

MAX_EVENT_DEPTH = 8
"""Events that cause events that cause events: past this depth it is a loop."""


class Actor(NamedTuple):
    """Who is at work: ``kind`` is ``user``, ``api_key``, ``admin`` or ``system``; ``name`` is for people to read.

    A key has no session but the ``fingerprint`` of the secret that came with the request.
    """

    kind: str
    name: str
    id: UUID | None = None
    session_id: UUID | None = None
    address: str | None = None
    fingerprint: str | None = None


class Outdated(Exception):
    """What a work that looks first knew of the workspace is not so any more: all of it must be done again."""


def _entering(tenant_id: UUID, actor: Actor) -> Bound:
    if actor.fingerprint is None:
        return ENTER(tenant=tenant_id, session=actor.session_id)
    return ENTER_WITH_KEY(tenant=tenant_id, key=actor.id, fingerprint=actor.fingerprint, address=actor.address)


def bad_key() -> Unauthorized:
    """The refusal of an API key, whatever is wrong with it."""
    return Unauthorized("The API key is not valid, or not any more.", headers={"WWW-Authenticate": "Bearer"})


class Work:
    """One actor at work in one workspace, with its database, features, events and ports.

    Without a ``manager`` it can only read. ``opener``, if set, opens the transaction when something is first written;
    with ``looks_first`` when something is first asked at all, in the same message.
    ``guard`` is called whenever the database has said anew who the
    actor is and what the workspace may; what it raises refuses the work.
    """

    def __init__(
        self,
        platform: Platform,
        tenant_id: UUID,
        actor: Actor,
        manager: TransactionManager | None,
        *,
        engine: Engine | None = None,
        guard: Callable[[Work], None] | None = None,
        request_id: str | None = None,
        transaction: Transaction | None = None,
    ) -> None:
        self.platform = platform
        self.tenant_id = tenant_id
        self.actor = actor
        self.request_id = request_id
        self.began = self.now()
        """The moment that says which day is ``today`` and of which year numbers are, to the end of the work."""
        self._manager = manager
        self._engine = engine or platform.engines["app"]
        self._guard = guard
        self._enter = _entering(tenant_id, actor)
        self._transaction: Transaction | None = None
        self._entry: Entry | None = None
        self._state: WorkspaceState | None = platform.states.recall(tenant_id)
        self._depth = 0
        self._moment: datetime | None = None
        self._called_for: set[str] = set()
        self.opener: Callable[..., list[Rows]] | None = None
        self.looks_first = False
        self.event_id: UUID | None = None
        self._is_inside = transaction is not None
        if transaction is not None:
            self._transaction = transaction
            self._entered(transaction.run(self._enter, self._act())[0])

    # -- the database ---------------------------------------------------------------------------

    def read(self, *statements: Bound) -> list[Rows]:
        """Run SELECTs in one round trip and return their rows, in order.

        Outside a transaction they are one implicit transaction of their own, entered with the first
        statement; inside one they see what it has written.
        """
        if self._transaction is not None:
            return self._transaction.run(*statements)
        if self.looks_first:
            return self._begin(statements)
        first, *rows = read_once(self._engine, (self._enter, *statements))
        self._entered(first)
        return rows

    def stream(self, statement: Bound, size: int = 1000) -> Iterator[Rows]:
        """The rows of a SELECT in batches, from one snapshot, however many there are.

        The first batch is fetched, and the work guarded, before this returns; the connection is given
        back when the iterator ends or is closed.
        """
        if self.actor.kind == "api_key":
            self.confirm()  # the stream's own transaction only reads, and when a key was last used is written
        batches = stream(self._engine, self._enter, statement, size)
        self._entered(next(batches))
        return batches

    def write(self, *statements: Bound) -> list[Rows]:
        """Run statements in one round trip inside the transaction and return their rows, in order."""
        if self._transaction is None:
            return self._begin(statements)
        return self._transaction.run(*statements)

    def _begin(self, statements: tuple[Bound, ...]) -> list[Rows]:
        """Open the transaction, with these in the same message if that may be, and return their rows."""
        if self.opener is None:
            return self.open(*statements)
        if self.looks_first and all(bound.sql.lstrip().startswith("SELECT") for bound in statements):
            return self.opener(*statements)
        return self.transaction.run(*statements)  # what changes something waits until it is known who asks

    def queue(self, *statements: Bound) -> None:
        """Send statements whose rows nobody needs with whatever is sent next: they cost no round trip of their own.

        What they refuse is raised then, at the latest at COMMIT.
        """
        self.transaction.queue(*statements)

    @property
    def db(self) -> Session:
        """An ORM Session inside the transaction, for writes that need identity."""
        return self.transaction.session

    @property
    def transaction(self) -> Transaction:
        """The transaction, opened and entered in one message when first asked for."""
        if self._transaction is None:
            (self.opener or self.open)()
        assert self._transaction is not None
        return self._transaction

    def open(self, *opening: Bound) -> list[Rows]:
        """Begin the transaction now, so that what follows is decided on what holds now.

        ``opening`` statements are sent in the same message; returns their rows. Raises RuntimeError for a
        transaction that is open already, Outdated for a work that looked first.
        """
        if self._transaction is not None:
            raise RuntimeError("the transaction of this work is already open")
        if self._manager is None:
            raise RuntimeError("a GET changes nothing: it has no transaction to write in")
        looked_first, self.looks_first = self.looks_first, False
        remembered = self._state
        self._transaction = Transaction(self._engine, self._manager, self._enter, self._act(), *opening)
        entered, _, *rows = self._transaction.first
        self._entered(entered)
        if looked_first and remembered is not None and remembered is not self._state:
            raise Outdated
        return rows

    def next_number(self, series: str, *, record: UUID | None = None, at: datetime | None = None) -> str:
        """Take the next number of a series, for ``record``: no gaps, since undoing the transaction gives it back.

        The year is that of ``today``, or the workspace's local year ``at`` a moment. From here to the end of the
        transaction everybody else who wants a number of the series waits: take it late. One round trip; a plain create
        takes it inside its INSERT (``Resource(numbered=…)``). Raises KeyError for a series that no manifest declares.
        """
        sequence = self.platform.sequences[series]
        at = at or self.began
        ((row,),) = self.write(NEXT_NUMBER(series=series, pattern=sequence.pattern, record=record, at=at))
        number: str = row["number"]
        return number

    def check_constraints(self) -> None:
        """Check deferred constraints now, for a dry run that will never commit."""
        if self._transaction is not None:
            self._transaction.check_constraints()

    def after_commit(self, act: Callable[[], None]) -> None:
        """Call ``act`` once the transaction has been committed: for what no database could take back.

        It must not raise; what must not be forgotten if the process dies at that moment needs a job, or a sweep.
        """
        self._outcome(lambda committed: act() if committed else None)

    def if_undone(self, act: Callable[[], None]) -> None:
        """Call ``act`` if the transaction, opened yet or not, is not committed: to take back what it cannot undo.

        Where the connection is lost on COMMIT, nobody knows whether it was done, and nothing is taken back.
        """
        self._outcome(lambda committed: None if committed or self._is_in_doubt else act())

    @property
    def _is_in_doubt(self) -> bool:
        return self._transaction is not None and self._transaction.is_in_doubt

    def _outcome(self, told: Callable[[bool], None]) -> None:
        if self._manager is None:
            raise RuntimeError("a GET changes nothing: it has no transaction to wait for")
        transaction = self._manager.get()
        transaction.addAfterCommitHook(told)
        transaction.addAfterAbortHook(told, (False,))

    @property
    def is_writing(self) -> bool:
        return self._transaction is not None

    @property
    def is_confirmed(self) -> bool:
        """Whether the database has said, for this work, who the actor is and what the workspace may."""
        return self._entry is not None

    def confirm(self) -> None:
        """Enter the workspace if that has not happened yet, so that the guard decides on what holds now."""
        if self._entry is None:
            self.read()

    @property
    def entry(self) -> Entry:
        self.confirm()
        assert self._entry is not None
        return self._entry

    def _act(self) -> Bound:
        """Say who acts, for the audit log: the trigger writes it beside every change of this transaction."""
        kind, name, identity, _, address, _ = self.actor
        known = {"kind": kind, "name": name or None, "id": identity, "address": address, "request_id": self.request_id}
        return ACT(actor=orjson.dumps(known).decode())

    def _entered(self, rows: Rows) -> None:
        if self.actor.kind == "api_key" and not (rows and rows[0]["alive"]):
            raise bad_key()
        if not rows:
            raise Unauthorized("This workspace does not exist any more.")
        self._entry = entry = Entry(**rows[0])
        if entry.status != "active" and not self._is_inside:
            raise Unauthorized(f"This workspace is {entry.status}.", headers={"WWW-Authenticate": "Bearer"})
        known = self.platform.states.current(entry)
        if known is None:
            known = self._load(entry)
            if not self._is_inside:  # what its transaction has changed may yet be undone, and the stamp given again
                self.platform.states.remember(known)
        self._state = known
        if self._guard is not None:
            self._guard(self)

    def _load(self, entry: Entry) -> WorkspaceState:
        if self._transaction is not None:
            ((row,),) = self._transaction.run(FACTS)
        else:
            _, (row,) = read_once(self._engine, (self._enter, FACTS))
        if row["facts"] is None:
            raise Unauthorized("This workspace has just been closed.", headers={"WWW-Authenticate": "Bearer"})
        state = self.platform.states.build(entry, row["facts"])
        self._state = state  # a plugin that is asked for its opinion may ask this work in turn
        opinions = {slug: self.opinion(slug) for slug in self.platform.features}
        state.opinion = opinions.get
        state.forget_decisions()
        return state

    def refresh(self) -> None:
        """Read features, roles and profile again, after changing them in this transaction.

        The result stays with this work: what is not committed is nobody else's business.
        """
        self._state = self._load(self.entry)

    def opinion(self, slug: str) -> str | None:
        owner, name = self.platform.plugin_of(slug), "jemeti_feature_decision"
        if owner is None or not (hook := self.platform.hook(name, frozenset((owner,)))).get_hookimpls():
            return None
        with self.platform.faults.of(owner, "hook", name, workspace=str(self.tenant_id), request_id=self.request_id):
            answer: str | None = hook(work=self, slug=slug)
            if answer not in (None, *FEATURE_VALUES):
                raise Junk(f"{name} answers {answer!r} about {slug!r}; it may be {', '.join(FEATURE_VALUES)} or None")
        return answer

    # -- the workspace --------------------------------------------------------------------------

    @property
    def state(self) -> WorkspaceState:
        if self._state is None:
            self.confirm()
        assert self._state is not None
        return self._state

    @property
    def workspace(self) -> Mapping[str, Any]:
        """The profile: name, country, currency, timezone and the other fields of ``/v1/workspace``."""
        return self.state.profile

    @property
    def timezone(self) -> ZoneInfo:
        """The workspace's time zone, which says what day it is."""
        return ZoneInfo(self.workspace["timezone"])

    def today(self) -> date:
        """This day in the workspace's time zone: from first to last the one on which the work began.

        So what is priced, dated and numbered by one request is of one day and one year, though midnight comes between.
        """
        return self.began.astimezone(self.timezone).date()

    def now(self) -> datetime:
        """This moment, aware, UTC."""
        return datetime.now(UTC)

    def has(self, feature: str) -> bool:
        """Whether the workspace has a feature at all (``on`` or ``read_only``)."""
        return self.state.has(feature)

    def require_live_session(self) -> None:
        """Raise Unauthorized when the user's session has ended or the user or workspace is not active any more."""
        if self.actor.kind == "user" and not (self.entry.alive and self.entry.user_id == self.actor.id):
            raise Unauthorized("This session has ended; please log in again.", headers={"WWW-Authenticate": "Bearer"})

    @property
    def two_factor_required(self) -> bool:
        """Whether the workspace demands a second factor of the user at work."""
        role = self.state.roles.get(self.entry.role_id) if self.entry.role_id else None
        rule = self.workspace["two_factor_required"]
        return rule == "everybody" or (rule == "admins" and role is not None and role.slug in ("owner", "admin"))

    def require_two_factor(self) -> None:
        """Raise Forbidden for a user who must log in with a second factor and has none. API keys are no people."""
        if self.actor.kind == "user" and not self.entry.two_factor and self.two_factor_required:
            raise Forbidden(
                "This workspace demands two-factor log-in; set it up first.",
                details={"reason": "two_factor_setup_required"},
            )

    def require_feature(self, feature: str, *, write: bool) -> None:
        """Raise PaymentRequired with the explanation unless the feature allows this."""
        decision = self.state.decision(feature)
        if not decision.allows(write=write):
            raise PaymentRequired(
                f"The feature {feature!r} is {'read-only' if decision.value == 'read_only' else 'off'} for "
                "this workspace.",
                details={**decision.as_dict(), "available_in": self.state.plans_with(feature)},
            )

    def limit(self, slug: str) -> int | None:
        """The number a plan or the workspace's subscription sets; None is unlimited."""
        return self.state.limits[slug]

    @property
    def permissions(self) -> frozenset[str]:
        """What the role grants, of that what an API key is granted; the system and platform admins may everything."""
        if self.actor.kind in ("system", "admin"):
            return frozenset(self.platform.permissions)
        role = self.state.roles.get(self.entry.role_id) if self.entry.role_id else None
        held = role.permissions if role else frozenset[str]()
        return held & self.platform.key_permissions(self.entry.key_grants) if self.actor.kind == "api_key" else held

    def may(self, permission: str) -> bool:
        """Whether the actor has a permission."""
        return permission in self.permissions

    def require_permission(self, permission: str) -> None:
        if not self.may(permission):
            raise Forbidden(
                f"This needs the permission {permission!r}, which "
                f"{'this API key does not have' if self.actor.kind == 'api_key' else 'your role does not grant'}.",
                details={"permission": permission},
            )

    @property
    def enabled_plugins(self) -> frozenset[str]:
        return self.platform.enabled_plugins(self.has)

    # -- other plugins --------------------------------------------------------------------------

    def emit(self, event: object) -> None:
        """Store a declared event with this transaction and tell every listener of an enabled plugin, now and in it.

        What a listener raises undoes all. Raises RuntimeError for an event that no plugin has declared, and where
        events cause each other without end.
        """
        kind = self.platform.events.get(type(event))
        if kind is None:
            raise RuntimeError(
                f"{type(event).__module__}.{type(event).__qualname__} is emitted but not declared; write"
                f" config.add_event({type(event).__name__}) in the includeme of the plugin that emits it"
            )
        later = self.platform.replays.get(type(event), {})
        listeners = self.platform.listeners.get(type(event), ())
        outgoing = self._outgoing  # opens the transaction: what is decided now is decided on what holds now
        enabled = self.enabled_plugins if listeners else frozenset()
        behind = self.behind if later else frozenset()
        identity = outgoing.event(kind, event, self.state.stamps[0], later.keys() - enabled - behind)
        for plugin in later.keys() & enabled & behind - self._called_for:
            self._called_for.add(plugin)
            self.defer("kernel.catch_up", queueing_lock=f"catch_up:{plugin}", plugin=plugin)
        if listeners:
            with self._deeper(event, identity):
                for plugin, listener in listeners:
                    if plugin in enabled and not (plugin in behind and listener in later.get(plugin, ())):
                        self.tell(plugin, listener, event, kind.name, identity)

    def tell(
        self, plugin: str, listener: Callable[..., None], event: object, name: str, identity: UUID | None = None
    ) -> None:
        about = {"event_type": name, "event_id": identity and str(identity), "workspace": str(self.tenant_id)}
        with self.platform.faults.of(plugin, "listener", name_of(listener), **about, request_id=self.request_id):
            listener(self, event)

    @property
    def behind(self) -> frozenset[str]:
        """The plugins that have not been told of everything that they want to hear even afterwards."""
        return self.state.behind

    def write_events(self) -> None:
        """Write what has been emitted and deferred so far, instead of with COMMIT, so that it can be read."""
        if self._transaction is not None and (statements := self._outgoing.take()):
            self.write(*statements)

    @contextmanager
    def hearing(self, event: object, moment: datetime) -> Iterator[None]:
        """Whatever listens inside is told of an event of that moment."""
        before, self._moment = self._moment, moment
        try:
            with self._deeper(event):
                yield
        finally:
            self._moment = before

    def happened_at(self) -> datetime:
        """When the event happened that a listener is just told of: now, or long ago if it is told afterwards."""
        return self._moment or self.now()

    def defer(
        self,
        task: str,
        *,
        lock: str | None = None,
        queueing_lock: str | None = None,
        at: datetime | None = None,
        **args: Any,
    ) -> None:
        """Have the worker call a declared task in this workspace once this transaction is committed; no round trip.

        ``args`` are the task's own, ids, decimals and days included. Jobs with the same ``lock`` run one after another,
        in order; of those with the same ``queueing_lock`` only one waits at a time; ``at`` is the earliest moment.
        Locks are the workspace's own. Raises RuntimeError for a task that is not declared, TypeError for arguments that
        it does not take.
        """
        declared = self.platform.tasks.get(task)
        if declared is None:
            raise RuntimeError(
                f"the task {task!r} is deferred but not declared; write config.add_task({task!r}, function)"
            )
        self._outgoing.job(declared.job(args, lock=lock, queueing_lock=queueing_lock, at=at))

    @property
    def _outgoing(self) -> Outgoing:
        transaction = self.transaction
        found = transaction.outgoing.get(self.tenant_id)
        if found is None:
            found = transaction.outgoing[self.tenant_id] = Outgoing(self.tenant_id, enters=self._is_inside)
        return found

    def port(self, protocol: type[P]) -> P | None:
        """The provider of a port for this workspace, or None where its plugin is absent or off."""
        provider = self.platform.ports.get(protocol)
        if provider is None or provider[0] not in self.enabled_plugins:
            return None
        with self.platform.faults.of(provider[0], "port", protocol.__name__, workspace=str(self.tenant_id)):
            answer: P = provider[1](self)
        return answer

    @deprecated("a port (work.port)", since="1.0", gone_in="2.0")
    def hook(self, name: str) -> Any:
        """A hook of ``hookspecs``, called for this workspace's enabled plugins only: what one of them raises all raise.

        Deprecated: plugins talk to each other by ports and events; hooks are the kernel's questions.
        """
        return self.platform.hook(name, self.enabled_plugins)

    @contextmanager
    def _deeper(self, event: object, identity: UUID | None = None) -> Iterator[None]:
        if self._depth >= MAX_EVENT_DEPTH:
            raise RuntimeError(
                f"events cause each other {MAX_EVENT_DEPTH} deep, the last is {event!r}: a loop of listeners"
            )
        around, self.event_id = self.event_id, identity
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self.event_id = around
