"""A plugin that cannot start stops the boot and is named; in development it is left out, and nothing of it stays."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.util import CommandError
from click.testing import CliRunner
from structlog.testing import capture_logs

from jemeti_platform.admin import plans, switching
from jemeti_platform.cli import main as jemeti
from jemeti_platform.db import migrate
from jemeti_platform.db.bystanders import bystanders
from jemeti_platform.errors import NotFound
from jemeti_platform.platform import BootError, Platform, PluginFailed
from jemeti_platform.rest.conformance import Conformance
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import admin_login, make_workspace, platform_work
from jemeti_platform.worker.running import Job, PutOff, run

from .plugins_on_disk import ADD, GET, plugins_on_disk  # noqa: F401 (a fixture)

SKIP = {"jemeti.skip_failed_plugins": "true"}
PRODUCTION = {"jemeti.environment": "production", "jemeti.jwt.keys": "a-key-of-production-" + "x" * 32}

HALFWAY = """
    config.add_service(one)
    config.add_listener(ValueError, lambda work, event: None)
    config.add_port(LookupError, lambda work: None)
    config.add_task("plug.later", lambda work: None)
    config.add_route("plug_own", "/plug/own")
    raise KeyError("rack")
"""
FAILURES = {
    "an import that fails": (
        {"whole": "import no_such_package_anywhere"},
        r"importing .* raises ModuleNotFoundError: .* \(.*_plug\.py:1\); correct it, or leave the plugin out",
    ),
    "Python that cannot be read": (
        {"whole": "def jemeti_manifest(:"},
        r"importing boot\d+_plug raises SyntaxError: .* \(.*_plug\.py:1\)",
    ),
    "a module that ends the process": ({"whole": "import sys; sys.exit(3)"}, r"importing .* raises SystemExit: 3"),
    "an entry point that leads nowhere": (
        {"entry point": "{module}:plugin"},
        r"importing boot\d+_plug:plugin raises AttributeError: module 'boot\d+_plug' has no attribute 'plugin'",
    ),
    "facts that cannot be asked": (
        {"manifest": "**{}['nothing'],"},
        r"its jemeti_manifest\(\) raises KeyError: 'nothing' \(.*_plug\.py:\d+\)",
    ),
    "facts of another kind": (
        {"whole": "def jemeti_manifest(): return {'name': 'plug'}"},
        r"its jemeti_manifest\(\) \(.*_plug\.py\) returns \{'name': 'plug'\}, which is no Manifest",
    ),
    "facts that contradict each other": (
        {"manifest": "'limits': (Limit('plug.max', 'M', -1),),"},
        r"limit 'plug\.max': the default is negative",
    ),
    "a platform of the future": (
        {"manifest": "'version': '3.1', 'platform': '>=2,<3',"},
        r"version 3\.1 wants a platform >=2,<3, this is 1\.\d+\.\d+; install a fitting version of one of them",
    ),
    "a requirement that is missing": (
        {"manifest": "'requires': ('wings',),"},
        r"it requires 'wings'; install that and add it to jemeti\.plugins",
    ),
    "a word that is taken": (
        {"manifest": "'limits': (Limit('users.max', 'Users'),),"},
        r"limit 'users\.max' is declared by 'kernel' and by 'plug'",
    ),
    "an includeme that raises halfway": (
        {"includeme": HALFWAY},
        r"setting it up raises KeyError: 'rack' \(.*_plug\.py:\d+\)",
    ),
    "no includeme": ({"whole": "MANIFEST"}, r"has no attribute 'includeme'|includeme"),
    "what Pyramid refuses in the end": (
        {"includeme": ADD + "\nconfig.add_view(print, route_name='nowhere')"},
        r"raises ConfigurationExecutionError: .*No route named nowhere found",
    ),
    "what the platform refuses to make for it": (
        {"code": GET + "from jemeti_platform.manifest import Feature\nFeature('No Slug', 'F')"},
        r"raises ManifestError: .* \(.*_plug\.py:\d+\)",
    ),
    "a document without its template": (
        {
            "manifest": "'documents': (SLIP,),",
            "code": GET + "from jemeti_platform.manifest import Document\n"
            "from jemeti_platform.rest.schema import Mapping\nclass Nothing(Mapping): pass\n"
            "SLIP = Document('slip', 'Slip', template='gone.typ', sample='gone.json', schema=Nothing)",
        },
        r"gone\.typ is not there; a manifest names it",
    ),
}
BARE = """
from jemeti_platform.manifest import Manifest
def jemeti_manifest(): return Manifest(name="plug", title="P", version="1.0")
"""


def parts_of(what: str) -> dict[str, str]:
    parts = FAILURES[what][0]
    return {"whole": BARE} if parts == {"whole": "MANIFEST"} else parts


@pytest.mark.parametrize("what", FAILURES)
def test_in_production_it_stops_the_boot_with_plugin_distribution_and_remedy(
    what: str, boot: Callable[..., Any]
) -> None:
    with pytest.raises(PluginFailed) as caught:
        boot(PRODUCTION, plug=parts_of(what), other={})
    assert re.match(r"the plugin 'plug' of boot\d+_plug 1\.0 cannot start: ", str(caught.value)), str(caught.value)
    assert re.search(FAILURES[what][1], str(caught.value)), str(caught.value)
    assert caught.value.plugin.name == "plug"


@pytest.mark.parametrize("what", FAILURES)
def test_in_development_it_is_named_and_nothing_of_it_stays(what: str, boot: Callable[..., Any]) -> None:
    with capture_logs() as lines:
        app = boot(SKIP, plug=parts_of(what), other={})
    platform: Platform = app.registry.platform
    assert list(platform.manifests) == ["other"]
    assert "/v1/other/one" in app.registry.services
    failed = platform.failed_plugins["plug"]
    assert re.search(FAILURES[what][1], failed.reason)
    (line,) = [line for line in lines if line["event"] == "a plugin is skipped"]
    assert (line["plugin"], line["log_level"], line["reason"]) == ("plug", "warning", failed.reason)
    assert line["distribution"].endswith("_plug 1.0")
    assert traces_of_plug(app) == []


def traces_of_plug(app: Any) -> list[str]:
    """Whatever the application knows by a name of the plugin's."""
    platform: Platform = app.registry.platform
    heard = [listener for several in platform.listeners.values() for listener in several if listener[0] == "plug"]
    named = [
        *app.registry.services,
        *(
            route.pattern
            for route in app.routes_mapper.get_routes(include_static=True)
            if "{plugin}" not in route.pattern
        ),
        *platform.features,
        *platform.permissions,
        *(name for name in platform.limits if name != "users.max"),
        *platform.tasks,
        *(plugin for plugin, _ in platform.ports.values()),
        *(port.__name__ for port in platform.ports if port is LookupError),
    ]
    return [name for name in named if re.search(r"\bplug\b", name)] + [str(listener) for listener in heard]


