"""An application that may send to receivers on this machine, as in development, and tries again after no time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import pytest

from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.platform import Platform
from jemeti_platform.rest.conformance import Conformance
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.apps import booted
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.workspaces import TestWorkspace, make_workspace

__all__ = ["SETTINGS", "Hooks", "hooks_in", "hooks_of_a_workspace", "sending_app"]

SETTINGS = {
    "jemeti.environment": "development",
    "jemeti.egress.enabled": "true",
    "jemeti.egress.allow_http": "true",
    "jemeti.egress.allow_loopback": "true",
    "jemeti.egress.ports": "*",
    "jemeti.webhooks.pauses": "60",
}


class CheckedApi(Api):
    """A client that holds every answer against the application's own OpenAPI document."""

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        reply = super().request(method, path, body, **more)
        conformance = vars(self.app.registry).setdefault(
            "conformance", Conformance(self.app.registry.published.whole.document)
        )
        conformance.check(method, path, reply.status, reply.headers, reply.body)
        return reply


@dataclass
class Hooks:
    """A workspace whose events go out."""

    app: Any
    workspace: TestWorkspace
    since: datetime

    @property
    def platform(self) -> Platform:
        found: Platform = self.app.registry.platform
        return found

    @cached_property
    def api(self) -> Api:
        return CheckedApi(self.app, f"{self.workspace.slug}.localhost", self.workspace, self.workspace.login())

    def add(self, url: str, *event_types: str) -> dict[str, Any]:
        """A new endpoint, with its secret."""
        made: dict[str, Any] = self.api.post("/v1/webhooks", {"url": url, "event_types": [*event_types] or ["*"]}).data
        return made

    def customer(self, name: str = "Rahim Uddin") -> str:
        """A new customer, and with it an event."""
        made: str = self.api.post("/v1/crm/customers", {"name": name}, expect=201).data["id"]
        return made

    def rename(self, customer: str, name: str) -> None:
        self.api.patch(f"/v1/crm/customers/{customer}", {"name": name})

    def run(self, ahead: timedelta | None = None) -> int:
        """Let the worker do what is due, or will be within ``ahead``; the number of jobs that ran."""
        return len(RunJobs(self.platform, self.since)(ahead=ahead))

    def deliveries(self, endpoint: dict[str, Any], **filters: Any) -> list[dict[str, Any]]:
        """The log of an endpoint, oldest first."""
        found = self.api.get(f"/v1/webhooks/{endpoint['id']}/deliveries", params={"sort": "created_at", **filters})
        rows: list[dict[str, Any]] = found.data
        return rows

    def sql(self, statement: str, **params: Any) -> list[dict[str, Any]]:
        """Run a statement in the workspace, as the system."""
        bound: Bound = Statement(statement)(**params)
        with self.workspace.work() as work:
            (rows,) = work.write(bound)
        return rows

    def endpoint(self, endpoint: dict[str, Any]) -> dict[str, Any]:
        """The endpoint as it is now."""
        found: dict[str, Any] = self.api.get(f"/v1/webhooks/{endpoint['id']}").data
        return found


@pytest.fixture(name="sending", scope="session")
def sending_app(settings: dict[str, str], database: Database) -> Iterator[Any]:
    with booted({**settings, **SETTINGS}, database) as app:
        yield app


@pytest.fixture(name="hooks")
def hooks_of_a_workspace(sending: Any) -> Hooks:
    return hooks_in(sending)


def hooks_in(app: Any) -> Hooks:
    since = datetime.now(UTC)
    workspace = make_workspace(app.registry.platform, app.registry.security_policy.tokens, country="BD")
    return Hooks(app, workspace, since)
