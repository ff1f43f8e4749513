"""What one plugin does wrong under /readyz is named, and is its own affair."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)


@pytest.fixture
def health(shop: Shop) -> Iterator[list[Any]]:
    found: list[Any] = shop.platform.module("shop").HEALTH
    yield found
    found.clear()


def failures(shop: Shop, reason: str) -> float:
    labels = {"plugin": "shop", "kind": "hook", "name": "jemeti_health", "reason": reason}
    return shop.platform.metrics.get_sample_value("jemeti_plugin_faults_total", labels) or 0


def test_facts_of_plugins_are_shown(shop: Shop, health: list[Any]) -> None:
    shown = shop.admin.anonymous.get("/readyz").data
    assert shown["shop"] == "open"
    assert "incomplete" not in shown


JUNK = ["no facts at all", "a fact of the platform's", "what is no JSON", "a name that is no text"]


@pytest.mark.parametrize("junk", ["round", {"status": "closed"}, {"at": object()}, {1: 2}], ids=JUNK)
def test_junk_is_named_and_changes_no_other_fact(shop: Shop, health: list[Any], junk: Any) -> None:
    health.append(junk)
    before = failures(shop, "junk")
    with capture_logs() as lines:
        shown = shop.admin.anonymous.get("/readyz").data
    assert (shown["status"], shown["database"]) == ("ready", "ok")
    assert shown["incomplete"] == ["shop"]
    assert [(line["plugin"], line["hook"]) for line in lines if "fault" in line] == [("shop", "jemeti_health")]
    assert failures(shop, "junk") == before + 1


def test_a_plugin_that_raises_is_503_with_its_name(shop: Shop, health: list[Any]) -> None:
    health.append(RuntimeError("no paper"))
    before = failures(shop, "RuntimeError")
    with capture_logs() as lines:
        refused = shop.admin.anonymous.get("/readyz", expect=503)
    assert refused.error["details"]["plugins"] == ["shop"]
    assert "no paper" not in refused.text
    assert refused.headers["Retry-After"] == "5"
    assert [line["plugin"] for line in lines if line["event"] == "a plugin's hook failed"] == ["shop"]
    assert failures(shop, "RuntimeError") == before + 1