def test_what_requires_it_is_skipped_too_and_says_for_whose_sake(boot: Callable[..., Any]) -> None:
    needs = {"manifest": "'requires': ('plug',),"}
    further = {"manifest": "'requires': ('needs',),"}
    broken = {"whole": "import no_such_package_anywhere"}
    platform = boot(SKIP, plug=broken, needs=needs, further=further, other={}).registry.platform
    assert list(platform.manifests) == ["other"]
    assert platform.failed_plugins["needs"].reason == "it requires 'plug', which cannot start"
    assert platform.failed_plugins["further"].reason == "it requires 'needs', which cannot start"


def test_what_requires_one_that_fails_halfway_is_skipped_too(boot: Callable[..., Any]) -> None:
    needs = {"manifest": "'requires': ('plug',),"}
    halfway = {"includeme": HALFWAY}
    platform = boot(SKIP, plug=halfway, needs=needs, other={}).registry.platform
    assert list(platform.manifests) == ["other"]
    assert platform.failed_plugins["needs"].reason == "it requires 'plug', which cannot start"


def test_of_two_that_want_the_same_the_one_that_comes_later_is_skipped(boot: Callable[..., Any]) -> None:
    limit = "'limits': (Limit('cars.max', 'Cars'),),"
    platform = boot(SKIP, aa={"manifest": limit}, bb={"manifest": limit}).registry.platform
    assert list(platform.manifests) == ["aa"]
    route = ADD + "\nconfig.add_route('garage', '/{name}')"
    platform = boot(SKIP, cc={"includeme": route}, dd={"includeme": route}, ee={}).registry.platform
    assert list(platform.manifests) == ["cc", "ee"]
    assert "Conflicting configuration actions" in platform.failed_plugins["dd"].reason


