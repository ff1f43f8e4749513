"""Whatever is insured, and however a job is invoiced: customer and insurer are the job exactly, rate by rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from jemeti_platform.documents.writing import hand_of
from jemeti_platform.money import Currency
from plugins.billing.contract import Line, Tax, TaxComponent, kept_taxes, price, priced_again
from plugins.jobs.invoicing_items import Document, documents

CURRENCY = Currency.kept("EUR")
HAND = hand_of({"locale": "en", "country": "DE", "currency": "EUR", "timezone": "Europe/Berlin"})
RATES = (
    Tax.of_percent(Decimal(0)),
    Tax.of_percent(Decimal("7.5")),
    Tax.of_percent(Decimal(15)),
    Tax("GST", (TaxComponent("CGST", Decimal(9)), TaxComponent("SGST", Decimal(9), compound=True))),
)
money = st.decimals(0, 100_000, places=2)
lines = st.lists(
    st.tuples(
        st.decimals(0, 20, places=3), money, st.sampled_from(RATES), st.decimals(0, 100, places=3),
        st.none() | st.decimals(0, 100, places=3),
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


def kept(found: Sequence[Any], how: dict[str, Any]) -> list[dict[str, Any]]:
    """Lines as a job keeps them."""
    given_lines = [Line(quantity, each, tax, discount) for quantity, each, tax, discount, _ in found]
    done = price(given_lines, CURRENCY, **how)
    return [
        {
            "id": uuid4(),
            "kind": "labour",
            "description": "Work",
            "detail": None,
            "quantity": quantity,
            "unit_price": each,
            "insurance_percent": percent,
            **{name: getattr(line, name) for name in ("amount", "discount", "taxable", "tax")},
            "taxes": kept_taxes(line, tax),
        }
        for (quantity, each, tax, _, percent), line in zip(found, done.lines, strict=True)
    ]


def by_rate(made: Sequence[Document]) -> dict[Any, tuple[Decimal, Decimal]]:
    sums: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for document in made:
        for one in document.priced.tax_lines:
            sums[one.component][0] += one.taxable
            sums[one.component][1] += one.tax
    return {key: (taxable, tax) for key, (taxable, tax) in sums.items() if taxable or tax}


def invoices(rows: Sequence[Any], job: dict[str, Any], before: dict[str, Decimal]) -> Any:
    taxes, priced = priced_again(CURRENCY, rows)
    return documents(CURRENCY, HAND, job, rows, taxes, priced, before)


@given(
    found=lines,
    limit=st.none() | money,
    deductible=st.none() | money,
    includes=st.booleans(),
    rounding=st.sampled_from(("line", "document")),
    cut=st.integers(0, 8),
)
def test_together_they_are_the_job_however_often_it_is_invoiced(
    found: Any, limit: Any, deductible: Any, includes: bool, rounding: Any, cut: int  # noqa: FBT001 (hypothesis)
) -> None:  # fmt: skip
    rows = kept(found, {"prices_include_tax": includes, "tax_rounding": rounding})
    job = {"payer_type": "insurance", "pre_auth_limit": limit, "deductible": deductible}
    _, whole = priced_again(CURRENCY, rows)
    expected = by_rate([Document("customer", [], whole)])
    made: list[Document] = []
    before = {"covered": Decimal(0), "insured": Decimal(0)}
    for part in (rows[:cut], rows[cut:]):
        if part:
            done = invoices(part, job, before)
            made += done.documents
            before = {"covered": before["covered"] + done.covered, "insured": before["insured"] + done.insured}
    for name in ("subtotal", "discount", "taxable", "tax", "total"):
        dropped = name in ("subtotal", "discount") and len(made) < 2  # a free line of a covered job is on no invoice
        both = sum((getattr(one.priced.totals, name) for one in made), Decimal(0))
        assert both == getattr(whole.totals, name) or dropped
    assert by_rate(made) == expected
    insured = sum((one.priced.totals.total for one in made if one.payer == "insurance"), Decimal(0))
    assert insured == before["insured"]
    assert limit is None or insured <= limit
    assert insured <= max(Decimal(0), before["covered"] - (deductible or 0))
    for one in made:
        assert len(one.items) == len(one.priced.lines)
        for item, line in zip(one.items, one.priced.lines, strict=True):
            assert CURRENCY.product(item.quantity, item.unit_price) == line.amount
            assert min(line.amount, line.discount, line.taxable, line.tax) >= 0


@given(found=lines, includes=st.booleans())
def test_what_is_kept_comes_to_the_same_again(found: Any, includes: bool) -> None:  # noqa: FBT001 (hypothesis)
    given_lines = [Line(quantity, each, tax, discount) for quantity, each, tax, discount, _ in found]
    done = price(given_lines, CURRENCY, prices_include_tax=includes)
    _, again = priced_again(CURRENCY, kept(found, {"prices_include_tax": includes}))
    assert again.totals == done.totals
    assert [(one.component, one.taxable, one.tax) for one in again.tax_lines] == [
        (one.component, one.taxable, one.tax) for one in done.tax_lines
    ]
