"""A plugin by somebody else, from a distribution of its own outside this repository: found, migrated, gated, swept."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugin's own tests, and ``site`` with the plugin as pip has built and installed it."""
    folder = tmp_path_factory.mktemp("acme")
    source = shutil.copytree(HERE / "acme-tyres", folder / "source")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
            *("--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder / "site"), str(source)),
        ],
        check=True,
    )
    shutil.move(source / "tests", folder / "tests")
    shutil.rmtree(source)
    return folder


def run(outside: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    finished = subprocess.run(
        [sys.executable, *command],
        cwd=outside,
        env={**environment, "PYTHONPATH": os.pathsep.join([str(outside / "site"), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_its_authors_tests_pass_with_nothing_but_the_installed_platform(outside: Path) -> None:
    """They load the plugin alone, migrate it, switch it on and off, hold it to the contract, and sweep it."""
    out = run(outside, "-m", "pytest", "-q", "-rP", "-p", "no:cacheprovider", "-o", "jemeti_plugins=tyres", "tests")
    passed = re.search(r"(\d+) passed", out)
    assert passed
    assert int(passed[1]) >= 90
    swept = re.search(r"(\d+) routes × \d+ identities × \d+ ids = (\d+) requests, 0 leaks", out)
    assert swept, out
    print(swept[0])  # noqa: T201 (the figures are the result)


def test_it_is_found_beside_our_own_plugins(outside: Path) -> None:
    say = (
        "from jemeti_platform.kernel import KERNEL; from jemeti_platform.platform import Platform; "
        "found = Platform(settings={'jemeti.plugins': '*'}, kernel=KERNEL); "
        "print(*found.manifests, 'tyres.storage' in found.features)"
    )
    assert {"crm", "tyres", "True"} <= set(run(outside, "-c", say).split())


def test_the_kernel_does_not_know_it() -> None:
    names = re.compile(r"acme|\btyres\b", re.IGNORECASE)
    knowing = [
        path.relative_to(ROOT)
        for folder in ("jemeti_platform", "migrations", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        if names.search(path.read_text())
    ]
    assert knowing == []