def test_a_circle_is_skipped_as_a_whole(boot: Callable[..., Any]) -> None:
    yin, yang = {"manifest": "'requires': ('yang',),"}, {"manifest": "'requires': ('yin',),"}
    platform = boot(SKIP, yin=yin, yang=yang, other={}).registry.platform
    assert list(platform.manifests) == ["other"]
    assert "in a circle: " in platform.failed_plugins["yang"].reason
    assert platform.failed_plugins["yin"].reason == "it requires 'yang', which cannot start"


def test_a_name_that_nobody_offers_is_skipped(boot: Callable[..., Any]) -> None:
    platform = boot(SKIP, load="ghost other", other={}).registry.platform
    assert platform.failed_plugins["ghost"].distribution == ""
    assert "no installed distribution has an entry point" in platform.failed_plugins["ghost"].reason


def test_the_kernel_is_never_skipped(boot: Callable[..., Any]) -> None:
    with pytest.raises(BootError, match=r"jemeti\.pool_size is 'none'"):
        boot({**SKIP, "jemeti.pool_size": "none"}, other={})


def test_production_skips_nothing(boot: Callable[..., Any]) -> None:
    with pytest.raises(BootError, match=r"jemeti\.skip_failed_plugins is for development only"):
        boot({**PRODUCTION, **SKIP}, other={})
    with pytest.raises(BootError, match=r"jemeti\.skip_failed_plugins is 'yes'; it may be true or false"):
        boot({"jemeti.skip_failed_plugins": "yes"}, load="other")


# -- the application that is left --------------------------------------------------------------------


@pytest.fixture
def half(boot: Callable[..., Any], database: Database) -> Iterator[Any]:
    """An application of which one plugin runs, one failed while it was set up, and one could not be imported."""
    halfway = {"includeme": HALFWAY}
    app = boot({**SKIP, **database.settings}, plug=halfway, broken={"whole": "1 / 0"}, other={})
    with platform_work(app.registry.platform) as work:
        plans.save(work, plans.Plan("half", "Half", position=200, features={"other.one": "on"}))
    yield app
    for engine in app.registry.platform.engines.values():
        engine.dispose()


def api_of(app: Any) -> Api:
    workspace = make_workspace(app.registry.platform, app.registry.security_policy.tokens, plan="half")
    return Api(app, f"{workspace.slug}.localhost", workspace, workspace.login())


def test_paths_of_a_plugin_that_failed_are_503_and_all_others_answer_as_ever(half: Any) -> None:
    api = api_of(half)
    refused = api.get("/v1/plug/one", expect=503)
    assert refused.error["details"] == {"plugins": ["plug"]}
    assert "rack" not in refused.text
    api.get("/v1/plug/own/deeper", expect=503)
    api.get("/plug/own", expect=503)
    api.get("/v1/plugged", expect=404)
    api.get("/v1/broken/one", expect=404)
    assert api.get("/v1/other/one").data == {}


