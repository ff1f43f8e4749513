"""The documents of a job or an order at paths below its own: the documents of ``/v1/invoices`` and its neighbours,
narrowed to what is of the source, and made by the same functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.errors import Conflict, Invalid
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.resource import Resource
from jemeti_platform.rest.service import Service
from jemeti_platform.work import Work

from . import credit_notes, invoices, movements, payments
from .invoice_resources import CREDIT_NOTES, INVOICES, PAYMENTS
from .invoice_schemas import CREDIT_LINE, INVOICE_LINE, INVOICE_PREVIEW, REFUND, RefundSchema, UseCreditSchema
from .source_schemas import SourceCreditNoteSchema, SourcePaymentSchema
from .sources import InvoiceSource

__all__ = ["add_invoice_source"]

_NOT_ITS_OWN = "There is no such invoice here"
_INVOICES = Statement(
    "SELECT id, customer_id, total - paid - credited AS balance, total - credited AS left_to_credit"
    " FROM billing_invoices WHERE source_type = %(type)s AND source_id = %(id)s ORDER BY id"
)
# Whoever merges this customer is waited for; where none is found they are another's by now.
_HOLD = Statement("SELECT id FROM crm_customers WHERE id = %(id)s FOR KEY SHARE")
_BELONGS = {
    "invoices": Statement(
        "SELECT true AS there FROM billing_invoices WHERE id = %(id)s AND source_type = %(type)s"
        " AND source_id = %(source)s"
    ),
    "credit_notes": Statement(
        "SELECT true AS there FROM billing_credit_notes n JOIN billing_invoices i ON i.tenant_id = n.tenant_id"
        " AND i.id = n.invoice_id WHERE n.id = %(id)s AND i.source_type = %(type)s AND i.source_id = %(source)s"
    ),
    "payments": Statement(
        "SELECT true AS there FROM billing_payments p WHERE p.id = %(id)s AND ("
        "p.source_type = %(type)s AND p.source_id = %(source)s OR EXISTS (SELECT FROM billing_allocations a"
        " JOIN billing_invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id WHERE a.tenant_id = p.tenant_id"
        " AND a.payment_id = p.id AND i.source_type = %(type)s AND i.source_id = %(source)s))"
    ),
}


def add_invoice_source(config: Any, source: InvoiceSource) -> None:
    """Serve the invoices, payments and credit notes of a source, as the plugin's own: ``config.add_invoice_source``."""
    paths = _Paths(source)
    for service in (*paths.invoices(), *paths.payments(), *paths.credit_notes()):
        config.add_service(service)


