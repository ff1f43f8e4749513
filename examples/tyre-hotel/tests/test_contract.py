"""Both resources keep what the platform promises of every resource."""

from jemeti_tyre_hotel.resources import TREADS, TYRE_SETS
from jemeti_tyre_hotel.schemas import WHEELS

from jemeti_platform.testing.contract import ResourceContract


class TestTyreSets(ResourceContract):
    resource = TYRE_SETS

    def prepare(self, maker, record, action):
        if action == "store":
            for wheel in WHEELS:
                maker.create(TREADS, tyre_set_id=record["id"], wheel=wheel)


class TestTreads(ResourceContract):
    resource = TREADS