def test_readiness_names_them_and_administrators_read_why(half: Any) -> None:
    conformance = Conformance(half.registry.published.whole.document)
    api = api_of(half)
    ready = api.anonymous.get("/readyz")
    conformance.check("GET", "/readyz", ready.status, ready.headers, ready.body)
    assert ready.data["failed_plugins"] == ["broken", "plug"]
    assert "rack" not in ready.text
    admin = Api(half, "localhost", login=admin_login(half.registry.platform, half.registry.security_policy.tokens))
    listed = admin.get("/platform/plugins")
    conformance.check("GET", "/platform/plugins", listed.status, listed.headers, listed.body)
    rows = {row["name"]: row for row in listed.data}
    assert {name: row["status"] for name, row in rows.items()} == {
        "other": "running",
        "broken": "failed",
        "plug": "failed",
    }
    assert "KeyError: 'rack'" in rows["plug"]["reason"]
    assert rows["plug"]["paths"] == ["/plug"]
    assert "ZeroDivisionError" in rows["broken"]["reason"]
    assert rows["broken"]["title"] is None
    assert rows["other"]["distribution"].endswith("_other 1.0")


def test_whoever_switches_one_that_failed_is_told_why(half: Any) -> None:
    with platform_work(half.registry.platform) as work:
        for plugin, why in (("plug", "KeyError: 'rack'"), ("broken", "ZeroDivisionError")):
            with pytest.raises(NotFound, match=rf"^The plugin '{plugin}' cannot start: .*{why}"):
                switching.installed(work, plugin)
        assert switching.installed(work, "other").name == "other"


def test_where_all_plugins_run_readiness_does_not_speak_of_failed_ones(app: Any, api: Api) -> None:
    assert "failed_plugins" not in api.anonymous.get("/readyz").data


def test_jobs_of_a_plugin_that_failed_wait_for_it(half: Any) -> None:
    job = Job(1, "plug.later", uuid4(), {})
    with pytest.raises(PutOff, match="The plugin plug has not started"):
        run(half.registry.platform, job)
    with pytest.raises(LookupError, match=r"no installed plugin declares the task 'ghost\.later'"):
        run(half.registry.platform, Job(1, "ghost.later", uuid4(), {}))


def test_migrations_of_a_plugin_that_failed_may_have_been_run_before(database: Database, platform: Platform) -> None:
    rest = {name: manifest for name, manifest in platform.manifests.items() if name == "crm"}
    gone = [manifest.package for name, manifest in platform.manifests.items() if name != "crm"]
    with pytest.raises(CommandError, match="Can't locate revision"):
        migrate.upgrade(rest, database.migrate_url)
    assert migrate.upgrade(rest, database.migrate_url, beside=[*gone, "no.such.package", ""]) == []


def test_migrations_of_a_plugin_that_failed_are_read_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "wreck" / "migrations"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise SystemExit(3)")
    says = 'import wreck\nrevision: str = "wreck_0001"\ndown_revision = None\nbranch_labels = ("wreck",)\n'
    (folder / "0001_first.py").write_text(says + 'depends_on = "kernel_0001"\nprint(wreck)\n')
    (folder / "0002_unreadable.py").write_text("def (")
    monkeypatch.syspath_prepend(str(tmp_path))
    with bystanders(["wreck", "no_such_package"]) as folders:
        (copy,) = folders
        script: dict[str, Any] = {}
        exec((copy / "0001_first.py").read_text(), script)
        assert (script["revision"], script["down_revision"], script["depends_on"]) == (
            "wreck_0001",
            None,
            "kernel_0001",
        )
        with pytest.raises(NotImplementedError):
            script["upgrade"]()
        assert (copy / "0002_unreadable.py").read_text() == ""
    assert not copy.exists()


def test_commands_that_look_at_what_is_installed_name_it_beside_their_answer(
    boot: Callable[..., Any], tmp_path: Any
) -> None:
    with pytest.raises(PluginFailed):
        boot(plug={"whole": "1 / 0"}, other={})
    ini = tmp_path / "some.ini"
    ini.write_text("[app:main]\nuse = egg:jemeti\njemeti.domain = localhost\njemeti.plugins = plug other\n")
    ran = CliRunner().invoke(jemeti, ["routes", "--ini", str(ini), "--json"])
    assert ran.exit_code == 0, ran.output
    assert "/v1/other/one" in ran.stdout
    assert "Skipped" not in ran.stdout
    assert re.search(r"Skipped: the plugin 'plug' of boot\d+_plug 1\.0 cannot start: .*ZeroDivisionError", ran.stderr)
