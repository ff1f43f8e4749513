"""Customers and vehicles keep the contract of every resource."""

from jemeti_platform.testing.contract import ResourceContract
from plugins.crm.resources import CUSTOMERS, VEHICLES


class TestCustomers(ResourceContract):
    resource = CUSTOMERS
    change = {"name": "Rahima Begum", "notes": "Comes by bicycle"}


class TestVehicles(ResourceContract):
    resource = VEHICLES
    change = {"colour": "sea green"}
