"""What nobody will ask for goes: what a killed process left, what never came, what an erased workspace left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.admin.erasure import discard_leftovers
from jemeti_platform.db.statement import Statement
from jemeti_platform.files.storage import Storage, key_of
from jemeti_platform.files.sweep import Swept, sweep
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.making import PICTURE
from jemeti_platform.testing.workspaces import TestWorkspace, platform_work

AGE = Statement(
    "UPDATE files SET created_at = now() - interval '2 days', expires_at = now() - interval '2 days' WHERE id = %(id)s"
)


@pytest.fixture
def storage(platform: Any, tmp_path: Path, database: Any) -> Any:
    """A folder that other processes see as well, in place of the memory."""
    memory = platform.part(Storage)
    platform.parts[Storage] = Storage.from_settings({**platform.settings, "jemeti.files.url": tmp_path.as_uri()})
    yield platform.parts[Storage]
    platform.parts[Storage] = memory


def keys(storage: Storage, tenant: TestWorkspace) -> set[str]:
    return {kept.key for kept in storage.list(str(tenant.id))}


def age(storage: Storage) -> None:
    """Make everything in the folder two days old."""
    moment = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    assert storage.folder is not None
    for path in storage.folder.rglob("*"):
        os.utime(path, (moment, moment))


UPLOAD = """
    import os, signal, sys
    from jemeti_platform import files
    from jemeti_platform.boot import make_platform, transaction
    from jemeti_platform.files import files
    from jemeti_platform.testing.making import PICTURE
    from jemeti_platform.work import Actor, Work

    def die(*ignored):
        os.kill(os.getpid(), signal.SIGKILL)

    settings = eval(sys.stdin.readline())
    platform = make_platform(settings)
    if sys.argv[2] == "before the row":
        files.reserve = die
    with transaction() as manager:
        work = Work(platform, __import__("uuid").UUID(sys.argv[1]), Actor("system", "upload"), manager)
        files.add(work, "photo.png", PICTURE)
        if sys.argv[2] == "before the commit":
            work.transaction.run()
            die()
"""


@pytest.mark.parametrize("moment", ["before the row", "before the commit"])
def test_a_process_killed_in_an_upload_leaves_nothing_after_the_sweep(
    api: Api, tenant: TestWorkspace, storage: Storage, database: Any, settings: dict[str, str], moment: str
) -> None:
    kept = api.upload("/v1/files", PICTURE, "kept.png").data["id"]
    good = keys(storage, tenant)
    assert storage.folder is not None
    told = {**settings, **database.settings, "jemeti.files.url": storage.folder.as_uri()}
    line = [sys.executable, "-c", textwrap.dedent(UPLOAD), str(tenant.id), moment]
    ended = subprocess.run(line, input=repr(told) + "\n", text=True, capture_output=True, timeout=300, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert len(keys(storage, tenant) - good) == 3
    with tenant.work() as work:
        assert sweep(work) == Swept(0, 0)  # it may still be at work
    age(storage)
    with tenant.work() as work:
        assert sweep(work) == Swept(0, 3)
    assert keys(storage, tenant) == good
    assert api.get(f"/v1/files/{kept}/content").status == 200


def test_an_upload_that_never_came_is_forgotten_with_what_it_had_reserved(
    api: Api, tenant: TestWorkspace, storage: Storage
) -> None:
    never, late = (api.post("/v1/files/uploads", {"name": "a", "size": 3}).data for _ in range(2))
    api.anonymous.put(late["url"].removeprefix(f"http://{api.host}"), b"a,b")
    with tenant.work() as work:
        assert sweep(work) == Swept(0, 0)
        work.write(AGE(id=never["id"]), AGE(id=late["id"]))
    age(storage)
    with tenant.work() as work:
        assert sweep(work) == Swept(2, 1)
    assert keys(storage, tenant) == set()
    assert api.get("/v1/files").data == []
    limits = {row["limit"]: row for row in api.get("/v1/features").meta["limits"]}
    assert limits["files.bytes"]["used"] == 0


def test_one_that_a_record_waits_for_is_left(api: Api, tenant: TestWorkspace, storage: Storage) -> None:
    pending = api.post("/v1/files/uploads", {"name": "a", "size": 3}).data["id"]
    with tenant.work() as work:
        work.write(AGE(id=pending), Statement("UPDATE workspaces SET logo_file_id = %(id)s")(id=pending))
        assert sweep(work) == Swept(0, 0)
    assert api.get(f"/v1/files/{pending}").data["status"] == "pending"


def test_the_sweep_looks_neither_into_other_workspaces_nor_at_other_parts(
    api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace, storage: Storage
) -> None:
    orphan = key_of(tenant.id, "files", uuid4())
    others = {key_of(tenant.id, "documents", uuid4()), key_of(other_tenant.id, "files", uuid4())}
    for key in (orphan, *others):
        storage.put(key, b"x", "text/plain")
    age(storage)
    with tenant.work() as work:
        assert sweep(work) == Swept(0, 1)
    assert keys(storage, tenant) | keys(storage, other_tenant) == others


def test_the_worker_sweeps_every_night(platform: Any) -> None:
    assert platform.periodics["files.sweep"].cron == "23 2 * * *"


def test_what_an_erasure_could_not_delete_is_deleted_later(
    api: Api, tenant: TestWorkspace, platform: Any, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.upload("/v1/files", PICTURE, "a.png")
    where = f"/platform/tenants/{tenant.slug}"
    admin: Callable[..., Any] = api.platform.post

    def away(*ignored: Any) -> None:
        raise OSError("the store is away")

    with monkeypatch.context() as broken:
        broken.setattr(storage, "delete", away)
        admin(f"{where}/close", {"reason": "leaving"})
        admin(f"{where}/erase", {"confirm": tenant.slug, "reason": "leaving"}, expect=200)
    assert len(keys(storage, tenant)) == 3
    with platform_work(platform) as work:
        assert discard_leftovers(work) == 3
    assert keys(storage, tenant) == set()
