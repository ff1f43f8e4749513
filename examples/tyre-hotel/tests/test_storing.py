"""Sets are measured, stored in a place of their own, and handed out."""

import pytest


def test_a_set_is_numbered_measured_stored_and_handed_out(api, add_set, store):
    where = add_set()
    assert api.get(where).data["number"].startswith("TYR-")
    stored = store(where)
    assert (stored["status"], stored["position"]) == ("stored", "A-12")
    out = api.post(f"{where}/transitions", {"action": "hand_out"}, expect=200).data
    assert (out["status"], out["position"]) == ("collected", None)
    happened = [event["type"] for event in api.get("/v1/events").data]
    assert [one for one in happened if one.startswith("tyre_hotel.")] == [
        "tyre_hotel.set.stored",
        "tyre_hotel.set.collected",
    ]


def test_nothing_is_stored_that_was_not_measured(api, add_set):
    where = add_set()
    tread = {"tyre_set_id": where.rpartition("/")[2], "wheel": "front_left", "depth": "6.5"}
    api.post("/v1/tyre-hotel/treads", tread, expect=201)
    refused = api.post(f"{where}/transitions", {"action": "store", "position": "A-12"}, expect=409)
    (reason,) = refused.error["details"]["unmet"]
    assert reason["message"] == "Measure the tread of every wheel first: 3 of 4 to go"


def test_two_sets_do_not_stand_in_one_place(api, add_set, store, measure):
    store(add_set())
    second = add_set(plate="KHA-14-2207")
    measure(second)
    api.post(f"{second}/transitions", {"action": "store", "position": "A-12"}, expect=409)
    assert store(second, "A-13")["position"] == "A-13"


def test_a_car_has_one_set_of_a_season_here(add_set, api):
    add_set()
    again = {"plate": "GA-12-3456", "owner_name": "Somebody", "season": "winter"}
    api.post("/v1/tyre-hotel/tyre-sets", again, expect=409)
    add_set(season="summer")


@pytest.mark.parametrize(
    ("depth", "verdict"), [("1.5", "worn"), ("1.6", "soon"), ("2.9", "soon"), ("3", "good"), ("8.0", "good")]
)
def test_what_a_tread_is_worth(api, add_set, depth, verdict):
    tread = {"tyre_set_id": add_set().rpartition("/")[2], "wheel": "rear_left", "depth": depth}
    assert api.post("/v1/tyre-hotel/treads", tread, expect=201).data["verdict"] == verdict


@pytest.mark.parametrize("depth", ["-1", "20.1", "6.55", "NaN", 6.5])
def test_no_tread_is_less_than_nothing_or_more_than_a_tyre(api, add_set, depth):
    tread = {"tyre_set_id": add_set().rpartition("/")[2], "wheel": "rear_left", "depth": depth}
    refused = api.post("/v1/tyre-hotel/treads", tread, expect=400)
    assert [fault["field"] for fault in refused.error["details"]] == ["depth"]


def test_a_label_is_issued_with_the_newest_treads(api, add_set, store):
    where = add_set(notes="On rims")
    store(where)
    first = api.post(f"{where}/label", expect=201)
    assert first.data["number"].startswith("LBL-")
    assert api.get(f"{first.location}/pdf").body.startswith(b"%PDF")
    tread = {"tyre_set_id": where.rpartition("/")[2], "wheel": "front_left", "depth": "2"}
    api.post("/v1/tyre-hotel/treads", tread, expect=201)
    assert api.post(f"{where}/label", expect=201).data["sha256"] != first.data["sha256"]
    api.post("/v1/tyre-hotel/tyre-sets/0193597a-6c00-7d3b-9f21-5b6c7d8e9f01/label", expect=404)


def test_sets_are_found_and_counted(api, add_set, store):
    where = add_set(owner_name="Nasrin Akter")
    (hit,) = api.get("/v1/search", params={"q": "nasrin"}).data
    assert (hit["type"], hit["path"]) == ("tyre_hotel.tyre_sets", where)
    figures = {one["name"]: one["value"] for one in api.get("/v1/dashboard").data["figures"]}
    assert figures == {"tyre_hotel.stored": 0, "tyre_hotel.due": 0}
    store(where)
    figures = {one["name"]: one["value"] for one in api.get("/v1/dashboard").data["figures"]}
    assert figures["tyre_hotel.stored"] == 1
