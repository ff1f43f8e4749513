"""Both resources keep the platform's contract."""

from acme_tyres.resources import RACKS, SETS

from jemeti_platform.testing.contract import ResourceContract


class TestRacks(ResourceContract):
    resource = RACKS


class TestSets(ResourceContract):
    resource = SETS
    make = {"label": "winter wheels {n}"}
    change = {"owner": "Somebody else"}
