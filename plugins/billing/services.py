"""What has a verb in its name or looks back: revising a tax rate, and trying the arithmetic."""

from __future__ import annotations

from typing import Any

from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.paged import PageQuery, answer_of
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import ALWAYS, Service

from . import calculation, rates
from .resources import TAX_RATES
from .schemas import CALCULATED, VERSION, CalculateSchema, TaxVersionSchema

__all__ = ["ALL"]

calculate = Service("tax_rates.calculate", "/tax-rates/calculate", ALWAYS, "What a document comes to")
versions = Service("tax_rates.versions", "/tax-rates/{id}/versions", ALWAYS, "What a rate was, is and will be")

ALL = (calculate, versions)


@calculate.post(permission="tax_rates:read", body=CalculateSchema, answer=CALCULATED, late=True)
def calculate_document(request: Any) -> dict[str, Any]:
    """Price the lines of a document and explain every figure. Nothing is kept.

    Amounts, discounts, taxes and totals by the very rule that quotations, orders and invoices follow, with the
    workspace's tax settings and rates unless the request says otherwise.
    """
    return calculation.calculate(request.work, request.validated)


@versions.get(permission="tax_rates:read", query=PageQuery, answer=VERSION, many=True, errors=(404,))
def list_versions(request: Any) -> Answer:
    """The percentages of this tax rate and since when they hold, latest first."""
    query = request.query
    return answer_of(query, rates.versions(request.work, path_id(request), query["page"], query["per_page"]))


@versions.post(
    permission="tax_rates:write",
    body=TaxVersionSchema,
    answer=TAX_RATES.answer_schema,
    status=201,
    errors=(404, 409),
)
def revise_rate(request: Any) -> Answer:
    """Give this tax rate other percentages from a day on; answers the rate as it is today.

    Documents of earlier days keep the percentages they have.
    """
    identity = path_id(request)
    rates.revise(request.work, identity, request.validated)
    answer = TAX_RATES.present(request.work, identity)
    answer.status, answer.location = 201, f"/v1/tax-rates/{identity}/versions"
    return answer
