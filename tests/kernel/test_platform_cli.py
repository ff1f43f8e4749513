"""`jemeti tenants`, `features` and `plans`: the platform's work from the command line, logged as the operator's."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from jemeti_platform.cli import main
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace

from .shop_platform import FOLDER, Shop, first_shop  # noqa: F401 (a fixture)

Run = Callable[..., Result]
CORE = "/v1/shop/shop.core"


@pytest.fixture
def run(
    shop: Shop, database: Database, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Runs `jemeti …` with an ini for this database; ``fails=True`` expects exit status 1 and no traceback."""
    ini = tmp_path / "test.ini"
    values = {**settings, **database.settings, "jemeti.plugins": "shop stock"}
    lines = [f"{key} = {value.replace('%', '%%')}" for key, value in values.items()]
    ini.write_text("\n".join(["[app:main]", "use = egg:jemeti", *lines, "[server:main]", ""]), encoding="utf-8")
    monkeypatch.setenv("LOGNAME", "amina")
    monkeypatch.syspath_prepend(FOLDER)

    def invoke(*arguments: str, fails: bool = False, typed: str | None = None) -> Result:
        result = CliRunner().invoke(main, [*arguments, "--ini", str(ini)], input=typed)
        if fails:
            assert result.exit_code == 1, result.output
            assert isinstance(result.exception, SystemExit), result.exc_info
        else:
            assert result.exit_code == 0, (result.output, result.exc_info)
        return result

    yield invoke
    assert FOLDER in sys.path


@pytest.fixture
def here(shop: Shop) -> TestWorkspace:
    return shop.workspace()


def lines(shop: Shop, reference: Any) -> list[tuple[str, str]]:
    rows = shop.admin.get("/platform/audit-log", params={"tenant": reference, "sort": "at"}).data
    return [(row["action"], row["actor"]) for row in rows]


def test_a_workspace_is_made_shown_and_listed(run: Run, shop: Shop) -> None:
    slug = f"cli-{uuid4().hex[:8]}"
    given = ("--name", "Amina Motors", "--plan", "shop-full", "--country", "BD", "--owner-name", "Amina")
    made = run("tenants", "create", slug, *given, "--owner-email", "amina@x.example")
    assert made.output.endswith(f"The workspace {slug} is there, on shop-full; amina@x.example is invited.\n")
    assert "Amina Motors" in run("tenants", "list", "--plan", "shop-full").output
    told = run("tenants", "show", slug).output
    for word in ("Amina Motors", "BDT", "Asia/Dhaka", "shop, stock", "users.max unlimited"):
        assert word in told
    assert lines(shop, slug) == [("workspace.created", "amina (command line)")]
    refused = run("tenants", "create", slug, *given, "--owner-email", "amina@x.example", fails=True)
    assert "already exists" in refused.output
    refused = run("tenants", "create", "Amina!", *given, "--owner-email", "amina@x.example", fails=True)
    assert "slug" in refused.output


def test_the_owners_password_may_be_typed(run: Run, shop: Shop) -> None:
    slug = f"cli-{uuid4().hex[:8]}"
    given = (
        "--name",
        "B",
        "--plan",
        "shop-full",
        "--country",
        "BD",
        "--owner-name",
        "B",
        "--owner-email",
        "b@x.example",
    )
    word = "seven brown lorries"
    run("tenants", "create", slug, *given, "--ask-password", typed=f"{word}\n{word}\n")
    client = shop.admin.anonymous.at(f"{slug}.localhost")
    client.post("/api/auth/login", {"email": "b@x.example", "password": word}, expect=200)
    refused = run("tenants", "create", f"{slug}x", *given, "--ask-password", typed="short\nshort\n", fails=True)
    assert "owner.password" in refused.output


def test_suspending_and_resuming(run: Run, shop: Shop, here: TestWorkspace) -> None:
    client = shop.api(here)
    client.get(CORE, expect=200)
    run("tenants", "suspend", here.slug, "--reason", "unpaid")
    client.get(CORE, expect=401)
    assert "suspended" in run("tenants", "suspend", here.slug, "--reason", "again", fails=True).output
    run("tenants", "resume", here.slug)
    client.get(CORE, expect=200)
    assert run("tenants", "close", here.slug, "--reason", "end", typed="n\n", fails=True).output.startswith("Close")
    run("tenants", "close", here.slug, "--reason", "end", "--yes")
    client.get(CORE, expect=401)
    assert lines(shop, here.slug)[1:] == [
        (f"workspace.{verb}", "amina (command line)") for verb in ("suspended", "resumed", "closed")
    ]


