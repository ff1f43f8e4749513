"""What is asked: routes, and questions about them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ...rest.service import AUTHENTICATED, PUBLIC, Service, View

__all__ = ["NO_FAILURE", "REFUSED", "Question", "Route", "routes"]

_PARAMETER = re.compile(r"\{(\w+)(?::[^}]*)?\}")
REFUSED = frozenset(range(400, 500))
NO_FAILURE = frozenset(range(100, 500))


@dataclass(frozen=True)
class Route:
    """A declared view at its path."""

    service: Service
    view: View

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.service.full_path)

    def path(self, values: dict[str, str]) -> str:
        return _PARAMETER.sub(lambda found: values[found[1]], self.service.full_path)

    @property
    def is_public(self) -> bool:
        return self.view.permission == PUBLIC

    @property
    def needs_right(self) -> bool:
        return self.view.permission not in (PUBLIC, AUTHENTICATED)

    def __str__(self) -> str:
        return f"{self.view.method} {self.service.full_path}"


def routes(app: Any) -> list[Route]:
    """Every view that the application serves, but for those that only development has."""
    return [
        Route(service, view)
        for _, service in app.registry.services.values()
        for view in service.views.values()
        if not service.full_path.startswith("/dev/")
    ]


@dataclass(frozen=True)
class Question:
    """A request in somebody's name with the statuses that are fit answers.

    ``who`` is one of ``asking.IDENTITIES``. ``twin`` is the same question about what nobody has: it must be
    answered alike. ``ids`` are the foreign ids in it.
    """

    who: str
    method: str
    path: str
    fit: frozenset[int]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    twin: Question | None = None

    @property
    def said(self) -> str:
        """All that the question itself says, in lower case: what may come back as an echo."""
        return f"{self.path} {self.body} {self.headers}".lower()

    def __str__(self) -> str:
        extra = " ".join([*(f"{k}: {v}" for k, v in self.headers.items()), *([str(self.body)] if self.body else [])])
        return f"{self.method} {self.path} as {self.who} {extra}".strip()[:300]
