"""The version promise: what goes is deprecated first and works until a major version; whoever uses it is told where."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from jemeti_platform import hookspecs, types
from jemeti_platform.deprecation import DEPRECATED, collected, declare, deprecated, moved
from jemeti_platform.fitting import first_misfit
from jemeti_platform.manifest import Manifest
from jemeti_platform.platform import Platform, kernel_version
from jemeti_platform.public_api import MODULES, public_names
from jemeti_platform.testing.running import command
from jemeti_platform.work import Work

from .plugins_on_disk import ADD, GET, plugins_on_disk  # noqa: F401 (a fixture)

TOP = Path(__file__).parents[1]
PAGE = (TOP / "docs" / "plugins.md").read_text(encoding="utf-8")
LISTED = {
    name: words
    for name, *words in re.findall(r"^\| `([\w.]+)` \| (.*) \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
}
for _module in MODULES:
    public_names(_module)
KNOWN = {name: warning for name, warning in DEPRECATED.items() if name.startswith("jemeti_platform.")}


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_deprecated_is_on_the_page_and_gone_in_a_major_version_that_is_not_here_yet(name: str) -> None:
    warning = KNOWN[name]
    assert LISTED[name] == [warning.instead, warning.since, warning.gone_in]
    since, gone_in, now = Version(warning.since), Version(warning.gone_in), Version(kernel_version())
    assert (gone_in.minor, gone_in.micro) == (0, 0), "only a major version takes something away"
    assert since.major < gone_in.major
    assert since <= now < gone_in, "it is time to take it out"


def test_the_page_lists_nothing_else() -> None:
    assert LISTED.keys() == KNOWN.keys() != set()


def test_what_is_deprecated_is_not_among_the_names_to_use() -> None:
    named = {f"{module}.{name}" for module in MODULES for name in public_names(module)}
    assert not named & KNOWN.keys()


# -- the three ways ---------------------------------------------------------------------------------


def test_a_name_that_has_moved_is_found_and_the_import_is_told() -> None:
    with collected() as uses:
        from jemeti_platform.types.codes import CountryCode
    assert CountryCode is types.CountryCode
    (use,) = uses
    assert use.file == __file__
    assert str(use.warning) == (
        "jemeti_platform.types.codes.CountryCode is deprecated since 1.0 and gone in 2.0: use"
        " jemeti_platform.types.CountryCode instead"
    )
    from jemeti_platform.types import codes

    with pytest.raises(AttributeError, match=r"module 'jemeti_platform\.types\.codes' has no attribute 'Continent'"):
        _ = codes.Continent  # type: ignore[attr-defined]  # that is the point


def test_a_method_that_is_deprecated_works_and_the_call_is_told(work: Work, platform: Platform) -> None:
    with collected() as uses:
        found = work.hook("jemeti_search")
    assert found(work=work, q="x", limit=1)
    assert [(use.warning.name, use.file) for use in uses] == [("jemeti_platform.work.Work.hook", __file__)]


def test_a_class_that_is_deprecated_works_and_who_makes_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jemeti_platform.deprecation.DEPRECATED", {})

    @deprecated("Crate", since="1.3", gone_in="2.0")
    class Box:
        def __init__(self, size: int) -> None:
            self.size = size

    with collected() as uses:
        assert Box(3).size == 3
        assert Box(size=4).size == 4
    assert [use.warning.instead for use in uses] == ["Crate", "Crate"]
    assert uses[1].line == uses[0].line + 1


def test_every_place_is_told_once_and_other_warnings_go_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jemeti_platform.deprecation.DEPRECATED", {})
    find = moved("here", {"Old": "decimal.Decimal"}, since="1.0", gone_in="2.0")
    with warnings.catch_warnings(record=True) as others, collected() as uses:
        warnings.simplefilter("always", UserWarning)
        for _ in range(3):
            find("Old")
        warnings.warn("something else", UserWarning, stacklevel=1)
    assert len(uses) == 1
    assert [str(other.message) for other in others] == ["something else"]


@pytest.fixture
def old_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform one of whose hooks is deprecated, and one argument of another."""
    monkeypatch.setattr("jemeti_platform.deprecation.DEPRECATED", {})

    def jemeti_greeting(work: Any) -> None:
        """Greet somebody."""

    def jemeti_farewell(work: Any, mood: str) -> None:
        """Say good-bye."""

    gone = declare("jemeti_greeting", "jemeti_welcome", since="1.4", gone_in="2.0")
    argument = declare("jemeti_farewell(mood)", "work.mood()", since="1.4", gone_in="2.0")
    specify = hookspecs.hookspec
    monkeypatch.setattr(hookspecs, "jemeti_greeting", specify(warn_on_impl=gone)(jemeti_greeting), raising=False)
    monkeypatch.setattr(
        hookspecs, "jemeti_farewell", specify(warn_on_impl_args={"mood": argument})(jemeti_farewell), raising=False
    )


