"""What the tests of the tyre hotel share: a set, and one that is in store."""

import pytest
from jemeti_tyre_hotel.schemas import WHEELS


@pytest.fixture
def add_set(api):
    """Takes in a set: ``add_set(season="winter")``; its path."""

    def add(**given):
        wheels = {"plate": "GA-12-3456", "owner_name": "Shirin Akhter", "season": "winter", "size": "205/55 R16"}
        return api.post("/v1/tyre-hotel/tyre-sets", wheels | given, expect=201).location

    return add


@pytest.fixture
def measure(api):
    """Measures all four wheels of a set."""

    def measure(where, depth="6.5"):
        for wheel in WHEELS:
            tread = {"tyre_set_id": where.rpartition("/")[2], "wheel": wheel, "depth": depth}
            api.post("/v1/tyre-hotel/treads", tread, expect=201)

    return measure


@pytest.fixture
def store(api, measure):
    """Measures a set and puts it into a place."""

    def store(where, position="A-12"):
        measure(where)
        return api.post(f"{where}/transitions", {"action": "store", "position": position}, expect=200).data

    return store
