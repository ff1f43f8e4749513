"""Servers of others in tests: what plugins ask of them is kept, and answered by the test; no packet leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from ..egress import Egress, Guard
from ..json import to_json

__all__ = ["Outside", "Sent"]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it would have left: headers with names in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Outside:
    """Everything that is not this platform. ``sent`` are the requests so far, in order.

    The guard stands before it as before the real one. A host that no test has given an answer is unreachable.
    """

    def __init__(self, guard: Guard) -> None:
        self.sent: list[Sent] = []
        self.egress = Egress(guard, transport=_Transport(self, guard))
        self._answers: dict[str, Callable[[Sent], httpx.Response]] = {}

    def answers(
        self, host: str, body: Any = b"", *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """From now on ``host`` answers every request like this; ``body`` is bytes, or what is sent as JSON.

        A function is called with the request as it was sent, and returns such a body.
        """

        def answer(sent: Sent) -> httpx.Response:
            said = body(sent) if callable(body) else body
            content = said if isinstance(said, bytes) else to_json(said)
            return httpx.Response(status, headers=headers, content=content)

        self._answers[host] = answer

    def is_silent(self, host: str) -> None:
        """From now on ``host`` does not answer in time."""

        def time_out(sent: Sent) -> httpx.Response:
            raise httpx.ReadTimeout("the test has it silent")

        self._answers[host] = time_out

    def answer(self, sent: Sent, host: str) -> httpx.Response:
        """Keep a request and answer it. Raises httpx.ConnectError for a host without an answer."""
        self.sent.append(sent)
        if host not in self._answers:
            raise httpx.ConnectError(f"no test has said what {host} answers")
        return self._answers[host](sent)


class _Transport(httpx.BaseTransport):
    def __init__(self, outside: Outside, guard: Guard) -> None:
        self._outside, self._guard = outside, guard

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        self._guard.addresses(host, 1.0)
        body = request.read()
        return self._outside.answer(Sent(request.method, str(request.url), dict(request.headers), body), host)
