"""Files over HTTP: sent by a form or written straight into the store, downloaded under safe headers, deleted."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import pytest

from jemeti_platform.errors import Invalid
from jemeti_platform.files.files import attach
from jemeti_platform.files.storage import Storage, key_of
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.making import PICTURE
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .hostile_files import jpeg, picture
from .object_store import ObjectStoreServer

TABLE = b"name,phone\nRahim,01712\n"
NOWHERE = "files/AAAA"


@pytest.fixture
def storage(platform: Any) -> Storage:
    found: Storage = platform.part(Storage)
    return found


def path_of(api: Api, url: str) -> str:
    """The path of a signed address, which must be at the workspace's own host."""
    assert url.startswith(f"http://{api.host}/files/")
    return url.removeprefix(f"http://{api.host}")


def objects(api: Api, storage: Storage) -> list[str]:
    assert api.workspace is not None
    return [kept.key for kept in storage.list(str(api.workspace.id))]


# -- by a form --------------------------------------------------------------------------------------


def test_a_picture_is_kept_with_its_thumbnails(api: Api, storage: Storage) -> None:
    reply = api.upload("/v1/files", jpeg(picture(1600, 1200)), "Brake disc.jpg", expect=201)
    data = reply.data
    assert reply.location == f"/v1/files/{data['id']}"
    assert (data["name"], data["kind"], data["media_type"], data["status"]) == (
        "Brake disc.jpg",
        "image",
        "image/jpeg",
        "ready",
    )
    assert (data["width"], data["height"]) == (1600, 1200)
    assert [(one["size"], one["width"], one["height"]) for one in data["thumbnails"]] == [
        (320, 320, 240),
        (1280, 1280, 960),
    ]
    body = api.get(f"/v1/files/{data['id']}/content").body
    assert (len(body), hashlib.sha256(body).hexdigest()) == (data["size"], data["sha256"])
    assert data["bytes"] == sum(kept.size for kept in storage.list(str(api.workspace.id)))  # type: ignore[union-attr]
    assert len(objects(api, storage)) == 3
    limits = {row["limit"]: row for row in api.get("/v1/features").meta["limits"]}
    assert limits["files.bytes"]["used"] == data["bytes"]


