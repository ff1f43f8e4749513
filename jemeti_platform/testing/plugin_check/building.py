"""A plugin from a folder or a wheel: built and put into a folder of its own, as pip would install it."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from ...platform import ENTRY_POINT_GROUP, BootError

__all__ = ["install_aside"]

_LEFT_OUT = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "node_modules")


def install_aside(path: Path, folder: Path) -> str:
    """Install the plugin of a source folder or wheel below ``folder``, which this process then imports from.

    Returns the plugin's name. What it depends on must be installed already. Raises BootError with what pip says where
    it cannot be built, and where it offers no plugin or several.
    """
    site = folder / "site"
    source = path if path.is_file() else shutil.copytree(path, folder / "source", ignore=_LEFT_OUT)
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
            *("--no-index", "--no-deps", "--no-build-isolation", "--target", str(site), str(source)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        lines = [line for line in finished.stderr.splitlines() if line.strip()] or ["pip says nothing"]
        raise BootError(
            f"{path} cannot be installed: {lines[-1].strip()}. If its build needs more than setuptools, "
            "build a wheel and check that"
        )
    found = [p.name for d in distributions(path=[str(site)]) for p in d.entry_points if p.group == ENTRY_POINT_GROUP]
    if len(found) != 1:
        offered = f"the plugins {', '.join(sorted(found))}" if found else "no plugin"
        raise BootError(f"{path} offers {offered}; one entry point in the group {ENTRY_POINT_GROUP!r} is wanted")
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()
    return found[0]
