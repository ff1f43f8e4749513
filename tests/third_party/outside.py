"""A third party's distribution as pip builds and installs it, and its own tests run where nothing else is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["checked", "install", "run", "swept_and_passed"]


def install(distribution: Path, folder: Path) -> Path:
    """Fill a folder with the distribution's tests, and ``site`` with what pip installs of it; returns the folder."""
    source = shutil.copytree(distribution, folder / "source", ignore=shutil.ignore_patterns("*.egg-info", "build"))
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
    """Run Python in the folder, with what is installed there; what it prints. It must end well."""
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


def checked(distribution: Path, report: Path) -> Any:
    """The report of `jemeti plugins check` on the distribution's folder."""
    line = ("-c", "from jemeti_platform.cli import main; main()", "plugins", "check", str(distribution))
    finished = subprocess.run(
        [sys.executable, *line, "--json", str(report)], capture_output=True, text=True, check=False
    )
    assert finished.returncode in (0, 1), finished.stdout + finished.stderr
    return json.loads(report.read_bytes())


def swept_and_passed(outside: Path, plugin: str) -> tuple[str, int]:
    """Run its tests with this plugin alone; what the sweep reports, and how many have passed."""
    out = run(outside, "-m", "pytest", "-q", "-rP", "-p", "no:cacheprovider", "-o", f"jemeti_plugins={plugin}", "tests")
    passed = re.search(r"(\d+) passed", out)
    swept = re.search(r"(\d+) routes × \d+ identities × \d+ ids = (\d+) requests, 0 leaks", out)
    assert passed, out
    assert swept, out
    return swept[0], int(passed[1])
