"""What holds for every resource, as tests that a plugin inherits:

    class TestCustomers(ResourceContract):
        resource = CUSTOMERS
        make = {"name": "Rahima {n}"}      # only what cannot be made up from the schema
        change = {"name": "Rahima Begum"}  # what PATCH is tried with

``make`` may hold ``{n}`` in its texts, a number that differs from record to record. What it leaves out is made
from the schema and, for ids, from records that are made on the way. For a resource with a lifecycle, ``moves`` are
the inputs of actions that cannot be made up, and ``prepare`` does what guards want.
"""

from __future__ import annotations

from .access import Access
from .authority import Authority
from .lists import Lists
from .records import Records
from .walking import Walking
from .writing import Writing

__all__ = ["ResourceContract"]


class ResourceContract(Records, Lists, Walking, Writing, Authority, Access):
    """Inherit it with ``resource`` set, in a class whose name begins with ``Test``."""
