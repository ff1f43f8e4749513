"""Customers and their vehicles out of files: `jemeti import customers FILE`.

- ``columns``: what the columns are called
- ``rows``: what a row must be
- ``known``: who is there already; ``names``: whether two names may be one person's
- ``writer``: what a row means for what is there
"""

from jemeti_platform.imports import Importer

from .columns import COLUMNS
from .rows import RowSchema, arrange
from .writer import CustomerWriter

__all__ = ["CUSTOMERS_IMPORTER"]

CUSTOMERS_IMPORTER = Importer(
    name="customers",
    title="Customers and their vehicles",
    columns=COLUMNS,
    schema=RowSchema,
    writer=CustomerWriter,
    needed=(("customer.name", "last_name"),),
    features={"crm.customers": "", "vehicles.customer": "vehicle."},
    arrange=arrange,
    country="customer.address.country",
)
