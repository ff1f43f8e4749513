"""Our plugins and the tyre hotel on a database of their own, as whoever runs a platform has installed them."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.running import command
from tests.third_party.outside import install

__all__ = ["EXAMPLE", "Installed"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "tyre-hotel"


@dataclass(frozen=True)
class Installed:
    """A folder with an ini, and ``site`` with the tyre hotel; ``environment`` is for processes that shall find it."""

    folder: Path
    ini: Path
    environment: dict[str, str]

    @classmethod
    def make(cls, folder: Path, settings: dict[str, str], database: Database) -> Installed:
        install(EXAMPLE, folder)
        ini = folder / "installed.ini"
        values = {**settings, **database.settings}
        lines = [f"{key} = {value.replace('%', '%%')}" for key, value in values.items()]
        ini.write_text("\n".join(["[app:main]", "use = egg:jemeti", *lines, "[server:main]", ""]), encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return cls(folder, ini, {**kept, "PYTHONPATH": str(folder / "site"), "LOGNAME": "amina"})

    @property
    def site(self) -> str:
        return str(self.folder / "site")

    def jemeti(self, *arguments: str, fails: bool = False) -> str:
        """Run a command in a process of its own; what it says. It must end well, or with status 1 and a sentence."""
        line = command(*arguments, "--ini", self.ini)
        done = subprocess.run(
            line, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )
        said = done.stdout + done.stderr
        assert done.returncode == (1 if fails else 0), said
        assert "Traceback" not in said
        return said

    def timed(self, *arguments: str) -> tuple[float, float]:
        """The same; when it began and when it had ended, by the monotonic clock."""
        begun = time.monotonic()
        self.jemeti(*arguments)
        return begun, time.monotonic()
