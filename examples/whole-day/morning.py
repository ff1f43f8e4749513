"""The morning: who the customer is, what the car has, and what it looks like from below."""

from __future__ import annotations

from typing import Any

import photos
from day import Day, check

__all__ = ["INSPECTIONS", "inspect", "open_job", "receive"]

PHONE, PLATE = "+8801711552640", "DHAKA METRO GA-25-1947"
INSPECTIONS = "/v1/jobs/dvi-inspections"
FOUND = {"brake_pad_front_left": "2.8", "brake_pad_front_right": "3.4"}
"""What was measured other than one would wish, in millimetres."""


def receive(day: Day) -> None:
    """The customer is found or made, and so are her car and its insurer."""
    day.telling.chapter("The customer and the car")
    advisor = day.advisor
    found = advisor.get("/v1/crm/customers", phone=PHONE)
    if found:
        day.customer = found[0]
        day.telling.does("advisor", f"{day.customer['name']} has been here before")
    else:
        address = {"street": "House 12, Road 7", "city": "Dhaka", "postcode": "1209", "country": "BD"}
        person = {"kind": "person", "name": "Farida Yasmin", "phone": PHONE, "email": "farida.yasmin@mail.example"}
        day.customer = advisor.post("/v1/crm/customers", {**person, "address": address})
        day.telling.does("advisor", f"{day.customer['name']}, {day.customer['phone']}, is new here")
    day.insurer = _insurer(day)
    day.vehicle = _vehicle(day)


def _insurer(day: Day) -> dict[str, Any]:
    company = {"name": "Padma General Insurance", "kind": "company"}
    found = day.advisor.get("/v1/crm/customers", q=company["name"], kind="company")
    insurer: dict[str, Any] = found[0] if found else day.advisor.post("/v1/crm/customers", company)
    day.telling.does("advisor", f"{insurer['name']} insures the car")
    return insurer


def _vehicle(day: Day) -> dict[str, Any]:
    cars = day.advisor.get("/v1/vehicles/customer", customer_id=day.customer["id"])
    if cars:
        vehicle: dict[str, Any] = cars[0]
    else:
        car = {"plate": PLATE, "make": "Toyota", "model": "Corolla Axio", "year": 2016, "fuel": "petrol"}
        vehicle = day.advisor.post("/v1/vehicles/customer", {"customer_id": day.customer["id"], **car})
    day.telling.does("advisor", f"{vehicle['make']} {vehicle['model']} {vehicle['year']}, {vehicle['plate']}")
    return vehicle


def open_job(day: Day) -> None:
    """A job is opened for the visit, and the car taken in: not before its odometer has been read."""
    day.telling.chapter("The job")
    wish = {
        "customer_id": day.customer["id"],
        "vehicle_id": day.vehicle["id"],
        "concern": "Hit a pillar, front left. And the brakes squeal",
        "advisor_id": day.advisor.user["id"],
        "mechanic_ids": [day.mechanic.user["id"]],
        "payer_type": "insurance",
        "insurance_payer_id": day.insurer["id"],
        "pre_auth_limit": "40000.00",
        "deductible": "5000.00",
    }
    day.job = day.advisor.post("/v1/jobs", wish)
    day.telling.does("advisor", f"{day.job['number']} opened: {day.job['concern']}")
    day.telling.does("advisor", "the insurer pays up to 40,000.00, the customer the first 5,000.00 of it")
    refused = day.advisor.refused(f"{day.at}/transitions", {"action": "intake"})
    day.telling.hears(refused["details"]["unmet"][0]["message"])
    day.advisor.patch(day.at, {"odometer_in": (day.vehicle["odometer"] or 61_000) + 412})
    day.moves(day.advisor, "intake", "intake")
    picture = day.mechanic.upload("front-left.jpg", photos.bumper())
    shown = {"file_id": picture["id"], "caption": "Bumper and left headlight", "visibility": "customer"}
    day.mechanic.post(f"{day.at}/images", shown)
    day.telling.does("mechanic", f"photo of the damage, {picture['width']} × {picture['height']}")


def inspect(day: Day) -> None:
    """The mechanic inspects wheel by wheel, with photos; the customer sees the report on her telephone."""
    day.telling.chapter("The inspection")
    mechanic = day.mechanic
    (template,) = mechanic.get(f"{INSPECTIONS}/templates", code="tyres-and-brakes")
    made = mechanic.post(INSPECTIONS, {"template_id": template["id"], "job_id": day.job["id"]})
    at = f"{INSPECTIONS}/{made['id']}"
    mechanic.post(f"{at}/transitions", {"action": "start"})
    items = mechanic.get(f"{at}/items", per_page=100)
    day.telling.does("mechanic", f"{template['name']}: {len(items)} points")
    day.now_is("dvi")
    refused = mechanic.refused(f"{at}/transitions", {"action": "complete"})
    missing = refused["details"]["unmet"][0]["message"]
    day.telling.hears(f"{missing[:60].rsplit('; ', 1)[0]}; …")
    mechanic.post(f"{at}/answers", {"answers": [_answer(item) for item in items if item["required"]]})
    _photograph(day, at, {item["key"]: item["id"] for item in items})
    inspection = mechanic.post(f"{at}/transitions", {"action": "complete"})
    check(inspection["status"] == "completed", "The inspection must be completed")
    advice = mechanic.get(f"{at}/recommendations")
    day.telling.does("mechanic", f"completed; {len(advice)} things are recommended")
    day.telling.table((one["title"], one["condition"]) for one in advice)
    day.paper(f"{at}/report.pdf", inspection["number"])
    day.advisor.post(f"{at}/transitions", {"action": "share"})
    day.telling.does("advisor", "shared with the customer")
    day.reads(f"{at}/report-link")
    day.inspection = inspection


def _answer(item: dict[str, Any]) -> dict[str, Any]:
    if item["kind"] == "measurement":
        return {"item": item["key"], "measurement": FOUND.get(item["key"], "6.8")}
    if item["kind"] == "choice":
        return {"item": item["key"], "choice": "one_side", "note_customer": "Worn on one edge, the wheels are askew"}
    if item["key"] == "disc_surface":
        return {"item": item["key"], "condition": "fair", "note_customer": "Grooves, still thick enough"}
    return {"item": item["key"], "condition": "good"}


def _photograph(day: Day, at: str, items: dict[str, str]) -> None:
    worn = [{"shape": "circle", "points": [{"x": "50", "y": "56"}, {"x": "60", "y": "56"}], "text": "2.8 mm"}]
    for key, content, caption, marks in (
        ("brake_pad_front_left", photos.brake_pad(), "What is left of the pad", worn),
        ("disc_surface", photos.brake_disc(), "Front left, outside", []),
    ):
        picture = day.mechanic.upload(f"{key}.jpg", content)
        shown = {"item_id": items[key], "file_id": picture["id"], "caption": caption, "annotations": marks}
        day.mechanic.post(f"{at}/photos", shown)
        day.telling.does("mechanic", f"photo: {caption.lower()}")
