"""An inspection: copied, answered, completed, and never changed again."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import move
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.making import PICTURE
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.waiting import LONG, wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace

from .conftest import ANSWERS, PADS, PATH, Inspect


def items_of(api: Api, inspection: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = api.get(f"{PATH}/{inspection['id']}/items", params={"per_page": "100"}).data
    return {row["key"]: row for row in rows}


def say(api: Api, inspection: dict[str, Any], *answers: dict[str, Any], **more: Any) -> Any:
    return api.post(f"{PATH}/{inspection['id']}/answers", {"answers": list(answers)}, **more)


def photograph(api: Api, inspection: dict[str, Any], key: str, **more: Any) -> Any:
    file_id = api.upload("/v1/files", PICTURE, "rust.png").data["id"]
    item_id = items_of(api, inspection)[key]["id"]
    return api.post(f"{PATH}/{inspection['id']}/photos", {"item_id": item_id, "file_id": file_id, **more})


def test_editing_a_template_never_reaches_what_was_begun_by_it(
    api: Api, template: dict[str, Any], started: Inspect
) -> None:
    before = started()
    sections = [{"title": "Other", "items": [{**PADS, "limits": {"worse": "below", "critical": "9"}}]}]
    changed = api.patch(f"{PATH}/templates/{template['id']}", {"sections": sections}).data
    assert (template["revision"], changed["revision"]) == (1, 2)
    after = started()
    assert (before["template_revision"], after["template_revision"]) == (1, 2)
    assert list(items_of(api, before)) == ["pad", "fluid", "rust", "remarks", "damage"]
    assert list(items_of(api, after)) == ["pad"]
    say(api, before, {"item": "pad", "measurement": "8"})
    say(api, after, {"item": "pad", "measurement": "8"})
    assert items_of(api, before)["pad"]["condition"] == "good"
    assert items_of(api, after)["pad"]["condition"] == "critical"


def test_renaming_a_template_is_no_new_revision(api: Api, template: dict[str, Any]) -> None:
    assert api.patch(f"{PATH}/templates/{template['id']}", {"name": "Brief"}).data["revision"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"unit": None}, "unit"),
        ({"limits": {"worse": "below", "fair": "3", "critical": "5"}}, "limits"),
        ({"limits": {"worse": "above"}}, "limits"),
        ({"kind": "grade"}, "limits"),
        ({"kind": "choice", "limits": None}, "choices"),
        ({"key": "rust"}, "key"),
    ],
)
def test_a_template_by_which_nobody_could_inspect_is_refused(api: Api, change: dict[str, Any], field: str) -> None:
    sections = [{"title": "A", "items": [{"key": "rust", "title": "Rust", "kind": "grade"}, {**PADS, **change}]}]
    refused = api.post(f"{PATH}/templates", {"code": "x", "name": "X", "sections": sections}, expect=400)
    assert f"sections.0.items.1.{field}" in [one["field"] for one in refused.error["details"]]


def test_completing_names_everything_that_is_missing(api: Api, started: Inspect) -> None:
    made = started(odometer=None)
    say(api, made, {"item": "rust", "condition": "poor"})
    refused = api.post(f"{PATH}/{made['id']}/transitions", {"action": "complete"}, expect=409)
    unmet = {one["guard"]: one["message"] for one in refused.error["details"]["unmet"]}
    assert unmet["odometer"] == "The inspection needs what the odometer shows, odometer"
    assert unmet["answered"] == "Still missing: Brake pad (answer); Brake fluid (answer); Rust (a photo)"
    (way,) = api.get(f"{PATH}/{made['id']}/transitions").data["transitions"]
    assert (way["action"], way["allowed"]) == ("complete", False)


def test_what_is_not_applicable_needs_neither_answer_nor_photo(completed: Inspect) -> None:
    assert completed()["status"] == "completed"


def test_a_value_is_graded_by_its_limits_and_nobody_else(api: Api, started: Inspect) -> None:
    made = started()
    say(api, made, {"item": "pad", "measurement": "3.5"})
    found = items_of(api, made)["pad"]
    assert (found["measurement"], found["condition"]) == ("3.500", "poor")
    refused = say(api, made, {"item": "pad", "measurement": "3.5", "condition": "good"}, expect=400)
    assert [one["field"] for one in refused.error["details"]] == ["answers.0.condition"]


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"item": "nothing", "condition": "good"}, "item"),
        ({"item": "fluid", "choice": "purple"}, "choice"),
        ({"item": "rust", "measurement": "3"}, "measurement"),
        ({"item": "remarks", "marks": []}, "marks"),
        ({"item": "pad", "measurement": "3", "condition": "not_applicable"}, "measurement"),
    ],
)
def test_an_answer_that_the_item_does_not_ask_is_refused_and_none_is_kept(
    api: Api, started: Inspect, answer: dict[str, Any], field: str
) -> None:
    made = started()
    refused = say(api, made, {"item": "damage", "marks": []}, answer, expect=400)
    assert [one["field"] for one in refused.error["details"]] == [f"answers.1.{field}"]
    assert items_of(api, made)["damage"]["marks"] is None


def test_what_an_answer_leaves_out_stays(api: Api, started: Inspect) -> None:
    made = started()
    say(api, made, {"item": "pad", "measurement": "4.5", "note_customer": "Soon"})
    say(api, made, {"item": "pad", "note_internal": "Left side louder"})
    found = items_of(api, made)["pad"]
    assert (found["measurement"], found["note_customer"], found["note_internal"]) == (
        "4.500", "Soon", "Left side louder"
    )  # fmt: skip


def test_damage_is_marked_on_the_map(api: Api, started: Inspect) -> None:
    made = started()
    mark = {"x": "31.50", "y": "12.25", "kind": "dent", "note": "Door"}
    say(api, made, {"item": "damage", "marks": [mark]})
    assert items_of(api, made)["damage"]["marks"] == [mark]
    say(api, made, {"item": "damage", "marks": []})
    assert items_of(api, made)["damage"]["condition"] == "good"


def test_before_it_starts_nothing_is_answered(api: Api, template: dict[str, Any], vehicle: str) -> None:
    made = api.post(PATH, {"template_id": template["id"], "vehicle_id": vehicle}).data
    refused = say(api, made, {"item": "pad", "measurement": "4"}, expect=409)
    assert refused.error["message"] == "Start the inspection first."


def test_a_completed_inspection_does_not_change(api: Api, completed: Inspect) -> None:
    made = completed()
    for reply in (
        say(api, made, {"item": "pad", "measurement": "1"}, expect=409),
        api.patch(f"{PATH}/{made['id']}", {"note": "Later"}, expect=409),
    ):
        assert reply.error["message"] == "A completed inspection does not change."
    assert items_of(api, made)["pad"]["measurement"] == "6.500"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE dvi_items SET measurement = coalesce(measurement, 0) + 1 WHERE inspection_id = %(id)s AND key = 'pad'",
        "UPDATE dvi_items SET note_internal = concat(note_internal, 'x') WHERE inspection_id = %(id)s",
        "UPDATE dvi_inspections SET odometer = odometer + 1 WHERE id = %(id)s",
        "UPDATE dvi_inspections SET status = 'in_progress' WHERE id = %(id)s",
        "UPDATE dvi_photos SET caption = concat(caption, 'x') WHERE inspection_id = %(id)s",
        "DELETE FROM dvi_photos WHERE inspection_id = %(id)s",
    ],
)
def test_the_database_keeps_it_whoever_writes(api: Api, tenant: TestWorkspace, started: Inspect, sql: str) -> None:
    made = started()
    photograph(api, made, "rust")
    say(
        api, made,
        {"item": "pad", "measurement": "5.5"}, {"item": "fluid", "choice": "dark"},
        {"item": "rust", "condition": "poor"},
    )  # fmt: skip
    with tenant.work() as work:  # in progress all of it may be written
        work.write(Statement(sql)(id=made["id"])) if "status" not in sql else None
    if sql.startswith("DELETE"):
        photograph(api, made, "rust")
    api.post(f"{PATH}/{made['id']}/transitions", {"action": "complete"})
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="does not change"), tenant.work() as work:
        work.write(Statement(sql)(id=made["id"]))


def test_what_is_below_good_is_recommended(api: Api, started: Inspect) -> None:
    made = started()
    photograph(api, made, "rust", caption="Sill")
    say(
        api, made,
        {"item": "pad", "measurement": "2.5", "note_customer": "Both sides"},
        {"item": "fluid", "choice": "clear"}, {"item": "rust", "condition": "fair"},
    )  # fmt: skip
    assert api.get(f"{PATH}/{made['id']}/recommendations").data == []
    api.post(f"{PATH}/{made['id']}/transitions", {"action": "complete"})
    found = api.get(f"{PATH}/{made['id']}/recommendations").data
    assert [(one["item"], one["title"], one["condition"], one["note"]) for one in found] == [
        ("pad", "Replace brake pads", "critical", "Both sides"),
        ("rust", "Rust", "fair", None),
    ]


def test_annotations_are_kept_beside_the_picture(api: Api, started: Inspect) -> None:
    made = started()
    circle = {"shape": "circle", "points": [{"x": "40.00", "y": "55.00"}, {"x": "48.50", "y": "55.00"}], "text": "Here"}
    where = photograph(api, made, "rust", annotations=[circle]).location
    (photo,) = items_of(api, made)["rust"]["photos"]
    assert photo["annotations"] == [circle]
    api.patch(where, {"caption": "Left sill"})
    (photo,) = items_of(api, made)["rust"]["photos"]
    assert (photo["caption"], photo["annotations"]) == ("Left sill", [circle])
    refused = api.delete(f"/v1/files/{photo['file_id']}", expect=409)
    assert refused.error["details"]["reason"] == "in_use"
    api.delete(where)
    assert items_of(api, made)["rust"]["photos"] == []


def test_last_visits_values_stand_beside_todays(api: Api, completed: Inspect, started: Inspect) -> None:
    first = completed({"item": "pad", "measurement": "9"}, odometer=20_000)
    second = completed({"item": "pad", "measurement": "7"}, odometer=30_000)
    now = started()
    last = items_of(api, now)["pad"]["last"]
    assert (last["inspection_id"], last["odometer"], last["measurement"]) == (second["id"], 30_000, "7.000")
    assert items_of(api, second)["pad"]["last"]["inspection_id"] == first["id"]
    assert items_of(api, first)["pad"]["last"] is None


def test_a_measured_value_makes_a_series_and_a_forecast(api: Api, completed: Inspect, vehicle: str) -> None:
    asked = {"vehicle_id": vehicle, "item": "pad"}
    nothing = api.get(f"{PATH}/series", params=asked).data
    assert (nothing["values"], nothing["forecast"]["status"]) == ([], "no_limit")
    for odometer, value in ((10_000, "10"), (20_000, "9"), (30_000, "8")):
        assert api.get(f"{PATH}/series", params=asked).data["forecast"]["status"] != "expected"
        completed({"item": "pad", "measurement": value}, odometer=odometer)
    found = api.get(f"{PATH}/series", params=asked).data
    assert [(one["odometer"], one["measurement"]) for one in found["values"]] == [
        (10_000, "10.000"), (20_000, "9.000"), (30_000, "8.000")
    ]  # fmt: skip
    assert found["forecast"]["odometer_at_limit"] == 80_000
    assert (found["title"], found["unit"]) == ("Brake pad", "mm")


def test_the_four_templates_are_there_from_the_start_in_the_workspaces_language(new_tenant: Any, api_of: Any) -> None:
    english = api_of(new_tenant()).get(f"{PATH}/templates").data
    assert {row["code"] for row in english} == {"general-40", "pre-purchase", "tyres-and-brakes", "vehicle-intake"}
    general = next(row for row in english if row["code"] == "general-40")
    assert sum(len(section["items"]) for section in general["sections"]) == 40
    intake = next(row for row in english if row["code"] == "vehicle-intake")
    assert "damage_map" in {item["kind"] for section in intake["sections"] for item in section["items"]}


@pytest.mark.parametrize("points", [1, 60])
def test_round_trips_do_not_grow_with_the_template(api: Api, platform: Platform, vehicle: str, points: int) -> None:
    round_trips(api, platform, vehicle, 2)  # the first statements of a connection are prepared
    assert round_trips(api, platform, vehicle, points) == [5, 5, 8, 1]


def round_trips(api: Api, platform: Platform, vehicle: str, points: int) -> list[int]:
    """Of an inspection with so many points: starting, answering all, completing, and reading the items."""
    own = [{"key": f"point_{n}", "title": f"Point {n}", "kind": "grade", "required": True} for n in range(points)]
    body = {"code": f"n-{points}", "name": "N", "sections": [{"title": "All", "items": own}]}
    template = api.post(f"{PATH}/templates", body).data
    made = api.post(PATH, {"template_id": template["id"], "vehicle_id": vehicle, "odometer": 1}).data
    counts = []
    with count_round_trips(platform) as trips:
        api.post(f"{PATH}/{made['id']}/transitions", {"action": "start"})
    counts.append(trips.count)
    with count_round_trips(platform) as trips:
        say(api, made, *({"item": one["key"], "condition": "fair"} for one in own))
    counts.append(trips.count)
    with count_round_trips(platform) as trips:
        api.post(f"{PATH}/{made['id']}/transitions", {"action": "complete"})
    counts.append(trips.count)
    with count_round_trips(platform) as trips:
        assert len(api.get(f"{PATH}/{made['id']}/items", params={"per_page": "100"}).data) == points
    counts.append(trips.count)
    return counts


def answer_while_completing(
    tenant: TestWorkspace, inspection: dict[str, Any], database: Database
) -> list[BaseException]:
    """An answer that is written while somebody completes, who commits once it waits or is through; what refused it."""
    late = Statement(
        "UPDATE dvi_items SET measurement = coalesce(measurement, 0) + 1 WHERE inspection_id = %(id)s AND key = 'pad'"
    )
    refused: list[BaseException] = []

    def write_late() -> None:
        try:
            with tenant.work() as work:
                work.write(late(id=inspection["id"]))
        except psycopg.errors.ObjectNotInPrerequisiteState as error:
            refused.append(error)

    writer = threading.Thread(target=write_late)
    with tenant.work() as work:
        move(work, "dvi.inspection", UUID(inspection["id"]), "complete")
        work.check_constraints()
        writer.start()
        wait_until_blocked(database, unless=lambda: not writer.is_alive())
    writer.join(LONG)
    return refused


def test_an_answer_and_a_completion_at_once_never_both_hold(
    api: Api, tenant: TestWorkspace, started: Inspect, database: Database
) -> None:
    """An answer that is being written waits for whoever is completing, and is then refused by the database."""
    made = started()
    say(api, made, *ANSWERS)
    assert len(answer_while_completing(tenant, made, database)) == 1
    assert items_of(api, made)["pad"]["measurement"] == "6.500"


def test_without_the_trigger_a_report_would_not_be_of_what_is_kept(
    api: Api, tenant: TestWorkspace, started: Inspect, database: Database
) -> None:
    """The negative control: the same race without what keeps a completed inspection."""
    made = started()
    say(api, made, *ANSWERS)
    with database.connect() as superuser:
        superuser.execute("ALTER TABLE dvi_items DISABLE TRIGGER frozen")
        try:
            assert answer_while_completing(tenant, made, database) == []
        finally:
            superuser.execute("ALTER TABLE dvi_items ENABLE TRIGGER frozen")
    assert api.get(f"{PATH}/{made['id']}").data["status"] == "completed"
    assert items_of(api, made)["pad"]["measurement"] == "7.500"


def test_the_vehicles_history_tells_of_it(api: Api, completed: Inspect, vehicle: str) -> None:
    made = completed()
    (told,) = [
        entry for entry in api.get(f"/v1/vehicles/customer/{vehicle}/history").data if entry["kind"] == "inspected"
    ]
    assert told["subject"] == {"type": "dvi.inspection", "id": made["id"], "title": made["number"]}


def test_a_template_of_ones_own_is_cloned_from_ours(new_tenant: Any, api_of: Any) -> None:
    api = api_of(new_tenant())
    ours = next(row for row in api.get(f"{PATH}/templates").data if row["code"] == "tyres-and-brakes")
    reply = api.post(f"{PATH}/templates/{ours['id']}/clone", {"code": "our-tyres", "name": "Our tyres"}, expect=201)
    made = reply.data
    assert api.get(reply.location).data == made
    assert (made["code"], made["name"], made["revision"]) == ("our-tyres", "Our tyres", 1)
    assert made["sections"] == ours["sections"]
    api.patch(reply.location, {"sections": made["sections"][:1]})
    assert api.get(f"{PATH}/templates/{ours['id']}").data == ours
    refused = api.post(f"{PATH}/templates/{ours['id']}/clone", {"code": "our-tyres"}, expect=409)
    assert refused.error["details"]["reason"] == "duplicate"
    api.as_role("mechanic").post(f"{PATH}/templates/{ours['id']}/clone", {"code": "theirs"}, expect=403)
    api.post(f"{PATH}/templates/{uuid4()}/clone", {"code": "none"}, expect=404)
    named = api.post(f"{PATH}/templates/{ours['id']}/clone", {"code": "more-tyres"}).data
    assert named["name"] == ours["name"]


def test_an_inspection_is_found_by_number_and_plate(api: Api, started: Inspect, vehicle: str) -> None:
    made = started()
    plate = api.get(f"/v1/vehicles/customer/{vehicle}").data["plate"]
    for words in (made["number"], plate, "Short"):
        assert [row["id"] for row in api.get(PATH, params={"q": words}).data] == [made["id"]]
    found = [
        one for one in api.get("/v1/search", params={"q": made["number"]}).data if one["type"] == "dvi.inspections"
    ]
    assert [(one["id"], one["title"]) for one in found] == [(made["id"], f"{made['number']} · {plate}")]
