"""`jemeti plugins enable|disable`: a plugin on with its first rows and its past, or off as if nobody had tried."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result

from jemeti_platform.admin import kill_switches, switching, workspaces
from jemeti_platform.cli import main
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.platform import Platform
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.waiting import LONG, wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace, platform_work

from .shop_platform import FOLDER, Shop, first_shop, second_shop  # noqa: F401 (fixtures)

Run = Callable[..., Result]
CORE = "/v1/shop/shop.core"


@pytest.fixture
def run(
    shop: Shop, database: Database, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Runs `jemeti plugins …` with an ini for this database; ``fails=True`` expects exit status 1 and no traceback."""
    ini = tmp_path / "test.ini"
    values = {**settings, **database.settings, "jemeti.plugins": "shop stock"}
    lines = [f"{key} = {value.replace('%', '%%')}" for key, value in values.items()]
    ini.write_text("\n".join(["[app:main]", "use = egg:jemeti", *lines, "[server:main]", ""]), encoding="utf-8")
    monkeypatch.setenv("LOGNAME", "amina")
    monkeypatch.syspath_prepend(FOLDER)

    def invoke(*arguments: str, fails: bool = False, typed: str | None = None) -> Result:
        result = CliRunner().invoke(main, ["plugins", *arguments, "--ini", str(ini)], input=typed)
        if fails:
            assert result.exit_code == 1, result.output
            assert isinstance(result.exception, SystemExit), result.exc_info
        else:
            assert result.exit_code == 0, (result.output, result.exc_info)
        return result

    return invoke


@pytest.fixture
def bare(shop: Shop) -> TestWorkspace:
    """A workspace whose plan sells nothing of the shop."""
    return shop.workspace("shop-none")


@pytest.fixture
def module(shop: Shop) -> Any:
    """The plugin's module; the command line, in the same process, loads the same."""
    return shop.platform.module("shop")


def switch(shop: Shop, workspace: TestWorkspace) -> switching.Switching:
    with platform_work(shop.platform) as work:
        return switching.enable(work, "shop", workspace.slug, reason="a test")


def audited(shop: Shop, workspace: TestWorkspace) -> list[tuple[str, dict[str, Any]]]:
    rows = shop.admin.get("/platform/audit-log", params={"tenant": workspace.slug, "sort": "at"}).data
    return [(row["action"], row["after"]) for row in rows if row["action"].startswith(("plugin.", "override."))]


def count(shop: Shop, workspace: TestWorkspace, *items: UUID) -> None:
    with workspace.work() as work:
        for item in items:
            work.emit(shop.platform.module("stock").ItemCounted(item, Decimal(1)))


def overrides(shop: Shop, workspace: TestWorkspace) -> dict[str, str]:
    rows = shop.admin.get(f"/platform/tenants/{workspace.slug}/features").data
    return {row["feature"]: row["override"]["value"] for row in rows if row["override"]}


def heard(module: Any, workspace: TestWorkspace) -> list[UUID]:
    return [event.item_id for tenant, event, _ in module.HEARD if tenant == str(workspace.id)]


def test_a_plugin_is_switched_on_and_off_and_leaves_nothing_in_the_way(
    run: Run, shop: Shop, bare: TestWorkspace
) -> None:
    client = shop.api(bare)
    client.get(CORE, expect=402)
    run("enable", "stock", "--workspace", bare.slug)
    told = run("enable", "shop", "--workspace", bare.slug, "--reason", "they asked").output
    assert told.startswith(f"shop is on in {bare.slug}.\n  shop.core: override, on\n")
    client.get(CORE, expect=200)
    why = client.get("/v1/features/shop.till").data
    assert (why["value"], why["decided_by"], why["reason"]) == ("on", "override", "they asked")
    told = run("disable", "shop", "--workspace", bare.slug).output
    assert told.startswith(f"shop is off in {bare.slug}.\n  shop.core: the override was lifted\n")
    assert "What it has kept stays" in told
    refused = client.get(CORE, expect=402)
    assert refused.error["details"]["decided_by"] == "default"
    assert set(overrides(shop, bare)) == {"stock.items", "stock.local"}
    verbs = [action for action, _ in audited(shop, bare) if action.startswith("plugin.")]
    assert verbs == ["plugin.enabled", "plugin.enabled", "plugin.disabled"]
    assert audited(shop, bare)[-1][1]["disabled"] == ["shop"]


