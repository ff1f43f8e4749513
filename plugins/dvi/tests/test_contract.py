"""Templates and inspections keep the contract of every resource."""

from typing import Any

from jemeti_platform.db import migrate
from jemeti_platform.platform import Platform
from jemeti_platform.testing.contract import ResourceContract
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.making import Maker
from plugins.dvi.resources import INSPECTIONS, TEMPLATES


class TestTemplates(ResourceContract):
    resource = TEMPLATES
    make = {
        "code": "template-{n}",
        "sections": [{"title": "A", "items": [{"key": "a", "title": "A", "kind": "grade"}]}],
    }
    change = {"name": "Long inspection"}


class TestInspections(ResourceContract):
    resource = INSPECTIONS
    make = {"job_id": None}
    change = {"note": "Drives well", "odometer": 71_000}

    def prepare(self, maker: Maker, record: dict[str, Any], action: str) -> None:
        if action == "complete":
            where = f"{self.path}/{record['id']}"
            maker.api.patch(where, {"odometer": 1})
            keys = [item["key"] for item in maker.api.get(f"{where}/items", params={"per_page": "100"}).data]
            answers = [{"item": key, "condition": "not_applicable"} for key in keys]
            maker.api.post(f"{where}/answers", {"answers": answers})


def test_models_and_migrations_agree(platform: Platform, database: Database) -> None:
    migrate.check(platform.manifests, database.migrate_url)
