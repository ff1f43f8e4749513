"""The evening: invoices for the customer and the insurer, money in two parts, and the car leaves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from day import Day, amount, check

__all__ = ["deliver", "invoice", "pay"]

FIRST_PART = "5000.00"


def invoice(day: Day) -> None:
    """What was approved is invoiced: the covered part to the insurer, the rest to the customer, exact to the cent."""
    day.telling.chapter("The invoices")
    day.job = day.advisor.get(day.at)
    day.invoices = day.advisor.post(f"{day.at}/invoices", {"reference": "Claim 4471", "due_in_days": 14})
    check(len(day.invoices) == 2, "There must be two invoices, the customer's and the insurer's")
    names = {day.customer["id"]: day.customer["name"], day.insurer["id"]: day.insurer["name"]}
    rows = [(f"{one['number']}, {names[one['customer_id']]}", *_shown(one["totals"])) for one in day.invoices]
    day.telling.does("advisor", f"{len(rows)} invoices issued")
    day.telling.table([("", "taxable", "tax", "total"), *rows, (day.job["number"], *_shown(day.job["totals"]))])
    for name in ("taxable", "tax", "total"):
        both = sum(Decimal(one["totals"][name]) for one in day.invoices)
        check(both == Decimal(day.job["totals"][name]), f"Together the invoices must come to the {name} of the job")
    for one in day.invoices:
        day.paper(f"/v1/invoices/{one['id']}.pdf", one["number"])


def _shown(totals: dict[str, str]) -> list[str]:
    return [amount(totals[name]) for name in ("taxable", "tax", "total")]


def pay(day: Day) -> None:
    """The customer pays in two parts; before the second the car does not leave."""
    day.telling.chapter("The payments")
    cash, wallet = (_account(day, *kinds) for kinds in (("cash",), ("mobile_wallet", "card", "bank")))
    owed = next(one for one in day.invoices if one["customer_id"] == day.customer["id"])
    day.opens(day.advisor.get(f"/v1/invoices/{owed['id']}/link")["url"], "scans the code on her invoice")
    _receive(day, cash, FIRST_PART)
    refused = day.advisor.refused(f"{day.at}/transitions", {"action": "deliver"})
    day.telling.hears(refused["details"]["unmet"][0]["message"])
    half = day.advisor.get(f"/v1/invoices/{owed['id']}")
    check(half["status"] == "partial", "The customer's invoice must be paid in part")
    _receive(day, wallet, half["totals"]["balance"], reference="TXN 8K2F90QX")
    paid = day.advisor.get(f"/v1/invoices/{owed['id']}")
    check(paid["status"] == "paid", "The customer's invoice must be paid")
    day.telling.does("advisor", f"{paid['number']} is paid; the insurer has until {_other(day)['due_on']}")


def _account(day: Day, *kinds: str) -> dict[str, Any]:
    """Where money goes: the workspace's own account of the first kind that it has."""
    known = {one["kind"]: one for one in day.advisor.get("/v1/payment-accounts") if one["is_default"]}
    found = next((known[kind] for kind in kinds if kind in known), None)
    check(found, f"The workspace must have a default account of the kind {' or '.join(kinds)}")
    assert found is not None
    return found


def _receive(day: Day, account: dict[str, Any], money: str, reference: str | None = None) -> None:
    wish = {"payment_account_id": account["id"], "amount": money, "reference": reference}
    received = day.advisor.post(f"{day.at}/payments", wish)
    day.telling.does("customer", f"pays {amount(money)}, {account['name']}")
    day.paper(f"/v1/payments/{received['id']}.pdf", received["number"])


def _other(day: Day) -> dict[str, Any]:
    return next(one for one in day.invoices if one["customer_id"] == day.insurer["id"])


def deliver(day: Day) -> None:
    """The car is handed over, with a gate pass, and the job closed; what is left to see are the figures."""
    day.telling.chapter("The delivery")
    day.advisor.patch(day.at, {"odometer_out": day.job["odometer_in"] + 6})
    day.moves(day.advisor, "deliver", "completed")
    gate_pass = day.advisor.post(f"{day.at}/gate-passes", {"bearer": day.customer["name"]})
    day.telling.does("advisor", f"{gate_pass['number']} for the gate")
    day.paper(f"{day.at}/gate-passes/{gate_pass['id']}.pdf", gate_pass["number"])
    day.moves(day.advisor, "close", "closed")
    ledger = day.advisor.get(f"/v1/crm/customers/{day.customer['id']}/ledger", per_page=100)[-3:]
    check(ledger[-1]["balance"] == "0.00", "The customer must owe nothing")
    day.telling.does("customer", "owes nothing, and drives home")
    day.telling.table(
        (one["number"], amount(one["debit"]), amount(one["credit"]), amount(one["balance"])) for one in ledger
    )
    profit = day.owner.get(f"{day.at}/profit")
    unknown = profit["unknown"]
    costs = f"the costs of {unknown['labour']} lines and {unknown['parts']} parts are still to be entered"
    day.telling.does("owner", f"sees a revenue of {amount(profit['revenue'])}; {costs}")
    for series in ("jobs.job", "jobs.quotation", "billing.invoice", "billing.payment"):
        gaps = day.owner.get(f"/v1/number-series/{series}/gaps")
        check(not gaps, f"The numbers of {series} must have no gap")
    day.telling.does("owner", "no number is missing")
