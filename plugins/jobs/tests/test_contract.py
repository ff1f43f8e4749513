"""Jobs, bays, services and declined work keep the contract of every resource."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.contract import ResourceContract
from jemeti_platform.testing.making import Maker
from plugins.jobs import settings
from plugins.jobs.quotation_resources import QUOTATIONS
from plugins.jobs.resources import BAYS, DECLINED, JOBS, SERVICES

from .preparing import prepare
from .quoting import FEE, LABOUR, prepare_quotation


class TestJobs(ResourceContract):
    resource = JOBS
    change = {"concern": "It rattles when cold"}
    make = {"insurance_payer_id": None, "comeback_of_id": None, "payer_type": "customer"}

    @pytest.fixture
    def maker(self, api: Api) -> Maker:
        maker = Maker(api)
        maker.id_of("jobs_jobs")  # what others are the comeback of
        return maker

    def prepare(self, maker: Maker, record: dict[str, Any], action: str) -> None:
        prepare(maker.api, record["id"], action)

    def _searchable(self, made: dict[str, Any]) -> str:
        return str(made["concern"])


class TestBays(ResourceContract):
    resource = BAYS
    change = {"notes": "The left arm sticks"}


class TestServices(ResourceContract):
    resource = SERVICES
    change = {"category": "Brakes"}


class TestDeclinedWork(ResourceContract):
    resource = DECLINED
    change = {"reason": "After the holidays"}


class TestQuotations(ResourceContract):
    resource = QUOTATIONS
    make = {"valid_until": None, "lines": [LABOUR, FEE]}
    change = {"note": "Without the alignment"}

    @pytest.fixture(autouse=True)
    def it_is_too_late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "QUOTATION_VALIDITY_DAYS", -1)

    def prepare(self, maker: Maker, record: dict[str, Any], action: str) -> None:
        prepare_quotation(maker.api, record, action)