class _Paths:
    def __init__(self, source: InvoiceSource) -> None:
        self.source = source
        self.word = source.title

    # -- services -------------------------------------------------------------------------------

    def invoices(self) -> list[Service]:
        source, shape = self.source, INVOICES.answer_schema
        many, one = self._both("invoices", "invoice", INVOICES)
        many.add(
            "POST", self.on_invoice, permission=source.record, body=source.schema, answer=shape, many=True, status=201,
            errors=(404, 409), summary=f"Invoice what is approved of a {self.word} and not invoiced yet",
        )  # fmt: skip
        lines = self._service("invoices.lines", "/invoices/{invoice_id}/lines")
        lines.add(
            "GET", self.on_invoice_lines, permission=source.read, answer=INVOICE_LINE, many=True, errors=(404,),
            summary=f"The lines of an invoice of a {self.word}",
        )  # fmt: skip
        credit = self._service("invoices.use_credit", "/invoices/{invoice_id}/use-credit")
        credit.add(
            "POST", self.on_use_credit, permission=source.record, body=UseCreditSchema, answer=shape,
            errors=(404, 409), summary="Settle an invoice with its customer's credit, the oldest first",
        )  # fmt: skip
        return [many, *self._previews(), one, lines, credit]

    def _previews(self) -> list[Service]:
        if self.source.preview is None:
            return []
        preview = self._service("invoices.preview", "/invoices/preview")
        preview.add(
            "GET", self.on_preview, permission=self.source.record, answer=INVOICE_PREVIEW, many=True,
            errors=(404, 409), summary=f"The invoices that would be issued of a {self.word} now; nothing is written",
        )  # fmt: skip
        return [preview]

    def payments(self) -> list[Service]:
        source, shape = self.source, PAYMENTS.answer_schema
        many, one = self._both("payments", "payment", PAYMENTS)
        many.add(
            "POST", self.on_pay, permission=source.record, body=SourcePaymentSchema, answer=shape, status=201,
            errors=(404, 409), summary=f"Record money that came in for a {self.word}, split over its invoices",
        )  # fmt: skip
        refunds = self._service("payments.refunds", "/payments/{payment_id}/refunds")
        refunds.add(
            "GET", self.on_refunds, permission=source.read, answer=REFUND, many=True, errors=(404,),
            summary=f"What went back of a payment for a {self.word}",
        )  # fmt: skip
        refunds.add(
            "POST", self.on_refund, permission=source.refund, body=RefundSchema, answer=shape, status=201,
            errors=(404, 409), summary="Give money of a payment back that settles no invoice",
        )  # fmt: skip
        return [many, one, refunds]

    def credit_notes(self) -> list[Service]:
        source, shape = self.source, CREDIT_NOTES.answer_schema
        many, one = self._both("credit-notes", "credit_note", CREDIT_NOTES)
        many.add(
            "POST", self.on_credit, permission=source.refund, body=SourceCreditNoteSchema, answer=shape, status=201,
            errors=(404, 409), summary=f"Take back lines of an invoice of a {self.word}, or all that is left of it",
        )  # fmt: skip
        lines = self._service("credit_notes.lines", "/credit-notes/{credit_note_id}/lines")
        lines.add(
            "GET", self.on_note_lines, permission=source.read, answer=CREDIT_LINE, many=True, errors=(404,),
            summary=f"The lines of a credit note of a {self.word}",
        )  # fmt: skip
        return [many, one, lines]

    def _both(self, word: str, single: str, resource: Resource) -> tuple[Service, Service]:
        name = word.replace("-", "_")
        many = self._service(name, f"/{word}")
        many.add(
            "GET", lambda request: self._list(request, resource), permission=self.source.read,
            query=resource.listing.schema, answer=resource.answer_schema, many=True, errors=(404,),
            media_types=resource.services()[0].views["GET"].media_types,
            summary=f"List: every {resource.title} of a {self.word}",
        )  # fmt: skip
        one = self._service(f"{name}.record", f"/{word}/{{{single}_id}}")
        one.add(
            "GET", lambda request: self._get(request, resource, f"{single}_id"), permission=self.source.read,
            answer=resource.answer_schema, errors=(404,), summary=f"Read: {resource.title} of a {self.word}",
        )  # fmt: skip
        return many, one

    def _service(self, name: str, path: str) -> Service:
        source = self.source
        tag = f"{source.name}.{name.partition('.')[0]}"
        return Service(f"{source.name}.{name}", f"{source.path}{path}", source.feature, tag=tag)

    # -- what they do ---------------------------------------------------------------------------

    def on_invoice(self, request: Any) -> Answer:
        work, identity = request.work, path_id(request)
        made = self.source.issue(work, identity, request.validated)
        shown = [INVOICES.present(work, one) for one in made]
        return Answer([one.data for one in shown], status=201, location=f"{self._where(identity)}/invoices")

    def on_preview(self, request: Any) -> Answer:
        assert self.source.preview is not None  # else there is no such path
        work = request.work
        wishes = self.source.preview(work, path_id(request))
        return Answer([invoices.preview(work, one) for one in wishes])

    def on_invoice_lines(self, request: Any) -> Answer:
        return Answer(invoices.lines_of(request.work, self._belonging(request, INVOICES, "invoice_id")))

    def on_use_credit(self, request: Any) -> Answer:
        identity = self._belonging(request, INVOICES, "invoice_id")
        payments.use_credit(request.work, identity, request.validated["amount"])
        return INVOICES.present(request.work, identity)

    def on_pay(self, request: Any) -> Answer:
        work, identity, wish = request.work, path_id(request), request.validated
        customer, known = self._held(work, identity)
        values = {
            **wish,
            **_settled(known, wish, customer),
            "source_type": self.source.source_type,
            "source_id": identity,
        }
        made = payments.record(work, values)
        return self._created(PAYMENTS.present(work, made), identity, f"payments/{made}")

    def on_refunds(self, request: Any) -> Answer:
        return Answer(movements.refunds(request.work, self._belonging(request, PAYMENTS, "payment_id")))

    def on_refund(self, request: Any) -> Answer:
        work, made = request.work, self._belonging(request, PAYMENTS, "payment_id")
        payments.refund(work, made, request.validated)
        return self._created(PAYMENTS.present(work, made), path_id(request), f"payments/{made}/refunds")

    def on_credit(self, request: Any) -> Answer:
        work, identity, wish = request.work, path_id(request), request.validated
        _, known = self._known(work, identity)
        made = credit_notes.issue(work, _credited(known, wish["invoice_id"]), wish["reason"], wish["lines"])
        return self._created(CREDIT_NOTES.present(work, made), identity, f"credit-notes/{made}")

    def on_note_lines(self, request: Any) -> Answer:
        return Answer(credit_notes.lines_of(request.work, self._belonging(request, CREDIT_NOTES, "credit_note_id")))

    # -- pieces ---------------------------------------------------------------------------------

    def _list(self, request: Any, resource: Resource) -> Any:
        identity = path_id(request)
        request.query = {**request.query, "source_id": [identity]}
        answer = resource.on_list(request)
        if isinstance(answer, Answer) and not answer.data:
            self.source.customer(request.work, identity)  # nothing to show: is there such a source at all?
        return answer

    def _get(self, request: Any, resource: Resource, parameter: str) -> Answer:
        identity = path_id(request, parameter)
        there, rows = request.work.read(self._asked(request, resource, identity), resource.plain_get(id=identity))
        if not there:
            raise resource.missing(identity)
        return resource.answer(rows[0])

    def _belonging(self, request: Any, resource: Resource, parameter: str) -> UUID:
        """The id of a record of the source. Raises NotFound for one that is not there or of another source."""
        identity = path_id(request, parameter)
        (there,) = request.work.read(self._asked(request, resource, identity))
        if not there:
            raise resource.missing(identity)
        return identity

    def _asked(self, request: Any, resource: Resource, identity: UUID) -> Bound:
        return _BELONGS[resource.name](id=identity, type=self.source.source_type, source=path_id(request))

    def _known(self, work: Work, identity: UUID) -> tuple[UUID, Sequence[Mapping[str, Any]]]:
        """Whose the source is, and its invoices. Raises NotFound."""
        customer = self.source.customer(work, identity)
        (known,) = work.read(_INVOICES(type=self.source.source_type, id=identity))
        return customer, known

    def _held(self, work: Work, identity: UUID) -> tuple[UUID, Sequence[Mapping[str, Any]]]:
        """The same; the customer is kept from being merged into another until the commit."""
        customer = self.source.customer(work, identity)
        held, known = work.write(_HOLD(id=customer), _INVOICES(type=self.source.source_type, id=identity))
        return (customer, known) if held else self._known(work, identity)

    def _created(self, answer: Answer, identity: UUID, rest: str) -> Answer:
        answer.status, answer.location = 201, f"{self._where(identity)}/{rest}"
        return answer

    def _where(self, identity: UUID) -> str:
        return f"/v1{self.source.path.replace('{id}', str(identity))}"


