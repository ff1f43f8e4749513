"""A plugin with numbers and a lifecycle keeps the contract of every resource, and its workspaces are apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jemeti_platform.db import migrate
from jemeti_platform.rest.resource import Resource
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.contract import ResourceContract
from jemeti_platform.testing.making import Maker
from jemeti_platform.testing.sweep import sweep
from jemeti_platform.testing.workspaces import TestWorkspace

from .garage_platform import Garage, workspace_with_garage  # noqa: F401 (a fixture)


class TestRepairs(ResourceContract):
    change = {"concern": "Everything rattles"}
    moves = {"finish": {"tester": "Karim"}}

    @property
    def resource(self) -> Resource:  # type: ignore[override]  # the plugin is there only while its application runs
        from garage.resources import REPAIRS

        return REPAIRS

    def test_a_create_that_asks_more_is_told_what_to_do(
        self, api: Api, maker: Maker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(type(self), "round_trips_to_create", 0)
        with pytest.raises(AssertionError, match=r"and may be 0: .*; or say round_trips_to_create = [1-3] in the test"):
            self.test_round_trips(api, maker)

    @pytest.fixture
    def tenant(self, here: TestWorkspace) -> TestWorkspace:
        return here

    @pytest.fixture
    def other_tenant(self, garage: Garage) -> TestWorkspace:
        return garage.workspace()

    @pytest.fixture
    def api_of(self, garage: Garage) -> Callable[[TestWorkspace], Api]:
        return garage.api

    @pytest.fixture
    def api(self, garage: Garage, tenant: TestWorkspace) -> Api:
        return garage.api(tenant)

    def create(self, maker: Maker, **given: Any) -> dict[str, Any]:
        return super().create(maker, **{"bicycle": None, "agreed": None, **given})

    def prepare(self, maker: Maker, record: dict[str, Any], action: str) -> None:
        if action == "accept":
            maker.api.patch(f"{self.path}/{record['id']}", {"bicycle": "Blue Hercules"})


def test_nobody_sees_another_workspace(garage: Garage) -> None:
    report = sweep(garage.app, garage.database)
    print(report)  # noqa: T201 (the figures are the result)
    assert report.ok, str(report)


def test_models_and_migrations_agree(garage: Garage) -> None:
    migrate.check(garage.platform.manifests, garage.database.migrate_url)
