"""A workspace keeps no more bytes than it may, however many upload at once; the sum is right whoever writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from uuid_utils.compat import uuid7

from jemeti_platform import main
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.errors import PaymentRequired
from jemeti_platform.files.models import File
from jemeti_platform.files.quota import USED, reserve
from jemeti_platform.files.storage import Storage
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.making import PICTURE
from jemeti_platform.testing.workspaces import TestWorkspace

SUM = Bound("SELECT coalesce(sum(bytes), 0)::bigint AS used FROM files", ())
UNLIMITED = Statement("UPDATE file_usage SET max_bytes = NULL")
DATA = b"x" * 1000
ROOM = 50


@pytest.fixture(scope="module")
def crowded(settings: dict[str, str], database: Any, app: Any) -> Iterator[Any]:
    """The application with as many connections as there are threads."""
    made = main({}, **{**settings, **database.settings, "jemeti.pool_size": "12"})
    yield made
    for engine in made.registry.platform.engines.values():
        engine.dispose()


@pytest.fixture
def client(crowded: Any, tenant: TestWorkspace, admin: Any) -> Api:
    return Api(crowded, f"{tenant.slug}.localhost", tenant, tenant.login(), admin)


@pytest.fixture
def limit(api: Api) -> Callable[[int | None], None]:
    """Sets how many bytes the workspace may keep."""

    def to(most: int | None) -> None:
        assert api.workspace is not None
        where = f"/platform/tenants/{api.workspace.slug}/subscription"
        api.platform.patch(where, {"limits": {"files.bytes": most}}, expect=200)

    return to


def used(tenant: TestWorkspace) -> tuple[int, int]:
    """What the counter says, and what the rows say."""
    with tenant.work() as work:
        (counted,), (summed,) = work.read(USED, SUM)
    return counted["used"], summed["used"]


def test_two_hundred_uploads_at_once_fill_the_room_and_no_more(
    client: Api, tenant: TestWorkspace, limit: Callable[[int | None], None]
) -> None:
    limit(ROOM * len(DATA) + 999)
    with ThreadPoolExecutor(12) as threads:
        sent = [threads.submit(client.upload, "/v1/files", DATA, f"{n}.txt", anything=True) for n in range(200)]
        replies = [one.result() for one in sent]
    statuses = [reply.status for reply in replies]
    assert (statuses.count(201), statuses.count(402)) == (ROOM, 200 - ROOM)
    assert used(tenant) == (ROOM * len(DATA), ROOM * len(DATA))
    storage = client.app.registry.platform.part(Storage)
    assert len(list(storage.list(str(tenant.id)))) == ROOM  # what was refused has left nothing in the store
    refused = next(reply for reply in replies if reply.status == 402)
    assert refused.error["details"]["limit"] == "files.bytes"
    assert refused.error["details"]["max"] == ROOM * len(DATA) + 999


def race(tenant: TestWorkspace, add: Callable[[Any], None]) -> int:
    """How many of sixty parallel writers were let in."""

    def once(_: int) -> bool:
        try:
            with tenant.work() as work:
                add(work)
        except PaymentRequired:
            return False
        return True

    with ThreadPoolExecutor(12) as threads:
        return sum(threads.map(once, range(60)))


def row() -> Bound:
    return insert_row(File, uuid7(), {"name": "x", "size": 100, "bytes": 100})


def test_reading_before_writing_would_let_too_many_in(
    tenant: TestWorkspace, limit: Callable[[int | None], None]
) -> None:
    """The negative control: the same race without the lock and without the CHECK."""
    limit(1000)

    def as_it_is(work: Any) -> None:
        reserve(work, 100)
        work.write(row())

    def naively(work: Any) -> None:
        (found,) = work.write(USED)[0]
        if found["used"] + 100 > 2000:
            raise PaymentRequired
        work.write(Bound("SELECT pg_sleep(0.02)", ()))
        work.write(UNLIMITED(), row())

    assert race(tenant, as_it_is) == 10
    assert used(tenant) == (1000, 1000)
    assert race(tenant, naively) > 10


def test_the_database_refuses_what_goes_past_the_counter(
    tenant: TestWorkspace, limit: Callable[[int | None], None]
) -> None:
    limit(150)
    with tenant.work() as work:
        reserve(work, 100)
        with pytest.raises(psycopg.errors.CheckViolation, match="within_limit"), work.transaction.savepoint():
            work.write(row(), row())
    assert used(tenant) == (0, 0)


def test_an_announced_upload_counts_at_once_and_is_corrected_in_the_end(
    api: Api, tenant: TestWorkspace, limit: Callable[[int | None], None]
) -> None:
    limit(5000)
    announced = api.post("/v1/files/uploads", {"name": "a.png", "size": len(PICTURE)}).data
    assert used(tenant) == (len(PICTURE), len(PICTURE))
    api.post("/v1/files/uploads", {"name": "b", "size": 5000}, expect=402)
    api.anonymous.put(announced["url"].removeprefix(f"http://{api.host}"), PICTURE)
    done = api.post(f"/v1/files/{announced['id']}/complete").data
    assert used(tenant) == (done["bytes"], done["bytes"])
    api.delete(f"/v1/files/{announced['id']}")
    assert used(tenant) == (0, 0)


def test_thumbnails_that_do_not_fit_refuse_the_whole(
    api: Api, tenant: TestWorkspace, limit: Callable[[int | None], None]
) -> None:
    limit(len(PICTURE) + 10)
    announced = api.post("/v1/files/uploads", {"name": "a.png", "size": len(PICTURE)}).data
    api.anonymous.put(announced["url"].removeprefix(f"http://{api.host}"), PICTURE)
    api.post(f"/v1/files/{announced['id']}/complete", expect=402)
    assert used(tenant) == (len(PICTURE), len(PICTURE))


def test_a_lower_limit_takes_nothing_away_and_lets_nothing_in(
    api: Api, tenant: TestWorkspace, limit: Callable[[int | None], None]
) -> None:
    kept = [api.upload("/v1/files", DATA, "a.txt").data["id"] for _ in range(3)]
    limit(1500)
    api.upload("/v1/files", DATA, "a.txt", expect=402)
    api.delete(f"/v1/files/{kept[0]}")
    api.upload("/v1/files", b"x", "a.txt", expect=402)
    api.delete(f"/v1/files/{kept[1]}")
    api.upload("/v1/files", b"x" * 500, "a.txt", expect=201)
    limit(None)
    api.upload("/v1/files", DATA, "a.txt", expect=201)
    assert used(tenant) == (2500, 2500)
