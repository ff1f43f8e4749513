"""Photos of items: pictures and nothing else, without what a camera says of the place; what is drawn stands beside."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.making import PICTURE
from jemeti_platform.testing.workspaces import TestWorkspace

from .conftest import PATH, Inspect

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def taken_outside() -> bytes:
    """A picture of 1600 by 900 pixels that was taken sideways, at a place in Dhaka."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = 6, "Camera of Rahim"
    exif.get_ifd(GPS).update({1: "N", 2: (23.0, 48.0, 0.0), 3: "E", 4: (90.0, 24.0, 0.0)})
    content = io.BytesIO()
    Image.new("RGB", (1600, 900), (120, 40, 38)).save(content, "JPEG", exif=exif)
    return content.getvalue()


def item_of(api: Api, inspection: dict[str, Any], key: str = "rust") -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in api.get(f"{PATH}/{inspection['id']}/items").data if row["key"] == key)
    return found


def add(api: Api, inspection: dict[str, Any], file_id: str, **more: Any) -> Any:
    body = {"item_id": item_of(api, inspection)["id"], "file_id": file_id}
    return api.post(f"{PATH}/{inspection['id']}/photos", body, **more)


def test_what_the_camera_says_of_the_place_is_gone_and_it_stands_upright(api: Api, started: Inspect) -> None:
    made = started()
    file = api.upload("/v1/files", taken_outside(), "sill.jpg").data
    assert (file["width"], file["height"]) == (900, 1600)
    add(api, made, file["id"])
    text = api.get(f"{PATH}/{made['id']}/report", headers={"Accept": "text/html"}).text
    address = text.partition('<img src="')[2].partition('"')[0]
    shown = api.anonymous.get(address, headers={"Accept": "image/*"}).body
    picture = Image.open(io.BytesIO(shown))
    assert max(picture.size) == 1280
    assert not picture.getexif()
    assert b"Rahim" not in shown


@pytest.mark.parametrize(
    ("content", "name"), [(b"%PDF-1.7\n%%EOF\n", "sill.pdf"), (b"name,plate\n", "sill.csv"), (b"Rust\n", "sill.jpg")]
)
def test_what_is_no_picture_is_refused_by_name(api: Api, started: Inspect, content: bytes, name: str) -> None:
    made = started()
    refused = add(api, made, api.upload("/v1/files", content, name).data["id"], expect=400)
    assert refused.error["details"][0]["field"] == "file_id"
    assert item_of(api, made)["photos"] == []


@pytest.mark.parametrize(
    "content",
    [
        PICTURE[:40],
        b"GIF89a" + PICTURE,
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"\xff\xd8\xff\xe0" + bytes(200),
    ],
)
def test_a_hostile_file_never_becomes_a_photo(api: Api, content: bytes) -> None:
    sent = api.upload("/v1/files", content, "sill.png", anything=True)
    assert sent.status in (400, 415)
    assert api.get("/v1/files").data == []


def test_another_workspaces_picture_is_as_if_it_were_not(
    api: Api, started: Inspect, other_tenant: TestWorkspace, api_of: Any
) -> None:
    made = started()
    theirs = api_of(other_tenant).upload("/v1/files", PICTURE, "sill.png").data["id"]
    refused = add(api, made, theirs, expect=400)
    assert refused.error["details"][0]["field"] == "file_id"


def test_photos_that_are_missing_are_all_named(api: Api, vehicle: str) -> None:
    items = [
        {"key": "left", "title": "Left side", "kind": "text", "photos": 1},
        {"key": "right", "title": "Right side", "kind": "text", "photos": 3},
        {"key": "roof", "title": "Roof", "kind": "grade", "photos": 1, "required": True},
    ]
    body = {"code": "sides", "name": "Sides", "sections": [{"title": "Outside", "items": items}]}
    template = api.post(f"{PATH}/templates", body).data
    made = api.post(PATH, {"template_id": template["id"], "vehicle_id": vehicle, "odometer": 1}).data
    api.post(f"{PATH}/{made['id']}/transitions", {"action": "start"})
    file_id = api.upload("/v1/files", PICTURE, "right.png").data["id"]
    body = {"item_id": item_of(api, made, "right")["id"], "file_id": file_id}
    api.post(f"{PATH}/{made['id']}/photos", body)
    refused = api.post(f"{PATH}/{made['id']}/transitions", {"action": "complete"}, expect=409)
    assert refused.error["details"]["unmet"][0]["message"] == (
        "Still missing: Left side (a photo); Right side (2 photos); Roof (answer, a photo)"
    )


@pytest.mark.parametrize(
    ("drawn", "field"),
    [
        ({"shape": "circle", "points": []}, "annotations.0.points"),
        ({"shape": "star", "points": [{"x": "1", "y": "1"}]}, "annotations.0.shape"),
        ({"shape": "line", "points": [{"x": "101", "y": "1"}]}, "annotations.0.points.0.x"),
    ],
)
def test_an_annotation_that_nobody_could_draw_is_refused(
    api: Api, started: Inspect, drawn: dict[str, Any], field: str
) -> None:
    made = started()
    file_id = api.upload("/v1/files", PICTURE, "sill.png").data["id"]
    body = {"item_id": item_of(api, made)["id"], "file_id": file_id, "annotations": [drawn]}
    refused = api.post(f"{PATH}/{made['id']}/photos", body, expect=400)
    assert field in [one["field"] for one in refused.error["details"]]
