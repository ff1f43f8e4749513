"""What tests used of the platform's deprecated names, said at the end of the run with the place and what to use."""

from __future__ import annotations

import warnings
from collections import Counter

import pytest

__all__ = ["DeprecationReport"]


class DeprecationReport:
    """Collects our warnings, from the processes of pytest-xdist too, and prints each place once."""

    def __init__(self) -> None:
        self._uses: Counter[tuple[str, int, str]] = Counter()

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        if warning_message.category.__name__ == "PlatformDeprecation":
            self._uses[warning_message.filename, warning_message.lineno, str(warning_message.message)] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._uses:
            return
        terminalreporter.section("deprecated names of the platform", yellow=True)
        for (file, line, sentence), times in sorted(self._uses.items()):
            terminalreporter.write_line(f"{file}:{line}: {sentence}{f' ({times} times)' if times > 1 else ''}")
