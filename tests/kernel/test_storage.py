"""Objects are kept in a folder, in memory or in an object store, and handed out by addresses that expire."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from jemeti_platform.errors import Unavailable
from jemeti_platform.files.disposition import clean_name, disposition
from jemeti_platform.files.storage import Storage, key_of
from jemeti_platform.platform import BootError
from jemeti_platform.settings import resolve

from .object_store import ObjectStoreServer

KEYS = {"jemeti.jwt.keys": "a-key-of-thirty-two-bytes-or-more-for-tests"}
A, B = UUID(int=0xA), UUID(int=0xB)


@pytest.fixture(scope="module")
def s3() -> Iterator[ObjectStoreServer]:
    with ObjectStoreServer() as server:
        yield server


@pytest.fixture(params=["folder", "memory", "s3"])
def storage(request: Any, tmp_path: Path, s3: ObjectStoreServer) -> Storage:
    urls = {"folder": f"{tmp_path.as_uri()}/files", "memory": "memory://", "s3": s3.url}
    return Storage.from_settings({**KEYS, "jemeti.files.url": urls[request.param]})


def test_what_is_put_comes_back_whole(storage: Storage) -> None:
    key, data = key_of(A, "files", uuid4()), os.urandom(700_001)
    storage.put(key, data, "image/png", name="a.png")
    assert storage.get(key) == data
    assert b"".join(storage.stream(key)) == data
    assert b"".join(storage.stream(key, 5, 11)) == data[5:11]
    kept = storage.head(key)
    assert kept is not None
    assert kept.size == len(data)
    assert abs(datetime.now(UTC) - kept.modified) < timedelta(minutes=1)


def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    key = key_of(A, "files", uuid4())
    storage.put(key, b"x", "text/plain")
    storage.delete(key)
    storage.delete(key)
    assert not storage.exists(key)
    for ask in (storage.get, storage.stream):
        with pytest.raises(FileNotFoundError):
            ask(key)


def test_a_list_holds_one_workspace_and_one_part(storage: Storage) -> None:
    ours, other = uuid4(), uuid4()
    mine, paper, foreign = key_of(ours, "files", uuid4()), key_of(ours, "papers", uuid4()), key_of(other, "files", A)
    for key in (mine, paper, foreign):
        storage.put(key, b"x", "text/plain")
    assert {kept.key for kept in storage.list(f"{ours}")} == {mine, paper}
    assert [kept.key for kept in storage.list(f"{ours}/files")] == [mine]
    assert list(storage.list(f"{ours}/fil")) == []
    assert {ours, other} <= set(storage.workspaces())


@pytest.mark.parametrize(
    "key", ["", "x", "../etc/passwd", f"{A}", f"{A}/../{B}/x", f"{A}/files/..", f"{A}//x", f"{A}/files/ü", f"/{A}/x"]
)
def test_a_key_leads_nowhere_else(storage: Storage, key: str) -> None:
    for ask in (storage.get, storage.delete, storage.head, lambda key: storage.put(key, b"", "text/plain")):
        with pytest.raises(ValueError, match="no key"):
            ask(key)


def test_a_folder_is_nobody_elses(tmp_path: Path) -> None:
    storage = Storage.from_settings({**KEYS, "jemeti.data": str(tmp_path / "var")})
    assert not (tmp_path / "var").exists()  # to start needs no folder
    storage.put(key_of(A, "files", A), b"x", "text/plain")
    assert (tmp_path / "var" / "files").stat().st_mode & 0o077 == 0


def test_what_a_killed_process_was_writing_is_discarded(tmp_path: Path) -> None:
    storage = Storage.from_settings({**KEYS, "jemeti.files.url": tmp_path.as_uri()})
    key = key_of(A, "files", A)
    storage.put(key, b"whole", "text/plain")
    torn = tmp_path / f"{key}#1"
    torn.write_bytes(b"torn")
    assert storage.discard_unfinished(f"{A}", datetime.now(UTC) - timedelta(hours=1)) == 0
    assert storage.discard_unfinished(f"{A}", datetime.now(UTC) + timedelta(hours=1)) == 1
    assert not torn.exists()
    assert storage.get(key) == b"whole"


# -- addresses ------------------------------------------------------------------------------------


def ticket_of(storage: Storage, **more: Any) -> str:
    url = storage.signed_get(key_of(A, "files", A), media_type="image/png", name="a.png", **more)
    return url.removeprefix("/files/")


def test_a_ticket_is_good_for_its_method_and_time() -> None:
    storage = Storage.from_settings({**KEYS, "jemeti.files.url": "memory://"})
    ticket = storage.tickets.open(ticket_of(storage), "GET")
    assert ticket is not None
    assert (ticket.key, ticket.media_type, ticket.name) == (key_of(A, "files", A), "image/png", "a.png")
    assert storage.tickets.open(ticket_of(storage), "PUT") is None
    assert storage.tickets.open(ticket_of(storage, seconds=-1), "GET") is None
    put = storage.signed_put(key_of(A, "incoming", A), size=5)
    opened = storage.tickets.open(put.url.removeprefix("/files/"), put.method)
    assert opened is not None
    assert opened.size == 5
    assert opened.expires == int(put.expires_at.timestamp()) > time.time()


def test_a_ticket_with_one_character_changed_opens_nothing() -> None:
    storage = Storage.from_settings({**KEYS, "jemeti.files.url": "memory://"})
    good = ticket_of(storage)
    for place in range(len(good) - 1):  # the last one holds bits that count for nothing
        other = "A" if good[place] != "A" else "B"
        assert storage.tickets.open(good[:place] + other + good[place + 1 :], "GET") is None
    for nonsense in ("", "A", "é", good[:-4], good * 2, "." * 40):
        assert storage.tickets.open(nonsense, "GET") is None


def test_a_ticket_of_an_older_key_is_good_while_the_key_is_there() -> None:
    old = Storage.from_settings({"jemeti.jwt.keys": "old" * 20, "jemeti.files.url": "memory://"})
    both = Storage.from_settings({"jemeti.jwt.keys": f"{'new' * 20} {'old' * 20}", "jemeti.files.url": "memory://"})
    new = Storage.from_settings({"jemeti.jwt.keys": "new" * 20, "jemeti.files.url": "memory://"})
    assert both.tickets.open(ticket_of(old), "GET") is not None
    assert new.tickets.open(ticket_of(old), "GET") is None


def test_an_object_store_signs_by_itself(s3: ObjectStoreServer) -> None:
    storage = Storage.from_settings({**KEYS, "jemeti.files.url": s3.url})
    key = key_of(A, "files", uuid4())
    storage.put(key, b"picture", "image/png", name="Foto ä.png", inline=True)
    assert s3.headers[key]["Content-Type"] == "image/png"
    assert s3.headers[key]["Content-Disposition"].startswith('inline; filename="Foto _.png"; filename*=UTF-8')
    url = urlsplit(storage.signed_get(key, media_type="image/png", name="Foto ä.png"))
    assert url.path.endswith(key)
    asked = parse_qs(url.query)
    assert asked["X-Amz-Expires"] == ["300"]
    assert len(asked["X-Amz-Signature"][0]) == 64
    put = storage.signed_put(key, size=5)
    assert urlsplit(put.url).path.endswith(key)


# -- configuration --------------------------------------------------------------------------------


def test_an_object_store_is_configured_by_its_url() -> None:
    url = "s3://KEY:se%2Fcret@bucket/some/prefix?endpoint=https://objects.example:9000&region=eu-central-1"
    storage = Storage.from_settings({**KEYS, "jemeti.files.url": url})
    signed = storage.signed_get(key_of(A, "files", A), media_type="a/b", name="x")
    assert signed.startswith(f"https://objects.example:9000/bucket/some/prefix/{A}/files/{A}?")
    assert "Credential=KEY%2F" in signed
    assert "eu-central-1" in signed
    assert "se/cret" not in signed
    hosted = f"{url}&virtual_hosted_style_request=true"
    storage = Storage.from_settings({**KEYS, "jemeti.files.url": hosted})
    assert "/bucket/" not in storage.signed_get(key_of(A, "files", A), media_type="a/b", name="x")


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "file://", "file://elsewhere/folder", "s3://", "folder", "s3://K:S@bucket?colour=red"]
)
def test_an_address_that_cannot_be_used_stops_the_boot(url: str) -> None:
    with pytest.raises(BootError, match=r"jemeti\.files\.url"):
        Storage.from_settings({**KEYS, "jemeti.files.url": url})


def test_no_secret_stands_in_what_the_boot_refuses() -> None:
    with pytest.raises(BootError) as refused:
        Storage.from_settings({**KEYS, "jemeti.files.url": "s3://KEY:hidden@bucket?colour=red"})
    assert "hidden" not in str(refused.value)


def test_a_folder_in_the_ini_is_not_taken_for_a_secret_in_a_file() -> None:
    assert resolve({"jemeti.files.url": "file:///var/lib/x"}) == {"jemeti.files.url": "file:///var/lib/x"}


def test_a_store_that_is_away_is_503() -> None:
    url = "s3://K:S@bucket?endpoint=http://127.0.0.1:9&region=x"
    storage = Storage.from_settings({**KEYS, "jemeti.files.url": url})
    with pytest.raises(Unavailable):
        storage.get(key_of(A, "files", A))


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\photo.jpg", "photo.jpg"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie: x=1.png"),
        ("nul\x00.png", "nul.png"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\ud800x", "?x"),
        ("...", "file"),
        ("", "file"),
        ("রসিদ.pdf", "রসিদ.pdf"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
    ],
)
def test_a_name_is_cleaned(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize("name", ['a"b;c.png', "a\r\nX: y", "ü\u202e.png", "x" * 300, "\x00", "%0d%0a", "a\\b"])
def test_a_header_holds_any_name_in_one_line_of_ascii(name: str) -> None:
    value = disposition(name)
    assert value.isascii()
    assert value.isprintable()
    assert value.startswith('attachment; filename="')
    assert value.count('"') == 2
    assert disposition(name, inline=True).startswith("inline; ")