def test_what_a_plan_sells_is_switched_off_by_one_override_which_enabling_lifts(run: Run, shop: Shop) -> None:
    workspace = shop.workspace("shop-full")
    told = run("disable", "shop", "--workspace", workspace.slug, "--reason", "unpaid").output
    assert "  shop: override, off\n" in told
    assert overrides(shop, workspace) == {"shop": "off"}
    shop.api(workspace).get(CORE, expect=402)
    assert "  shop: the override was lifted\n" in run("enable", "shop", "--workspace", workspace.slug).output
    assert overrides(shop, workspace) == {}
    shop.api(workspace).get(CORE, expect=200)


def test_repeating_it_changes_nothing(run: Run, shop: Shop, bare: TestWorkspace, module: Any) -> None:
    for name in ("stock", "shop"):
        run("enable", name, "--workspace", bare.slug)
    lines = audited(shop, bare)
    again = run("enable", "shop", "--workspace", bare.slug).output
    assert again == f"shop is on in {bare.slug} already; nothing was changed.\n"
    assert module.CALLS.count(("enabled", str(bare.id))) == 1
    for _ in range(2):
        told = run("disable", "shop", "--workspace", bare.slug).output
    assert told == f"shop is off in {bare.slug} already; nothing was changed.\n"
    assert module.CALLS.count(("disabled", str(bare.id))) == 1
    assert len(audited(shop, bare)) == len(lines) + 5, "four overrides lifted, and the plugin disabled"


def test_first_rows_are_written_anew_after_another_version_was_installed(
    run: Run, shop: Shop, bare: TestWorkspace, module: Any, database: Database
) -> None:
    for name in ("stock", "shop"):
        run("enable", name, "--workspace", bare.slug)
    with database.connect() as superuser:
        older = """UPDATE tenants SET plugins = plugins || '{"shop": "0.9.0"}' WHERE id = %s"""
        superuser.execute(older, [bare.id])
    assert "Its first rows were written anew" in run("enable", "shop", "--workspace", bare.slug).output
    assert module.CALLS.count(("enabled", str(bare.id))) == 2
    assert audited(shop, bare)[-1] == ("plugin.renewed", {"version": "1.0.0"})
    assert "already" in run("enable", "shop", "--workspace", bare.slug).output


def test_a_single_feature_and_a_trial(run: Run, shop: Shop, bare: TestWorkspace) -> None:
    run("enable", "stock", "--workspace", bare.slug, "--feature", "stock.items")
    run("enable", "shop", "--workspace", bare.slug, "--feature", "shop.core", "--until", "2199-01-31")
    assert overrides(shop, bare) == {"stock.items": "on", "shop.core": "on"}
    assert shop.api(bare).get("/v1/features/shop.core").data["expires_at"] == "2199-01-31T00:00:00Z"
    refused = run("enable", "shop", "--workspace", bare.slug, "--feature", "stock.items", fails=True).output
    assert "'stock.items' is none of 'shop'" in refused
    past = run("enable", "shop", "--workspace", bare.slug, "--until", "2001-01-01", fails=True).output
    assert "Must lie in the future" in past