def test_a_deprecated_hook_or_argument_is_called_and_told_once_where_the_plugin_has_it(
    boot: Callable[..., Any], old_hook: None
) -> None:
    hooks = (
        "\n@hookimpl\ndef jemeti_greeting(work): return 'hello'\n\n@hookimpl\ndef jemeti_farewell(work, mood): pass\n"
    )
    with collected() as uses:
        platform: Platform = boot(plug={"code": GET + hooks}, other={}).registry.platform
    told = {use.warning.name: use for use in uses}
    assert len(uses) == 2
    assert told.keys() == {"jemeti_greeting", "jemeti_farewell(mood)"}
    source = Path(told["jemeti_greeting"].file)
    assert source.name.endswith("_plug.py")
    assert source.read_text().splitlines()[told["jemeti_greeting"].line - 1 :][:2][-1].startswith("def jemeti_greeting")
    assert platform.hook("jemeti_greeting", frozenset({"plug"}))(work=None) == ["hello"]


# -- who tells --------------------------------------------------------------------------------------

TEST = """
import pytest

def test_old_name():
    from jemeti_platform.types.codes import Colour, CurrencyCode
    assert Colour and CurrencyCode

@pytest.mark.parametrize("n", range(3))
def test_again(n):
    from jemeti_platform.types.codes import Colour
"""


def run_tests(folder: Path, *more: str, ini: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "test_old.py").write_text(TEST)
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}")
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *more]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_a_plugins_tests_say_at_the_end_what_is_deprecated_and_where(
    tmp_path: Path, processes: tuple[str, ...]
) -> None:
    run = run_tests(tmp_path, *processes, "--disable-warnings")
    assert run.returncode == 0, run.stdout + run.stderr
    _, told = run.stdout.split("deprecated names of the platform")
    assert re.search(
        r"test_old\.py:5: jemeti_platform\.types\.codes\.Colour is deprecated since 1\.0 and gone in 2\.0", told
    )
    assert re.search(r"test_old\.py:5: jemeti_platform\.types\.codes\.CurrencyCode is deprecated", told)
    assert re.search(r"test_old\.py:10: .*Colour .*use jemeti_platform\.types\.Colour instead \(3 times\)", told)


def test_they_fail_where_warnings_are_errors(tmp_path: Path) -> None:
    run = run_tests(tmp_path, ini="filterwarnings = error")
    assert run.returncode == 1
    assert "PlatformDeprecation: jemeti_platform.types.codes.Colour is deprecated" in run.stdout


def test_a_run_without_any_says_nothing_of_them(tmp_path: Path) -> None:
    run = run_tests(tmp_path, "-k", "nothing_of_that_name")
    assert "deprecated" not in run.stdout


def test_the_check_of_a_plugin_names_them_and_stays_green(tmp_path: Path) -> None:
    source = shutil.copytree(TOP / "tests" / "plugin_check" / "lockers", tmp_path / "source")
    seeds = source / "lockers" / "seeds.py"
    seeds.write_text("from jemeti_platform.types.codes import Colour\n" + seeds.read_text())
    report = tmp_path / "report.json"
    argv = command("plugins", "check", source, "--json", report, "--only", "imports", "--only", "deprecations")
    run = subprocess.run(argv, cwd=TOP, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    checks = {one["id"]: one for one in json.loads(report.read_bytes())["checks"]}
    assert checks["imports"]["status"] == "passed"
    assert checks["deprecations"]["status"] == "warned"
    (finding,) = checks["deprecations"]["findings"]
    assert finding["place"] == "lockers/seeds.py:1"
    assert finding["message"] == "uses jemeti_platform.types.codes.Colour, deprecated since 1.0 and gone in 2.0"
    assert finding["remedy"] == "Use jemeti_platform.types.Colour instead."


# -- the range --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "fits"),
    [
        (">=1,<2", True),
        (">=1.0", True),
        ("~=1.0", True),
        (">=1,!=1.0.*", False),
        (">=2", False),
        ("<1", False),
        ("==0.9", False),
    ],
)
def test_the_range_of_platforms_is_enforced(boot: Callable[..., Any], platform: str, fits: bool) -> None:  # noqa: FBT001
    assert kernel_version().startswith("1.0")
    skip = {"jemeti.skip_failed_plugins": "true"}
    found = boot(skip, plug={"manifest": f"'version': '4.2', 'platform': '{platform}',"}, other={}).registry.platform
    assert ("plug" in found.manifests) == fits
    if not fits:
        reason = found.failed_plugins["plug"].reason
        assert f"version 4.2 wants a platform {platform}, this is {kernel_version()}" in reason


def test_a_release_candidate_of_the_platform_counts_as_its_version() -> None:
    plug = {"plug": Manifest(name="plug", title="P", version="1")}
    assert first_misfit(Manifest(name="kernel", title="K", version="1.4.0rc1"), plug) is None
    name, reason = first_misfit(Manifest(name="kernel", title="K", version="2.0.0rc1"), plug) or ("", "")
    assert name == "plug"
    assert "wants a platform >=1,<2, this is 2.0.0rc1" in reason


def test_the_default_range_is_this_major_version() -> None:
    assert Manifest(name="plug", title="P", version="1").platform == ">=1,<2"
