"""Probes of a load balancer are never refused for coming often."""

from __future__ import annotations

from typing import Any

import webtest

from jemeti_platform import main


def test_probes_are_not_counted(settings: dict[str, str], database: Any) -> None:
    app = main({}, **{**settings, **database.settings, "jemeti.ratelimit.general_address": "2 per minute"})
    client = webtest.TestApp(app, extra_environ={"REMOTE_ADDR": "127.0.0.1"})
    for _ in range(5):
        assert client.get("/healthz").status_int == 200
        assert client.get("/readyz").status_int == 200
    statuses = [client.get("/v1/openapi.json", expect_errors=True).status_int for _ in range(4)]
    assert statuses == [200, 200, 429, 429], "the control: anything else is counted"
    for engine in app.registry.platform.engines.values():
        engine.dispose()
