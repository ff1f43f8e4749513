"""A write that uses every service of the kernel: a number, an event, the audit log, and the key of whoever asks.

Included by the ini key ``jemeti.includes``; the number stands in the customer's notes.
"""

from __future__ import annotations

from typing import Any

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row
from jemeti_platform.manifest import Sequence
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.service import ALWAYS, AUTHENTICATED, Service
from plugins.crm.contract import CustomerCreated
from plugins.crm.models import Customer
from plugins.crm.resources import CUSTOMERS
from plugins.crm.schemas import CustomerSchema

SERIES = Sequence("bench.customer", "CUS-{year}-{number:05}", "Customers of the bench")

numbered = Service("bench.numbered", "/bench/numbered", ALWAYS, "A numbered customer")


@numbered.post(permission=AUTHENTICATED, body=CustomerSchema, status=201)
def make_numbered(request: Any) -> Answer:
    """A customer with a number."""
    work, identity = request.work, uuid7()
    values = {name: value for name, value in request.validated.items() if name != "notes"}
    work.queue(insert_row(Customer, identity, values, {"notes": SERIES}))
    work.emit(CustomerCreated(identity))
    (rows,) = work.write(CUSTOMERS.plain_get(id=identity))
    answer = CUSTOMERS.answer(rows[0])
    answer.status = 201
    return answer


def includeme(config: Any) -> None:
    config.registry.platform.sequences[SERIES.name] = SERIES
    config.add_service(numbered)
