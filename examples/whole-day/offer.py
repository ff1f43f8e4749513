"""What is offered, and what of it the customer wants."""

from __future__ import annotations

from typing import Any

from day import Day, amount, check, quantity

__all__ = ["decide", "quote"]

QUOTATIONS = "/v1/jobs/quotations"
INSURED = (
    {"kind": "labour", "description": "Bumper: straighten, paint", "quantity": "6", "unit_price": "1200.00"},
    {"kind": "part", "description": "Headlight, left", "quantity": "1", "unit_price": "18500.00"},
    {"kind": "part", "description": "Bumper cover, front", "quantity": "1", "unit_price": "9800.00"},
)
"""What the accident has broken; the insurance pays for it."""
OWN = (
    {"kind": "labour", "description": "Replace front brake pads", "quantity": "1.5", "unit_price": "1200.00"},
    {"kind": "part", "description": "Brake pads, front", "quantity": "1", "unit_price": "4600.00"},
    {"kind": "labour", "description": "Align wheels", "quantity": "1", "unit_price": "1500.00"},
)
"""What the inspection has found; the customer pays for it."""


def quote(day: Day) -> None:
    """A quotation of what the accident has broken and what the inspection has found, sent to the customer."""
    day.telling.chapter("The quotation")
    lines = [{**line, "insurance_percent": "100"} for line in INSURED] + list(OWN)
    draft = day.advisor.post(QUOTATIONS, {"job_id": day.job["id"], "lines": lines})
    day.quotation = day.advisor.post(f"{QUOTATIONS}/{draft['id']}/transitions", {"action": "send"})
    day.telling.does("advisor", f"{day.quotation['reference']} sent, good until {day.quotation['valid_until']}")
    lines = day.quotation["lines"]
    rows = [(line["description"], quantity(line["quantity"]), amount(line["total"])) for line in lines]
    day.telling.table([*rows, ("in all, with tax", "", amount(day.quotation["totals"]["total"]))])
    day.moves(day.advisor, "quote", "quoted")


def decide(day: Day) -> None:
    """The customer wants everything but the alignment; what she does not want is kept for her next visit."""
    day.telling.chapter("The decision")
    day.quotation = decided(day, day.quotation, declining="Align wheels")
    check(day.quotation["status"] == "partially_approved", "The quotation must be approved in part")
    kept = day.advisor.get("/v1/jobs/declined-work", vehicle_id=day.vehicle["id"], status="open")
    check("Align wheels" in [one["description"] for one in kept], "What was declined must be kept")
    day.telling.does("customer", "wants all of it but the alignment, by telephone")
    day.job = day.advisor.get(day.at)
    day.telling.does("advisor", f"approved work comes to {amount(day.job['totals']['total'])}")
    day.moves(day.advisor, "approve", "approved")


def decided(day: Day, quotation: dict[str, Any], declining: str = "") -> dict[str, Any]:
    """The quotation with the customer's decisions, written down by the advisor."""
    decisions = [
        {"line_id": line["id"], "decision": "declined" if line["description"] == declining else "approved"}
        for line in quotation["lines"]
    ]
    told = {"decisions": decisions, "name": day.customer["name"], "channel": "phone"}
    answer: dict[str, Any] = day.advisor.post(f"{QUOTATIONS}/{quotation['id']}/decisions", told)
    return answer