def _settled(known: Sequence[Mapping[str, Any]], wish: Mapping[str, Any], customer: UUID) -> dict[str, Any]:
    """Who paid, and what of the source's invoices that settles."""
    if wish["allocations"] is None:
        payer = wish["customer_id"] or customer
        owed = [row["id"] for row in known if row["customer_id"] == payer and row["balance"]]
        return {"customer_id": payer, "allocations": [{"invoice_id": one, "amount": None} for one in owed]}
    owners = {row["id"]: row["customer_id"] for row in known}
    named = [one["invoice_id"] for one in wish["allocations"]]
    if strange := [place for place, one in enumerate(named) if one not in owners]:
        raise Invalid([{"field": f"allocations.{place}.invoice_id", "message": _NOT_ITS_OWN} for place in strange])
    payers = {owners[one] for one in named}
    return {"customer_id": wish["customer_id"] or (payers.pop() if len(payers) == 1 else customer)}


def _credited(known: Sequence[Mapping[str, Any]], wanted: UUID | None) -> UUID:
    """The invoice that is meant. Raises Invalid where that is not clear, Conflict where nothing is left."""
    if wanted is not None:
        if all(row["id"] != wanted for row in known):
            raise Invalid([{"field": "invoice_id", "message": _NOT_ITS_OWN}])
        return wanted
    left: list[UUID] = [row["id"] for row in known if row["left_to_credit"]]
    if not left:
        raise Conflict("Nothing that was invoiced is left to take back", reason="nothing_left")
    if len(left) > 1:
        raise Invalid([{"field": "invoice_id", "message": "Required: something is left of several invoices"}])
    return left[0]
