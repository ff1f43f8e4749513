"""What is offered, and what of it the customer wants."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from day import Day, amount, check, quantity
from morning import INSPECTIONS

__all__ = ["decide", "quote"]

QUOTATIONS = "/v1/jobs/quotations"
INSURED = (
    {"kind": "labour", "description": "Bumper: straighten, paint", "quantity": "6", "unit_price": "1200.00"},
    {"kind": "part", "description": "Headlight, left", "quantity": "1", "unit_price": "18500.00"},
    {"kind": "part", "description": "Bumper cover, front", "quantity": "1", "unit_price": "9800.00"},
)
"""What the accident has broken; the insurance pays for it."""
PADS = {"kind": "part", "description": "Brake pads, front", "quantity": "1", "unit_price": "4600.00"}
PRICES = {"Align wheels": "1500.00", "Replace brake pads": "900.00"}
"""What is charged for what the inspection recommends; the discs can wait."""


def quote(day: Day) -> None:
    """A quotation of what the inspection recommends and of what the accident has broken, sent to the customer."""
    day.telling.chapter("The quotation")
    promoted = day.advisor.post(f"{INSPECTIONS}/{day.inspection['id']}/promote", {})
    day.telling.does("advisor", f"{promoted['added']} recommendations put into a draft")
    at = f"{QUOTATIONS}/{promoted['quotation_id']}"
    insured = [{**line, "insurance_percent": "100"} for line in INSURED]
    draft = day.advisor.get(at)
    if back := {line["description"]: line for line in draft["lines"] if line["declined_work_id"]}:
        day.telling.does("", f"declined last time, and in it again by itself: {', '.join(back)}")
    day.advisor.patch(at, {"lines": [*insured, *_priced(draft["lines"]), PADS]})
    day.quotation = day.advisor.post(f"{at}/transitions", {"action": "send"})
    day.telling.does("advisor", f"{day.quotation['reference']} sent, good until {day.quotation['valid_until']}")
    lines = day.quotation["lines"]
    rows = [(line["description"], quantity(line["quantity"]), amount(line["total"])) for line in lines]
    day.telling.table([*rows, ("in all, with tax", "", amount(day.quotation["totals"]["total"]))])
    day.paper(f"{at}.pdf", day.quotation["reference"].replace(" ", "-"))
    day.reads(f"{at}/link")
    day.moves(day.advisor, "quote", "quoted")


def _priced(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the lines of a draft those that are offered, with their prices; what is recommended again, once."""
    once = {line["description"]: line for line in lines}
    kept = ("id", "kind", "description", "quantity", "note")
    return [
        {name: line[name] for name in kept} | {"unit_price": price}
        for line in once.values()
        for begin, price in PRICES.items()
        if line["description"].startswith(begin)
    ]


def decide(day: Day) -> None:
    """The customer wants everything but the alignment; what she does not want is kept for her next visit."""
    day.telling.chapter("The decision")
    unwanted = [
        line["description"] for line in day.quotation["lines"] if line["description"].startswith("Align wheels")
    ]
    day.quotation = decided(day, day.quotation, declining=unwanted)
    check(day.quotation["status"] == "partially_approved", "The quotation must be approved in part")
    kept = day.advisor.get("/v1/jobs/declined-work", vehicle_id=day.vehicle["id"], status="open")
    check({*unwanted} <= {one["description"] for one in kept}, "What was declined must be kept")
    day.telling.does("customer", "wants all of it but the alignment, by telephone")
    _certify(day)
    day.job = day.advisor.get(day.at)
    day.telling.does("advisor", f"approved work comes to {amount(day.job['totals']['total'])}")
    day.moves(day.advisor, "approve", "approved")


def _certify(day: Day) -> None:
    """What was decided is on paper, with a digest that anybody can reckon again."""
    quotation = day.quotation
    (record,) = day.advisor.get(f"{QUOTATIONS}/{quotation['id']}/decisions")
    about = {name: quotation[name] for name in ("number", "revision", "currency")} | {"lines": record["decisions"]}
    text = json.dumps([about], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    check(hashlib.sha256(text.encode()).hexdigest() == record["content_hash"], "The record must be what its hash says")
    day.telling.does("advisor", f"the record's SHA-256 is {record['content_hash'][:16]}…, as reckoned here")
    day.paper(f"{QUOTATIONS}/{quotation['id']}/decisions/{record['id']}.pdf", f"certificate-{quotation['number']}")


def decided(day: Day, quotation: dict[str, Any], declining: Sequence[str] = ()) -> dict[str, Any]:
    """The quotation with the customer's decisions, written down by the advisor."""
    decisions = [
        {"line_id": line["id"], "decision": "declined" if line["description"] in declining else "approved"}
        for line in quotation["lines"]
    ]
    told = {"decisions": decisions, "name": day.customer["name"], "channel": "phone"}
    answer: dict[str, Any] = day.advisor.post(f"{QUOTATIONS}/{quotation['id']}/decisions", told)
    return answer
