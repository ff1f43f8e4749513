"""What invoices are of, a job or an order, and that it has its invoices, payments and credit notes at paths of its own.

They are the documents of ``/v1/invoices``, ``/v1/payments`` and ``/v1/credit-notes``, made and shown by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import colander

from jemeti_platform.work import Work

from .invoicing import InvoiceIssue

__all__ = ["InvoiceSource"]


@dataclass(frozen=True, slots=True)
class InvoiceSource:
    """A kind of record that is invoiced; ``config.add_invoice_source(…)`` in the includeme of its plugin serves its
    documents below ``path``, which ends in ``{id}``.

    ``name`` goes in front of the services' names, ``source_type`` is that of its invoices (``jobs.job``) and ``title``
    the record in words. ``read``, ``record`` and ``refund`` are permissions: to see the documents, to invoice
    and take payments, to take back and give back.

    ``customer(work, id)`` returns whose it is, or raises NotFound.
    ``issue(work, id, wish)`` issues its invoices by a body of ``schema`` and returns their ids, one for each payer.
    ``preview(work, id)`` returns what ``issue`` would issue now by an empty body, in the same order, writes nothing and
    raises what ``issue`` would; a source that gives it has ``GET …/invoices/preview``.
    """

    name: str
    source_type: str
    path: str
    title: str
    feature: str
    read: str
    record: str
    refund: str
    schema: type[colander.MappingSchema]
    customer: Callable[[Work, UUID], UUID]
    issue: Callable[[Work, UUID, dict[str, Any]], Sequence[UUID]]
    preview: Callable[[Work, UUID], Sequence[InvoiceIssue]] | None = None
