"""What requests cost in round trips to the database, and that models and migrations say the same."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from jemeti_platform.db import migrate
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.round_trips import count_round_trips

numbers = count(1)


def trips(platform: Platform, call: Callable[[], Any]) -> int:
    """How often one call waits for the database, when everything it sends is prepared."""
    call()
    call()
    with count_round_trips(platform) as counted:
        call()
    return counted.count


@pytest.fixture
def customer(api: Api) -> str:
    body = {"name": "Rahim Uddin", "phone": f"+88017120{next(numbers):05d}"}
    return str(api.post("/v1/crm/customers", body).data["id"])


@pytest.fixture
def vehicle(api: Api, customer: str) -> str:
    body = {"customer_id": customer, "plate": f"GA-{next(numbers)}", "odometer": 1000}
    return str(api.post("/v1/vehicles/customer", body).data["id"])


@pytest.mark.parametrize(
    "path",
    [
        "/v1/crm/customers", "/v1/crm/customers?q=rahim&tags=fleet", "/v1/crm/customers?email=a@b.example",
        "/v1/crm/customers/{customer}", "/v1/crm/customers/{customer}/timeline",
        "/v1/crm/customers/{customer}/vehicles",
        "/v1/vehicles/customer?expand=customer&plate=ga1", "/v1/vehicles/customer/{vehicle}?expand=customer",
        "/v1/vehicles/customer/{vehicle}/odometer", "/v1/vehicles/customer/{vehicle}/history",
        "/v1/search?q=rahim", "/v1/dashboard",
    ],
)  # fmt: skip
def test_reading_is_one_round_trip(api: Api, platform: Platform, customer: str, vehicle: str, path: str) -> None:
    assert trips(platform, lambda: api.get(path.format(customer=customer, vehicle=vehicle))) == 1


def test_creating_is_three(api: Api, platform: Platform, customer: str) -> None:
    def a_customer() -> None:
        api.post("/v1/crm/customers", {"name": "Nasrin", "email": f"n{next(numbers)}@mail.example"}, expect=201)

    def a_vehicle() -> None:
        plate = f"KHA-{next(numbers)}"
        api.post("/v1/vehicles/customer", {"customer_id": customer, "plate": plate, "odometer": 5}, expect=201)

    assert trips(platform, a_customer) <= 3
    assert trips(platform, a_vehicle) <= 3, "with its ownership and its first reading"


def test_a_reading_is_five(api: Api, platform: Platform, vehicle: str) -> None:
    path = f"/v1/vehicles/customer/{vehicle}/odometer"
    assert trips(platform, lambda: api.post(path, {"reading_km": 1000 + next(numbers)}, expect=201)) <= 5


def test_models_and_migrations_agree(platform: Platform, database: Database) -> None:
    migrate.check(platform.manifests, database.migrate_url)
