"""The way outwards for plugins: a request to a server of others, from a late task, counted in the plugin's name.

A request of a client has its answer to give, and a transaction holds locks: neither may wait for a stranger's server.
A late task has no transaction open before it writes, and the queue tries it again. What is refused here is refused
before anything is resolved or sent.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry, Counter

from .guard import Unsafe
from .sending import MOST_BYTES, SECONDS, Egress, Reply, Unreachable

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["Asked", "send"]

log = structlog.get_logger("jemeti.egress")

LONGEST = 30.0
LARGEST = 16 * 1024 * 1024
_MOST_HOSTS = 100
"""Hosts of one plugin that are counted by name: a workspace may name the host, and metrics are kept for good."""


class Asked:
    """The requests of plugins since the process started, counted as ``jemeti_egress_requests_total``.

    Its labels are ``plugin``; ``host``, ``other`` beyond the first hundred; ``outcome``: ``2xx`` to ``5xx``,
    ``unreachable``, or ``unsafe`` for an address that nobody may ask.
    """

    def __init__(self, metrics: CollectorRegistry) -> None:
        self._hosts: defaultdict[str, set[str]] = defaultdict(set)
        self._count = Counter(
            "jemeti_egress_requests",
            "Requests that plugins sent to servers of others",
            ("plugin", "host", "outcome"),
            registry=metrics,
        )

    def count(self, plugin: str, host: str, outcome: str) -> None:
        """Count a request."""
        known = self._hosts[plugin]
        if host not in known and len(known) >= _MOST_HOSTS:
            host = "other"
        known.add(host)
        self._count.labels(plugin, host, outcome).inc()


def send(
    work: Work,
    method: str,
    url: str,
    *,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
) -> Reply:
    """Send a request to a server of others and return the answer, whatever its status; redirects are not followed.

    From a task that is declared ``late`` only, before it first writes: nothing waits for others with a transaction
    open. The address must be public, ``https`` and within what ``jemeti.egress.*`` allows, wherever its name leads.
    ``seconds``, at most 30, are for everything from the name to the last byte, ``most_bytes``, at most 16 MiB, for
    the answer. Plugin, host, status and time are logged and counted, path, query, headers and bodies are not. A task
    that is tried again sends again: give the other side something to recognise the request by.

    Raises Unsafe for a URL that must not be asked, Unreachable where no answer came in time or none that is fit: left
    alone they fail the job, which is then tried again. RuntimeError and ValueError are mistakes of the caller.
    """
    plugin = _plugin_of(work)
    if not 0 < seconds <= LONGEST or not 0 < most_bytes <= LARGEST:
        raise ValueError(f"a request may take up to {LONGEST:g} seconds and bring up to {LARGEST:,} bytes")
    for name, value in (headers or {}).items():
        if not all(text.isascii() and text.isprintable() and text == text.strip() for text in (name, value)):
            # said here, without the value: it may be a secret, and what refuses it further down would show it
            raise ValueError(f"the header {name!r} must be printable ASCII, with no space around it")
    egress, call = work.platform.part(Egress), _Call(work, plugin, method)
    try:
        call.host = egress.guard.read(url).host
        reply = egress.send(method, url, content=content, headers=headers, seconds=seconds, most_bytes=most_bytes)
    except (Unsafe, Unreachable) as problem:
        call.failed("unsafe" if isinstance(problem, Unsafe) else "unreachable", problem)
        raise
    call.answered(reply)
    return reply


def _plugin_of(work: Work) -> str:
    """The plugin whose late task is at work. Raises RuntimeError anywhere else, and once it has begun to write."""
    task = work.platform.tasks.get(work.actor.name) if work.actor.kind == "system" else None
    if task is None or not task.late:
        raise RuntimeError(
            "others are asked from a late task only: declare one by config.add_task(…, late=True) and work.defer it"
        )
    if work.is_writing:
        raise RuntimeError(
            f"the task {task.name!r} has a transaction open, and would keep its locks while it waits for others: "
            "ask first, then write"
        )
    return task.plugin


class _Call:
    """One request, told of when it is over."""

    host = "unreadable"

    def __init__(self, work: Work, plugin: str, method: str) -> None:
        self._work, self._plugin, self._method = work, plugin, method
        self._begun = time.monotonic()

    def answered(self, reply: Reply) -> None:
        self._count(f"{reply.status // 100}xx")
        log.info("a plugin has asked others", status=reply.status, **self._facts())

    def failed(self, outcome: str, problem: Exception) -> None:
        self._count(outcome)
        log.warning("a plugin has asked others in vain", outcome=outcome, problem=str(problem), **self._facts())

    def _count(self, outcome: str) -> None:
        self._work.platform.parts[Asked].count(self._plugin, self.host, outcome)

    def _facts(self) -> dict[str, object]:
        return {
            "plugin": self._plugin,
            "task": self._work.actor.name,
            "method": self._method,
            "host": self.host,
            "ms": round((time.monotonic() - self._begun) * 1000),
            "workspace": str(self._work.tenant_id),
            "request_id": self._work.request_id,
        }