def test_what_is_sent_as_something_else_is_what_it_is(api: Api) -> None:
    data = api.upload("/v1/files", TABLE, "photo.png").data
    assert (data["media_type"], data["kind"], data["name"]) == ("text/csv", "data", "photo.png")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"--b--\r\n", "file"),
        (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n', "file"),
        (b'--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\nx\r\n--b--\r\n', "x"),
        (b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx', ""),
        (2 * b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx\r\n' + b"--b--\r\n", "file"),
        (30 * b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' + b"--b--\r\n", ""),
        (b"no form at all", ""),
        (b"", ""),
    ],
)
def test_a_form_that_is_not_as_it_should_be_is_400(api: Api, body: bytes, field: str) -> None:
    kind = "multipart/form-data; boundary=b"
    reply = api.post("/v1/files", body, content_type=kind, expect=400)
    assert reply.error["details"][0]["field"] == field
    api.post("/v1/files", body, content_type="multipart/form-data", expect=400)


def test_a_field_that_nobody_knows_is_named(api: Api) -> None:
    reply = api.upload("/v1/files", TABLE, "a.csv", {"colour": "green"}, expect=400)
    assert reply.error["details"] == [{"field": "colour", "message": "Unknown parameter"}]


def test_other_bodies_are_415_and_large_ones_413(api: Api, app: Any) -> None:
    api.post("/v1/files", {"name": "x"}, expect=415)
    most = app.registry.max_file
    assert str(most) in api.upload("/v1/files", b"x" * (most + 1), "a.txt", expect=413).error["message"]
    api.upload("/v1/files", b"x" * (most + 100_000), "a.txt", expect=413)
    api.post("/v1/files/uploads", b"{" + b" " * 2_000_000 + b"}", expect=413)  # the rest of the API keeps its limit


def test_a_dry_run_keeps_nothing(api: Api, storage: Storage) -> None:
    reply = api.upload("/v1/files?dry_run=true", PICTURE, "a.png", expect=201)
    assert reply.headers["Dry-Run"] == "true"
    assert api.get("/v1/files").data == []
    assert objects(api, storage) == []


def test_a_retry_is_one_file_and_another_file_under_the_key_is_refused(api: Api, storage: Storage) -> None:
    key = {"Idempotency-Key": "upload-1"}
    first = api.upload("/v1/files", PICTURE, "a.png", headers=key, expect=201)
    again = api.upload("/v1/files", PICTURE, "a.png", headers=key, expect=201)  # with another boundary
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.data == first.data
    for data, name in ((TABLE, "a.png"), (PICTURE, "b.png")):
        reply = api.upload("/v1/files", data, name, headers=key, expect=409)
        assert reply.error["details"]["reason"] == "key_reused"
    assert len(api.get("/v1/files").data) == 1
    assert len(objects(api, storage)) == 3  # those that came to nothing were taken out again


def test_an_upload_takes_five_round_trips(api: Api, platform: Any, tenant: TestWorkspace) -> None:
    api.get("/v1/files")
    with count_round_trips(platform) as counted:
        identity = api.upload("/v1/files", TABLE, "a.csv").data["id"]
    assert counted.count <= 5
    for path in ("", "/content"):
        with count_round_trips(platform) as counted:
            api.get(f"/v1/files/{identity}{path}")
        assert counted.count == 1


# -- straight into the store --------------------------------------------------------------------------


def announce(api: Api, data: bytes, name: str = "a.csv") -> dict[str, Any]:
    made: dict[str, Any] = api.post("/v1/files/uploads", {"name": name, "size": len(data)}, expect=201).data
    return made


def write(api: Api, announced: dict[str, Any], data: bytes, expect: int = 204) -> Reply:
    return api.anonymous.put(path_of(api, announced["url"]), data, headers=announced["headers"], expect=expect)


def test_a_file_is_announced_written_and_completed(api: Api, storage: Storage, run_jobs: Callable[[], Any]) -> None:
    announced = announce(api, TABLE)
    pending = api.get(f"/v1/files/{announced['id']}").data
    assert (pending["status"], pending["download_url"], pending["bytes"]) == ("pending", None, len(TABLE))
    api.get(f"/v1/files/{announced['id']}/content", expect=404)
    write(api, announced, TABLE)
    for _ in range(2):
        done = api.post(f"/v1/files/{announced['id']}/complete", expect=200).data
        assert (done["status"], done["media_type"]) == ("ready", "text/csv")
    run_jobs()
    assert len(objects(api, storage)) == 1
    write(api, announced, b"x" * len(TABLE))  # the address still lives, and reaches nothing any more
    assert api.get(f"/v1/files/{announced['id']}/content").body == TABLE


def test_what_comes_is_looked_at_before_anybody_sees_it(
    api: Api, storage: Storage, run_jobs: Callable[[], Any]
) -> None:
    page = b"<html><script>alert(1)</script>"
    announced = announce(api, page, "photo.jpg")
    write(api, announced, page)
    where = f"/v1/files/{announced['id']}"
    assert "HTML" in api.post(f"{where}/complete", expect=415).error["message"]
    rejected = api.get(where).data
    assert (rejected["status"], rejected["bytes"]) == ("rejected", 0)
    assert "HTML" in rejected["reason"]
    api.post(f"{where}/complete", expect=409)
    api.get(f"{where}/content", expect=404)
    run_jobs()
    assert objects(api, storage) == []


def test_another_size_than_announced_is_refused(api: Api) -> None:
    announced = announce(api, TABLE)
    write(api, announced, TABLE + b"more", expect=413)
    assert api.post(f"/v1/files/{announced['id']}/complete", expect=409).error["details"]["status"] == "pending"
    write(api, announced, TABLE[:-1])
    assert api.post(f"/v1/files/{announced['id']}/complete", expect=400).error["details"][0]["field"] == "size"
    write(api, announced, TABLE)
    api.post(f"/v1/files/{announced['id']}/complete", expect=200)


def test_announcing_is_checked_like_everything(api: Api, app: Any) -> None:
    api.post("/v1/files/uploads", {"name": "a", "size": app.registry.max_file + 1}, expect=413)
    reply = api.post("/v1/files/uploads", {"name": "", "size": 0, "colour": 1}, expect=400)
    assert {problem["field"] for problem in reply.error["details"]} == {"name", "size", "colour"}
    key = {"Idempotency-Key": "announce-1"}
    first, again = (api.post("/v1/files/uploads", {"name": "a", "size": 3}, headers=key) for _ in range(2))
    assert first.data["id"] == again.data["id"]
    api.post("/v1/files/uploads?dry_run=true", {"name": "a", "size": 3}, expect=201)
    assert len(api.get("/v1/files").data) == 1


def test_completing_may_be_tried_first(api: Api, storage: Storage) -> None:
    announced = announce(api, TABLE)
    write(api, announced, TABLE)
    assert api.post(f"/v1/files/{announced['id']}/complete?dry_run=true").data["status"] == "ready"
    assert api.get(f"/v1/files/{announced['id']}").data["status"] == "pending"
    assert len(objects(api, storage)) == 1  # what was written, and nothing made of it


def test_an_object_store_is_written_to_and_read_from_without_us(api: Api, platform: Any, storage: Storage) -> None:
    with ObjectStoreServer() as server:
        settings = {**platform.settings, "jemeti.files.url": server.url}
        platform.parts[Storage] = Storage.from_settings(settings)
        try:
            announced = announce(api, PICTURE, "রসিদ.png")
            assert announced["url"].startswith("http://127.0.0.1:")
            wish = Request(announced["url"], PICTURE, announced["headers"], method=announced["method"])
            assert urlopen(wish).status == 200
            data = api.post(f"/v1/files/{announced['id']}/complete").data
            with urlopen(data["download_url"]) as answer:
                assert hashlib.sha256(answer.read()).hexdigest() == data["sha256"]
            kept = server.headers[urlsplit(data["download_url"]).path.removeprefix("/bucket/")]
            assert kept["Content-Type"] == "image/png"
            assert kept["Content-Disposition"].startswith("inline; ")
            assert api.get(f"/v1/files/{data['id']}/content").status == 200
            assert api.get(f"/v1/files/{data['id']}/content", headers={"Range": "bytes=1-3"}).body == b"PNG"
        finally:
            platform.parts[Storage] = storage


# -- downloads --------------------------------------------------------------------------------------


def test_downloads_have_headers_that_make_nothing_more_of_them(api: Api) -> None:
    identity = api.upload("/v1/files", b"%PDF-1.7\n<script>\n%%EOF\n", 'রসিদ "1".html').data["id"]
    url = api.get(f"/v1/files/{identity}").data["download_url"]
    for reply in (api.get(f"/v1/files/{identity}/content"), api.anonymous.get(path_of(api, url))):
        assert reply.headers["Content-Type"] == "application/pdf"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert reply.headers["Content-Disposition"].startswith('attachment; filename="')
        assert "filename*=UTF-8''%E0%A6%B0" in reply.headers["Content-Disposition"]
        assert reply.headers["Cache-Control"].startswith("private")
    shown = api.upload("/v1/files", PICTURE, "a.png").data
    assert api.get(f"/v1/files/{shown['id']}/content").headers["Content-Disposition"].startswith("inline; ")


@pytest.mark.parametrize(
    ("wish", "status", "got"),
    [
        ("bytes=0-3", 206, TABLE[:4]),
        ("bytes=5-", 206, TABLE[5:]),
        ("bytes=-4", 206, TABLE[-4:]),
        ("bytes=-9999", 206, TABLE),
        ("bytes=9999-", 200, TABLE),
        ("bytes=3-1", 200, TABLE),
        ("bytes=-0", 200, TABLE),
        ("bytes=0-1,4-5", 200, TABLE),
        ("lines=1-2", 200, TABLE),
        ("bytes=-", 200, TABLE),
    ],
)
def test_a_part_can_be_asked_for(api: Api, wish: str, status: int, got: bytes) -> None:
    identity = api.upload("/v1/files", TABLE, "a.csv").data["id"]
    reply = api.get(f"/v1/files/{identity}/content", headers={"Range": wish}, expect=status)
    assert reply.body == got
    assert reply.headers["Content-Length"] == str(len(got))
    if status == 206:
        assert reply.headers["Content-Range"].endswith(f"/{len(TABLE)}")


def test_what_is_known_is_not_sent_again(api: Api) -> None:
    identity = api.upload("/v1/files", PICTURE, "a.png").data["id"]
    for path in ("content", "thumbnails/320"):
        tag = api.get(f"/v1/files/{identity}/{path}").headers["ETag"]
        assert api.get(f"/v1/files/{identity}/{path}", headers={"If-None-Match": tag}, expect=304).body == b""
    api.get(f"/v1/files/{identity}/thumbnails/99", expect=404)


def test_a_signed_address_is_good_for_one_object_one_method_and_a_time(
    api: Api, storage: Storage, tenant: TestWorkspace, other_tenant: TestWorkspace, app: Any
) -> None:
    data = api.upload("/v1/files", TABLE, "a.csv").data
    path = path_of(api, data["download_url"])
    assert api.anonymous.get(path).body == TABLE
    api.anonymous.put(path, b"x", expect=404)
    api.anonymous.get(path[:-6] + "AAAAAA", expect=404)
    api.anonymous.get("/" + NOWHERE, expect=404)
    key = objects(api, storage)[0]
    foreign = key.replace(str(tenant.id), str(other_tenant.id))
    for changed in (
        storage.signed_get(key, media_type="text/csv", name="a", seconds=-1),
        storage.signed_get(foreign, media_type="text/csv", name="a"),
        storage.signed_put(key, size=5).url,
    ):
        api.anonymous.get(changed, expect=404)
    api.anonymous.put(
        storage.signed_put(key_of(tenant.id, "incoming", uuid4()), size=1, seconds=-1).url, b"x", expect=404
    )


# -- whose ------------------------------------------------------------------------------------------


def test_another_workspace_has_no_such_file(
    api: Api, api_of: Callable[[TestWorkspace], Api], other_tenant: TestWorkspace
) -> None:
    other, identity = api_of(other_tenant), api.upload("/v1/files", PICTURE, "a.png").data["id"]
    for method, path in (
        ("GET", ""),
        ("GET", "/content"),
        ("GET", "/thumbnails/320"),
        ("POST", "/complete"),
        ("DELETE", ""),
    ):
        other.request(method, f"/v1/files/{identity}{path}", expect=404)
    assert other.get("/v1/files").data == []
    reply = other.patch("/v1/workspace", {"logo_file_id": identity}, expect=400)
    assert reply.error["details"][0]["field"] == "logo_file_id"


def test_who_may_see_may_not_send(api: Api) -> None:
    identity = api.upload("/v1/files", TABLE, "a.csv").data["id"]
    viewer = api.as_role("viewer")
    viewer.get(f"/v1/files/{identity}/content", expect=200)
    viewer.upload("/v1/files", TABLE, "a.csv", expect=403)
    viewer.delete(f"/v1/files/{identity}", expect=403)
    api.as_role("mechanic").upload("/v1/files", TABLE, "b.csv", expect=201)
    api.as_one_who_may("workspace:read").get("/v1/files", expect=403)
    api.anonymous.upload("/v1/files", TABLE, "a.csv", expect=401)


# -- lists, deletion, use -----------------------------------------------------------------------------


def test_files_are_found_by_what_they_are(api: Api) -> None:
    for name, data in (("Invoice 7.pdf", b"%PDF-1.7\n%%EOF\n"), ("Brakes.png", PICTURE), ("customers.csv", TABLE)):
        api.upload("/v1/files", data, name)
    assert [row["name"] for row in api.get("/v1/files?kind=image").data] == ["Brakes.png"]
    assert [row["name"] for row in api.get("/v1/files?q=invoice").data] == ["Invoice 7.pdf"]
    assert [row["name"] for row in api.get("/v1/files?sort=name&fields=name").data] == [
        "Brakes.png",
        "Invoice 7.pdf",
        "customers.csv",
    ]
    assert "customers.csv" in api.get("/v1/files", headers={"Accept": "text/csv"}).text


def test_what_is_deleted_goes_with_its_objects(api: Api, storage: Storage, run_jobs: Callable[[], Any]) -> None:
    identity = api.upload("/v1/files", PICTURE, "a.png").data["id"]
    api.delete(f"/v1/files/{identity}?dry_run=true")
    api.delete(f"/v1/files/{identity}", headers={"If-Match": '"9-0"'}, expect=412)
    run_jobs()
    assert len(objects(api, storage)) == 3
    api.delete(f"/v1/files/{identity}", expect=204)
    api.get(f"/v1/files/{identity}", expect=404)
    run_jobs()
    assert objects(api, storage) == []
    limits = {row["limit"]: row for row in api.get("/v1/features").meta["limits"]}
    assert limits["files.bytes"]["used"] == 0


def test_a_file_in_use_stays(api: Api, storage: Storage, run_jobs: Callable[[], Any]) -> None:
    logo = api.upload("/v1/files", PICTURE, "logo.png").data["id"]
    assert api.patch("/v1/workspace", {"logo_file_id": logo}).data["logo_file_id"] == logo
    assert api.delete(f"/v1/files/{logo}", expect=409).error["details"]["reason"] == "in_use"
    run_jobs()
    assert len(objects(api, storage)) == 3
    api.patch("/v1/workspace", {"logo_file_id": None})
    api.delete(f"/v1/files/{logo}", expect=204)


def test_a_logo_is_a_picture_that_is_ready(api: Api) -> None:
    table = api.upload("/v1/files", TABLE, "a.csv").data["id"]
    pending = announce(api, TABLE)["id"]
    for wrong in (table, pending, str(uuid4())):
        reply = api.patch("/v1/workspace", {"logo_file_id": wrong}, expect=400)
        assert reply.error["details"][0]["field"] == "logo_file_id"


def test_a_plugin_says_which_record_a_file_belongs_to(api: Api, tenant: TestWorkspace) -> None:
    identity, subject = UUID(api.upload("/v1/files", PICTURE, "a.png").data["id"]), uuid4()
    pending = UUID(announce(api, TABLE)["id"])
    with tenant.work() as work:
        attach(work, identity, "jobs.inspection", subject)
        for wrong in (uuid4(), pending):
            with pytest.raises(Invalid, match="photo_id"):
                attach(work, wrong, "jobs.inspection", subject, field="photo_id")
    (found,) = api.get(f"/v1/files?subject_type=jobs.inspection&subject_id={subject}").data
    assert UUID(found["id"]) == identity


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x=y.png", "a__Set-Cookie_ x_y.png"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("n" * 300 + ".png", "n" * 196 + ".png"),
        ('quote".png', 'quote".png'),
    ],
)
def test_a_name_reaches_neither_the_store_nor_another_header(api: Api, storage: Storage, name: str, kept: str) -> None:
    data = api.upload("/v1/files", PICTURE, name).data
    if "\n" not in name:  # how a form writes a line break in a name is the client's affair
        assert data["name"] == kept
    reply = api.get(f"/v1/files/{data['id']}/content")
    assert "Set-Cookie" not in reply.headers
    assert reply.headers["Content-Disposition"].isascii()
    assert all(word not in key for key in objects(api, storage) for word in ("passwd", "invoice", "nnn", "quote"))


# -- leaving ------------------------------------------------------------------------------------------


def test_an_export_holds_the_files_and_an_erasure_leaves_none(api: Api, storage: Storage) -> None:
    identity = api.upload("/v1/files", TABLE, "customers.csv").data["id"]
    assert api.workspace is not None
    where, admin = f"/platform/tenants/{api.workspace.slug}", api.platform
    with zipfile.ZipFile(io.BytesIO(admin.post(f"{where}/export", {}).body)) as book:
        assert book.read(f"files/{identity}/customers.csv") == TABLE
        assert b'"files":1' in book.read("workspace.json")
    admin.post(f"{where}/close", {"reason": "leaving"})
    admin.post(f"{where}/erase", {"confirm": api.workspace.slug, "reason": "leaving"})
    assert objects(api, storage) == []