def test_what_is_missing_is_named_with_the_command_that_mends_it(run: Run, shop: Shop, bare: TestWorkspace) -> None:
    refused = run("enable", "shop", "--workspace", bare.slug, fails=True).output
    assert "shop.till needs stock.items" in refused
    command = f"jemeti plugins enable stock --workspace {bare.slug} --feature stock.items"
    assert command in refused
    assert overrides(shop, bare) == {}
    run(*command.split()[2:])
    run("enable", "shop", "--workspace", bare.slug)
    refused = run("disable", "stock", "--workspace", bare.slug, fails=True).output
    assert f"'stock' is needed in '{bare.slug}' by shop." in refused
    assert f"jemeti plugins disable shop --workspace {bare.slug}" in refused


def test_what_needs_it_is_named_in_the_order_in_which_it_can_be_switched_off(platform: Platform) -> None:
    with platform_work(platform) as work:
        assert switching.needed_by(work, "crm", lambda feature: True) == ["dvi", "jobs"]
        assert switching.needed_by(work, "jobs", lambda feature: True) == ["dvi"]
        assert switching.needed_by(work, "crm", lambda feature: feature != "jobs.dvi") == ["jobs"]


def test_what_is_needed_must_be_on_and_not_only_readable(run: Run, shop: Shop, bare: TestWorkspace) -> None:
    run("enable", "stock", "--workspace", bare.slug)
    shop.admin.put(f"/platform/tenants/{bare.slug}/features/stock.items", {"value": "read_only", "reason": "unpaid"})
    refused = run("enable", "shop", "--workspace", bare.slug, fails=True).output
    assert "shop.till would be read-only all the same, as stock.items is (unpaid)." in refused
    shop.api(bare).get(CORE, expect=402)


def test_a_kill_switch_is_stronger_and_is_told(run: Run, shop: Shop, bare: TestWorkspace) -> None:
    run("enable", "stock", "--workspace", bare.slug)
    with platform_work(shop.platform) as work:
        kill_switches.pull(work, "shop.core", "off", reason="it burns")
    try:
        refused = run("enable", "shop", "--workspace", bare.slug, fails=True).output
        assert "A kill switch holds shop.core off for every workspace (it burns)." in refused
        assert "DELETE /platform/features/shop.core" in refused
    finally:
        with platform_work(shop.platform) as work:
            kill_switches.lift(work, "shop.core")
    assert "shop" not in overrides(shop, bare)


def test_the_past_is_told_and_what_was_heard_is_said(run: Run, shop: Shop, bare: TestWorkspace, module: Any) -> None:
    run("enable", "stock", "--workspace", bare.slug)
    items = [uuid4() for _ in range(25)]
    count(shop, bare, *items)
    told = run("enable", "shop", "--workspace", bare.slug)
    assert "  shop was told of 25 past events.\n" in told.stdout
    lines = told.stderr.splitlines()
    assert lines[0] == f"{bare.slug}: shop was told of 0 of 25 past events"
    assert lines[-1] == f"{bare.slug}: shop was told of 25 of 25 past events"
    assert len(lines) == 11
    assert heard(module, bare) == items
    assert audited(shop, bare)[-1][1]["told"] == {"shop": 25}


