"""What an import looks up costs one step in an index for each key, also in tables that have no statistics yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import find_rows
from jemeti_platform.db.statement import Bound
from jemeti_platform.imports import Report, open_table, run_import
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.crm.importing import CUSTOMERS_IMPORTER
from plugins.crm.models import Customer, Vehicle

ROWS = 3000


@pytest.mark.parametrize(
    ("model", "column", "where", "index"),
    [
        (Customer, "phone", None, "uq_crm_customers_phone"),
        (Customer, "email_key", None, "uq_crm_customers_email_key"),
        (Customer, "id", None, "pk_crm_customers"),
        (Vehicle, "plate_key", "status = 'active'", "uq_crm_vehicles_plate_key"),
        (Vehicle, "vin", "status = 'active'", "uq_crm_vehicles_vin"),
        (Vehicle, "customer_id", "status = 'archived'", "ix_crm_vehicles_customer_id"),
    ],
)
def test_keys_are_found_by_their_own_index(
    model: Any, column: str, where: str | None, index: str, plan_of: Callable[[Bound], str]
) -> None:
    keys = [uuid7()] * 1000 if column in ("id", "customer_id") else [f"key {n}" for n in range(1000)]
    plan = plan_of(find_rows(model, column, keys, ("id",), where=where))
    assert f"using {index} on" in plan
    assert f"({column} >= k.key) AND ({column} <= k.key)" in plan
    assert "Sort" not in plan


@pytest.fixture(scope="module")
def plan_of(new_tenant: Callable[..., TestWorkspace], tmp_path_factory: Any) -> Any:
    """Explains a statement in the transaction of an import that has written 3,000 rows."""
    file: Path = tmp_path_factory.mktemp("plans") / "customers.csv"
    rows = [f"Customer {n},017{n:08d},c{n}@mail.example,P-{n},WVWZZZ1JZXW{n:06d}" for n in range(ROWS)]
    file.write_text("\n".join(["Name,Phone,E-mail,Plate,VIN", *rows]), encoding="utf-8")
    with new_tenant(country="BD").work() as work:
        report = Report()
        run_import(work, CUSTOMERS_IMPORTER, open_table(file), report)
        assert report.results == {"created": ROWS}

        def explain(statement: Bound) -> str:
            (lines,) = work.read(Bound(f"EXPLAIN {statement.sql}", statement.params))
            return "\n".join(line["QUERY PLAN"] for line in lines)

        yield explain