def test_an_archive_is_written_once(run: Run, here: TestWorkspace, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    run("tenants", "export", here.slug, str(file))
    assert "users.jsonl" in zipfile.ZipFile(file).namelist()
    assert "is there already" in run("tenants", "export", here.slug, str(file), fails=True).output
    run("tenants", "export", "nobody-here", str(tmp_path / "none.zip"), fails=True)
    assert [path.name for path in tmp_path.glob("*.zip*")] == ["all.zip"]


def test_an_override_is_set_explained_and_lifted(run: Run, shop: Shop, here: TestWorkspace) -> None:
    client = shop.api(here)
    told = run("features", "set", here.slug, "shop.core", "off", "--reason", "unpaid").output
    assert told == f"shop.core is off in {here.slug}.\nSwitched off: shop.\n"  # all of it needs the core
    client.get(CORE, expect=402)
    tree = run("features", "explain", here.slug, "shop.till").output
    assert tree.splitlines()[0] == (
        "shop.till is off: an override for this workspace says so for shop.core, on which it depends (unpaid)."
    )
    assert "shop.core (required): off" in tree
    assert "→ override    off  (amina (command line): unpaid)" in tree
    assert "→ plan        on  (the plan shop-full, by shop)" in tree
    listed = run("features", "list", here.slug).output
    assert "override of shop.core" in listed
    run("features", "lift", here.slug, "shop.core")
    client.get(CORE, expect=200)
    assert "no override" in run("features", "lift", here.slug, "shop.core", fails=True).output
    assert "no feature" in run("features", "explain", here.slug, "shop.nothing", fails=True).output


def test_a_trial_ends_by_itself_and_needs_what_it_requires(run: Run, shop: Shop) -> None:
    workspace = shop.workspace("shop-none")
    refused = run("features", "set", workspace.slug, "shop.till", "on", "--reason", "trial", fails=True)
    assert "shop.till needs stock.items, shop.core" in refused.output
    told = run(
        "features", "set", workspace.slug, "shop.core", "on", "--reason", "trial", "--until", "2199-01-31"
    ).output
    assert "Switched on: stock, shop." in told
    assert shop.api(workspace).get("/v1/features/shop.core").data["expires_at"] == "2199-01-31T00:00:00Z"


def test_plans_are_listed_and_shown(run: Run) -> None:
    assert "shop-basic" in run("plans", "list").output
    told = run("plans", "show", "shop-basic").output
    assert "shop.core" in told
    assert "no plan" in run("plans", "show", "nothing", fails=True).output


def test_apply_shows_asks_does_and_then_has_nothing_to_do(run: Run, shop: Shop, tmp_path: Path) -> None:
    slug = f"file-{uuid4().hex[:8]}"
    (tmp_path / "plans").mkdir()
    file = tmp_path / "plans" / f"{slug}.ini"
    file.write_text("[plan]\ntitle = T\n[features]\nstock = on\nrockets = on\n")
    where = ("--folder", str(tmp_path))
    shown = run("tenants", "apply", *where, "--dry-run").output
    for word in (f"plan {slug}", "stock: – → on", f"Not installed here, kept in the plan {slug}: rockets"):
        assert word in shown
    shop.admin.get(f"/platform/plans/{slug}", expect=404)
    assert "Aborted" in run("tenants", "apply", *where, typed="n\n", fails=True).output
    shop.admin.get(f"/platform/plans/{slug}", expect=404)
    assert "Applied." in run("tenants", "apply", *where, typed="y\n").output
    workspace = shop.workspace(slug)
    file.write_text("[plan]\ntitle = T\n[features]\nstock = on\nshop.core = on\n")
    shown = run("tenants", "apply", *where, "--yes").output
    assert workspace.slug in shown
    shop.api(workspace).get(CORE, expect=200)
    assert "Nothing to do." in run("tenants", "apply", *where).output
    file.write_text("[plan]\ntitle = T\n[features]\nshop.cor = on\n")
    refused = run("tenants", "apply", *where, "--yes", fails=True).output
    assert f"{slug}.ini" in refused
    assert "did you mean 'shop.core'" in refused


def test_an_administrator_is_made_and_helped_out(run: Run) -> None:
    email = f"ada-{uuid4().hex[:8]}@platform.example"
    made = run("admins", "create", email, "--name", "Ada", typed="zebra-umbrella-42-lantern\n" * 2)

    assert made.output.endswith(f"The administrator {email} can log in.\n")
    assert "zebra" not in made.output
    assert "is not on" in run("admins", "reset-two-factor", email, fails=True).output
    assert "no administrator" in run("admins", "reset-two-factor", "nobody@x.example", fails=True).output
    weak = run("admins", "create", "bob@platform.example", "--name", "Bob", typed="password\n" * 2, fails=True)
    assert "password" in weak.output