def test_what_fails_while_the_past_is_told_is_named_and_leaves_nothing(
    run: Run, shop: Shop, bare: TestWorkspace, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("enable", "stock", "--workspace", bare.slug)
    items = [uuid4() for _ in range(3)]
    count(shop, bare, *items)
    before = audited(shop, bare)

    class Last(list[Exception]):
        """Raises at the third event, when two have been heard."""

        def __bool__(self) -> bool:
            return len(heard(module, bare)) == 2

    monkeypatch.setattr(module, "DEAF", Last([OSError("cannot hear")]))
    refused = run("enable", "shop", "--workspace", bare.slug, fails=True).output
    assert f"shop was not switched on in {bare.slug}, and nothing was kept. OSError: cannot hear" in refused
    assert "shop:hear of 'shop' was being told of the event" in refused
    assert "stock.item.counted" in refused
    assert "shop.py, line" in refused
    shop.api(bare).get(CORE, expect=402)
    assert audited(shop, bare) == before
    monkeypatch.setattr(module, "DEAF", [])
    module.HEARD.clear()
    run("enable", "shop", "--workspace", bare.slug)
    assert heard(module, bare) == items, "all of it is told again: of what was told before nothing was kept"


def test_first_rows_that_fail_leave_it_off(
    run: Run, shop: Shop, bare: TestWorkspace, monkeypatch: pytest.MonkeyPatch, module: Any
) -> None:
    run("enable", "stock", "--workspace", bare.slug)
    monkeypatch.setattr(module, "CALLS", None)
    refused = run("enable", "shop", "--workspace", bare.slug, fails=True).output
    assert "AttributeError: 'NoneType' object has no attribute 'append'" in refused
    assert "jemeti_tenant_enabled of 'shop' was writing the first rows" in refused
    shop.api(bare).get(CORE, expect=402)
    assert "shop" not in shop.admin.get(f"/platform/tenants/{bare.slug}").data["plugins"]


def test_several_workspaces_and_one_that_fails_does_not_keep_the_others_from_it(
    run: Run, shop: Shop, bare: TestWorkspace
) -> None:
    other = shop.workspace("shop-basic")
    where = ("--workspace", bare.slug, "--workspace", other.slug, "--workspace", "nobody-here")
    refused = run("enable", "shop", *where, fails=True)
    assert f"shop is on in {other.slug}." in refused.stdout
    assert f"Error: shop was not switched on in {bare.slug}" in refused.stderr
    assert f"2 of 3 workspaces failed: {bare.slug}, nobody-here" in refused.stderr
    shop.api(other).get("/v1/shop/shop.till", expect=200)
    assert "did you mean 'shop'" in run("enable", "shp", "--workspace", bare.slug, fails=True).output
    mistyped = bare.slug[:-1]
    said = run("enable", "shop", "--workspace", mistyped, fails=True).output
    assert f"There is no workspace '{mistyped}'; did you mean '{bare.slug[:5]}" in said
    assert "did you mean" not in run("enable", "shop", "--workspace", "qqqqqqqq", fails=True).output


def test_many_are_asked_about(run: Run, shop: Shop) -> None:
    plan = f"many-{uuid4().hex[:8]}"
    shop.admin.put(f"/platform/plans/{plan}", {"title": "Many", "features": {}}, expect=201)
    workspaces = [shop.workspace(plan) for _ in range(2)]
    asked = run("enable", "stock", "--plan", plan, typed="n\n", fails=True).output
    assert asked.startswith("Switch stock on in 2 workspaces?")
    assert [overrides(shop, one) for one in workspaces] == [{}, {}]
    run("enable", "stock", "--plan", plan, typed="y\n")
    assert [set(overrides(shop, one)) for one in workspaces] == [{"stock.items", "stock.local"}] * 2
    run("disable", "stock", "--plan", plan, "--yes")
    assert [overrides(shop, one) for one in workspaces] == [{}, {}]
    assert "Switch stock on in" in run("enable", "stock", "--all", typed="n\n", fails=True).output
    assert "no plan" in run("enable", "stock", "--plan", "no-such", fails=True).output


class Slow(list[Exception]):
    """Keeps the listener waiting that looks into it: ``busy`` is set when it does, ``go_on`` lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.busy, self.go_on = Event(), Event()

    def __bool__(self) -> bool:
        self.busy.set()
        assert self.go_on.wait(LONG)
        return False


@pytest.fixture
def slow(run: Run, shop: Shop, bare: TestWorkspace, module: Any, monkeypatch: pytest.MonkeyPatch) -> Slow:
    """The past of the workspace is one event, and telling it takes until it is let go."""
    run("enable", "stock", "--workspace", bare.slug)
    count(shop, bare, uuid4())
    made = Slow()
    monkeypatch.setattr(module, "DEAF", made)
    return made


def test_of_two_operators_one_switches_and_the_other_finds_it_done(
    shop: Shop, twin: Shop, bare: TestWorkspace, module: Any, slow: Slow, database: Database
) -> None:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(switch, shop, bare)
        assert slow.busy.wait(LONG)
        second = pool.submit(switch, twin, bare)
        wait_until_blocked(database)
        slow.go_on.set()
        assert first.result(LONG).on == ("shop",)
        assert second.result(LONG).is_empty
    assert module.CALLS.count(("enabled", str(bare.id))) == 1
    assert len(heard(module, bare)) == 1


def test_without_the_lock_the_other_decides_it_all_again(
    shop: Shop, twin: Shop, bare: TestWorkspace, slow: Slow, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the workspace is read as ever, but not held, and the second goes by what it read."""
    sql, lock = workspaces._LOCK.sql, " FOR NO KEY UPDATE"
    assert sql.endswith(lock)
    monkeypatch.setattr(workspaces, "_LOCK", Statement(sql.removesuffix(lock)))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(switch, shop, bare)
        assert slow.busy.wait(LONG)
        second = pool.submit(switch, twin, bare)
        wait_until_blocked(database)
        slow.go_on.set()
        assert second.result(LONG).overrides == first.result(LONG).overrides != {}


def test_a_kill_switch_does_not_wait_for_who_hears_of_the_past(
    shop: Shop, twin: Shop, bare: TestWorkspace, slow: Slow
) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(switch, shop, bare)
        assert slow.busy.wait(LONG)
        with platform_work(twin.platform) as work:
            kill_switches.pull(work, "shop.till", "off", reason="it burns")
        try:
            assert not first.done()
            slow.go_on.set()
            with pytest.raises(Conflict, match=r"shop.till would be off all the same, as shop.till is \(it burns\)"):
                first.result(LONG)
        finally:
            slow.go_on.set()
            with platform_work(twin.platform) as work:
                kill_switches.lift(work, "shop.till")
    shop.api(bare).get(CORE, expect=402)
    assert switch(shop, bare).on == ("shop",)
    shop.api(bare).get("/v1/shop/shop.till", expect=200)


def test_the_list_says_whether_a_plugin_is_ready_and_where_it_is_on(run: Run, shop: Shop, bare: TestWorkspace) -> None:
    run("enable", "stock", "--workspace", bare.slug, "--feature", "stock.items", "--reason", "they asked")
    stock, _ = json.loads(run("list", "--json").stdout)
    assert (stock["plugin"], stock["version"], stock["state"], stock["reason"]) == ("stock", "2.0.0", "ready", None)
    assert bare.slug in stock["workspaces"]
    shown = run("list").output
    assert re.search(r"^stock +2\.0\.0 +Stock +ready +\d", shown, re.MULTILINE)
    assert re.search(r"^shop +1\.0\.0 +Shop +ready .*shop\.core\.bulk", shown, re.MULTILINE)
    here = run("list", "--workspace", bare.slug).output
    assert re.search(r"^stock +on +2\.0\.0", here, re.MULTILINE)
    assert re.search(r"^  stock\.items +on +override: they asked", here, re.MULTILINE)
    assert re.search(r"^shop +off +–", here, re.MULTILINE)
    (there, _) = json.loads(run("list", "--workspace", bare.slug, "--json").stdout)
    assert (there["value"], there["first_rows_of"]) == ("on", "2.0.0")
    assert there["features"]["stock.items"]["decided_by"] == "override"


def test_a_database_that_cannot_be_asked_keeps_nobody_from_seeing_what_is_installed(
    run: Run, tmp_path: Path, database: Database
) -> None:
    ini = tmp_path / "test.ini"
    ini.write_text(ini.read_text().replace(database.name, "jemeti_not_there"))
    listed = run("list", "--json")
    assert [row["state"] for row in json.loads(listed.stdout)] == ["unknown", "unknown"]
    assert "The database cannot be asked" in listed.stderr
