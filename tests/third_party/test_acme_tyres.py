"""A plugin by somebody else, from a distribution of its own outside this repository: found, migrated, gated, swept."""

import re
from pathlib import Path

import pytest

from tests.third_party.outside import checked, install, run, swept_and_passed

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(HERE / "acme-tyres", tmp_path_factory.mktemp("acme"))


def test_its_authors_tests_pass_with_nothing_but_the_installed_platform(outside: Path) -> None:
    """They load the plugin alone, migrate it, switch it on and off, hold it to the contract, and sweep it."""
    swept, passed = swept_and_passed(outside, "tyres")
    assert passed >= 90
    print(swept)  # noqa: T201 (the figures are the result)


def test_it_keeps_every_promise_that_an_administrator_asks_for(tmp_path: Path) -> None:
    report = checked(HERE / "acme-tyres", tmp_path / "report.json")
    assert report["green"], report
    # what it costs is measured here beside other tests, and proves nothing
    assert {one["status"] for one in report["checks"] if one["id"] != "cost"} == {"passed"}, report


def test_it_is_found_beside_our_own_plugins(outside: Path) -> None:
    say = (
        "from jemeti_platform.kernel import KERNEL; from jemeti_platform.platform import Platform; "
        "found = Platform(settings={'jemeti.plugins': '*'}, kernel=KERNEL); "
        "print(*found.manifests, 'tyres.storage' in found.features)"
    )
    assert {"crm", "tyres", "True"} <= set(run(outside, "-c", say).split())


def test_neither_the_kernel_nor_our_plugins_know_it() -> None:
    """Tyres are a word that workshops use; its tables, features and package are nobody's but its own."""
    ours = re.compile(r"acme|\btyres[._]", re.IGNORECASE)
    kernel = re.compile(r"acme|\btyres\b", re.IGNORECASE)
    knowing = [
        path.relative_to(ROOT)
        for folder in ("jemeti_platform", "migrations", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        if (ours if folder == "plugins" else kernel).search(path.read_text())
    ]
    assert knowing == []
