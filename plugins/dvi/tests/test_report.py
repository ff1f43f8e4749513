"""The report: what the customer sees, under an address of its own, and nothing of what was said among colleagues."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.making import PICTURE
from jemeti_platform.testing.round_trips import count_round_trips
from plugins.dvi.report.drawing import damage_svg

from .conftest import PATH, Inspect


def page(api: Api, inspection: dict[str, Any]) -> str:
    return str(api.get(f"{PATH}/{inspection['id']}/report", headers={"Accept": "text/html"}).text)


def share(api: Api, inspection: dict[str, Any]) -> str:
    """The path of the public address."""
    api.post(f"{PATH}/{inspection['id']}/transitions", {"action": "share"})
    url = api.get(f"{PATH}/{inspection['id']}/report-link").data["url"]
    return urlsplit(url).path


def public(api: Api, path: str, **more: Any) -> Any:
    return api.anonymous.get(path, headers={"Accept": "text/html"}, **more)


def test_the_worst_comes_first_in_words_and_not_in_colour_alone(api: Api, completed: Inspect) -> None:
    made = completed(
        {"item": "pad", "measurement": "2.5", "note_customer": "Both"}, {"item": "fluid", "choice": "dark"}
    )
    text = page(api, made)
    attention = text.index("Needs attention")
    assert attention < text.index("Replace brake pads") < text.index("Dark", attention) < text.index("Everything we")
    assert "<bdi>2,5 mm</bdi> · <bdi>Urgent</bdi>" in text  # a German workspace
    assert "limit: 3 mm" in text


def test_what_was_said_among_colleagues_is_not_on_it(api: Api, started: Inspect) -> None:
    made = started()
    rust = next(one for one in api.get(f"{PATH}/{made['id']}/items").data if one["key"] == "rust")
    for visibility in ("customer", "internal"):
        file_id = api.upload("/v1/files", PICTURE, f"{visibility}.png").data["id"]
        body = {"item_id": rust["id"], "file_id": file_id, "caption": f"for {visibility}", "visibility": visibility}
        api.post(f"{PATH}/{made['id']}/photos", body)
    answer = {"item": "rust", "condition": "fair", "note_internal": "Ask the boss", "note_customer": "Some rust"}
    api.post(f"{PATH}/{made['id']}/answers", {"answers": [answer]})
    text = page(api, made)
    assert "Some rust" in text
    assert "for customer" in text
    assert "Ask the boss" not in text
    assert "for internal" not in text


def test_what_people_type_stays_text(api: Api, completed: Inspect) -> None:
    made = completed({"item": "remarks", "answer": "<script>alert(1)</script> @BODY@"}, note="<b>&\"'</b>")
    text = page(api, made)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "&lt;b&gt;" in text
    assert "<script" not in damage_svg([], "<script>")


def test_a_link_shows_the_report_once_it_is_shared_and_not_before(api: Api, completed: Inspect) -> None:
    made = completed()
    assert api.get(f"{PATH}/{made['id']}/report-link").data["url"] is None
    path = share(api, made)
    reply = public(api, path)
    assert made["number"] in reply.text
    assert "script-src" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert reply.headers["Referrer-Policy"] == "no-referrer"


def test_the_token_of_what_is_not_shared_is_not_known(api: Api, completed: Inspect, tenant: Any) -> None:
    from jemeti_platform.db.statement import Statement

    made = completed()
    with tenant.work() as work:
        (rows,) = work.read(Statement("SELECT share_token FROM dvi_inspections WHERE id = %(id)s")(id=made["id"]))
    public(api, f"/inspection-report/{tenant.slug}.{rows[0]['share_token']}", expect=404)


@pytest.mark.parametrize("change", [lambda path: path[:-1], lambda path: path[:-1] + "g", lambda path: path + "0"])
def test_a_link_that_was_cut_off_is_a_page_that_says_so(api: Api, completed: Inspect, change: Any) -> None:
    reply = public(api, change(share(api, completed())), expect=404)
    assert "This link is not known here" in reply.text


def test_a_link_is_of_its_own_workspace_only(
    api: Api, completed: Inspect, tenant: Any, other_tenant: Any, api_of: Any
) -> None:
    path = share(api, completed())
    public(api_of(other_tenant), path, expect=404)
    public(api_of(other_tenant), path.replace(tenant.slug, other_tenant.slug), expect=404)


def test_photos_and_damage_are_on_it_with_what_was_drawn(api: Api, started: Inspect) -> None:
    made = started()
    rust = next(one for one in api.get(f"{PATH}/{made['id']}/items").data if one["key"] == "rust")
    file_id = api.upload("/v1/files", PICTURE, "rust.png").data["id"]
    circle = {"shape": "circle", "points": [{"x": "40", "y": "55"}, {"x": "48", "y": "55"}], "text": "Here"}
    api.post(f"{PATH}/{made['id']}/photos", {"item_id": rust["id"], "file_id": file_id, "annotations": [circle]})
    dent = {"x": "31.5", "y": "12.25", "kind": "dent", "note": "Door"}
    api.post(f"{PATH}/{made['id']}/answers", {"answers": [{"item": "damage", "marks": [dent]}]})
    text = page(api, made)
    assert "Dent: Door" in text
    assert ">Here</text>" in text
    address = text.partition('<img src="')[2].partition('"')[0]
    assert api.anonymous.get(address, headers={"Accept": "image/png"}).headers["Content-Type"].startswith("image/")


@pytest.mark.parametrize(("locale", "word"), [("bn-BD", "গাড়ি পরীক্ষার প্রতিবেদন"), ("ar-AE", 'dir="rtl"')])
def test_it_speaks_the_workspaces_language(api: Api, completed: Inspect, locale: str, word: str) -> None:
    made = completed()
    api.patch("/v1/workspace", {"locale": locale})
    assert word in page(api, made)


def test_a_report_is_read_in_one_round_trip(api: Api, completed: Inspect, platform: Platform) -> None:
    made = completed()
    with count_round_trips(platform) as trips:
        page(api, made)
    assert trips.count == 1


def test_the_pdf_is_issued_once_and_stays(api: Api, started: Inspect) -> None:
    made = started()
    rust = next(one for one in api.get(f"{PATH}/{made['id']}/items").data if one["key"] == "rust")
    file_id = api.upload("/v1/files", PICTURE, "rust.png").data["id"]
    api.post(f"{PATH}/{made['id']}/photos", {"item_id": rust["id"], "file_id": file_id, "caption": "Left sill"})
    answers = [
        {"item": "pad", "measurement": "2.5"},
        {"item": "fluid", "choice": "dark"},
        {"item": "rust", "condition": "fair", "note_internal": "Ask the boss"},
        {"item": "damage", "marks": [{"x": "31.5", "y": "12.25", "kind": "dent", "note": "Door"}]},
    ]
    api.post(f"{PATH}/{made['id']}/answers", {"answers": answers})
    where = f"{PATH}/{made['id']}/report.pdf"
    assert pdf(api, where).headers["Cache-Control"] == "no-store"
    assert "Not graded" in text_of(pdf(api, where))
    api.post(f"{PATH}/{made['id']}/transitions", {"action": "complete"})
    first = pdf(api, where)
    words = text_of(first)
    for word in (made["number"], "Brake pad", "Left sill", "Dent: Door"):
        assert word in words
    assert "Ask the boss" not in words
    (document,) = api.get("/v1/documents", params={"type": "inspection_report"}).data
    assert document["number"] == made["number"]
    api.patch("/v1/workspace", {"name": "Another name"})
    assert pdf(api, where).body == first.body


def pdf(api: Api, where: str) -> Any:
    return api.get(where, headers={"Accept": "application/pdf"})


def text_of(reply: Any) -> str:
    pages = PdfReader(io.BytesIO(reply.body)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_printed_before_it_is_completed_it_says_so_and_not_that_all_is_good(
    api: Api, started: Inspect, completed: Inspect
) -> None:
    words = text_of(pdf(api, f"{PATH}/{started()['id']}/report.pdf"))
    assert "This inspection is not completed yet." in words
    assert "Nothing needs attention." not in words
    words = text_of(pdf(api, f"{PATH}/{completed({'item': 'pad', 'measurement': '9'})['id']}/report.pdf"))
    assert "This inspection is not completed yet." not in words
    assert "Nothing needs attention." in words


def worn(completed: Inspect, *values: str) -> dict[str, Any]:
    """Inspections of the vehicle every 10,000 km, in each of which the pad had another thickness; the last one."""
    made = {}
    for visit, value in enumerate(values, start=1):
        made = completed({"item": "pad", "measurement": value}, odometer=visit * 10_000)
    return made


def test_what_wears_is_drawn_with_when_it_will_reach_its_limit(api: Api, completed: Inspect) -> None:
    text = page(api, worn(completed, "7", "6", "5"))
    assert "How it has worn" in text
    assert "At this rate the limit of 3 mm is reached at about 50.000 km, in about 20.000 km." in text
    assert text.count("<polyline") == 1


def test_where_there_is_one_value_nothing_is_drawn(api: Api, completed: Inspect) -> None:
    text = page(api, worn(completed, "4.5"))
    assert "How it has worn" not in text
    assert "At this rate" not in text


def test_a_new_part_begins_a_new_line(api: Api, completed: Inspect) -> None:
    text = page(api, worn(completed, "6", "4", "12", "10", "8"))
    assert "At this rate the limit of 3 mm is reached at about 75.000 km" in text
    assert "How it has worn" not in text  # the pad is good again: the sentence will do


def test_a_report_that_was_shared_shows_nothing_of_later_visits(api: Api, completed: Inspect) -> None:
    made = worn(completed, "7", "6", "5")
    before = page(api, made)
    worn(completed, "3.5")
    assert page(api, made).partition("</style>")[2] == before.partition("</style>")[2]


def test_sections_in_which_all_is_good_are_folded_up(api: Api, completed: Inspect) -> None:
    text = page(api, completed())
    assert '<details><summary><h3>Brakes</h3><small><span class="good">2 Good</span></small></summary>' in text
    text = page(api, completed({"item": "pad", "measurement": "2"}))
    assert "<details open><summary><h3>Brakes</h3>" in text


def test_the_workshop_is_a_tap_away(api: Api, completed: Inspect) -> None:
    made = completed({"item": "pad", "measurement": "2"})
    assert 'href="tel:' not in page(api, made)
    api.patch("/v1/workspace", {"phone": "+880 1712-345678"})
    assert 'href="tel:+8801712345678"' in page(api, made)


def test_the_pdf_tells_how_much_and_until_when(api: Api, completed: Inspect) -> None:
    made = worn(completed, "7", "6", "5")
    words = text_of(pdf(api, f"{PATH}/{made['id']}/report.pdf"))
    for said in (
        "1 Soon",
        "1 Good",
        "Replace brake pads",
        "At this rate the limit of 3 mm is reached at about 50.000 km",
    ):
        assert said in words


@pytest.mark.parametrize("points", [1, 40])
def test_round_trips_do_not_grow_with_items_and_photos(api: Api, platform: Platform, vehicle: str, points: int) -> None:
    items = [
        {"key": f"point_{n}", "title": f"Point {n}", "kind": "measurement", "unit": "mm",
         "limits": {"worse": "below", "critical": "3"}}
        for n in range(points)
    ]  # fmt: skip
    body = {"code": "n", "name": "N", "sections": [{"title": "All", "items": items}]}
    template = api.post(f"{PATH}/templates", body).data
    for visit in (1, 2):
        wish = {"template_id": template["id"], "vehicle_id": vehicle, "odometer": visit * 5_000}
        where = f"{PATH}/{api.post(PATH, wish).data['id']}"
        api.post(f"{where}/transitions", {"action": "start"})
        rows = api.get(f"{where}/items", params={"per_page": "100"}).data
        answers = [{"item": row["key"], "measurement": str(9 - visit)} for row in rows]
        api.post(f"{where}/answers", {"answers": answers})
    file_id = api.upload("/v1/files", PICTURE, "point.png").data["id"]
    for row in rows:
        api.post(f"{where}/photos", {"item_id": row["id"], "file_id": file_id})
    counts = []
    for path, accept in ((f"{where}/items?per_page=100", "application/json"), (f"{where}/report", "text/html")):
        with count_round_trips(platform) as trips:
            text = api.get(path, headers={"Accept": accept}).text
        assert text.count("file_id") + text.count("<figure") == points
        counts.append(trips.count)
    assert counts == [1, 1]
