"""What a check of a plugin found, as values, as JSON and as a verdict.

The JSON form (``Report.as_dict``) is stable: fields are only ever added, and ``format`` counts up if one must change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

__all__ = ["FORMAT", "Finding", "Outcome", "Report", "Severity", "Status"]

FORMAT = 1

Severity = Literal["error", "warning"]
Status = Literal["passed", "warned", "failed", "not_run"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and what to do about it.

    An ``error`` is a promise that the plugin breaks; a ``warning`` is what an administrator should know and may accept.
    ``place`` is ``file:line`` below the plugin's package, or empty.
    """

    check: str
    severity: Severity
    message: str
    place: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return {
            "check": self.check,
            "severity": self.severity,
            "message": self.message,
            "place": self.place,
            "remedy": self.remedy,
        }


@dataclass(slots=True)
class Outcome:
    """What one check found; ``figures`` say how much it looked at, ``why_not`` why it could not look."""

    id: str
    title: str
    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, float | int | str] = field(default_factory=dict)
    seconds: float = 0.0
    why_not: str = ""

    def error(self, message: str, place: str = "", remedy: str = "") -> None:
        self._add("error", message, place, remedy)

    def warn(self, message: str, place: str = "", remedy: str = "") -> None:
        self._add("warning", message, place, remedy)

    def _add(self, severity: Severity, message: str, place: str, remedy: str) -> None:
        found = Finding(self.id, severity, message, place, remedy)
        if found not in self.findings:
            self.findings.append(found)

    @property
    def status(self) -> Status:
        if self.why_not:
            return "not_run"
        if any(finding.severity == "error" for finding in self.findings):
            return "failed"
        return "warned" if self.findings else "passed"

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "status": self.status,
            "seconds": round(self.seconds, 2),
            "figures": self.figures,
            "why_not": self.why_not,
            "findings": [finding.as_dict() for finding in self.findings],
        }


@dataclass(slots=True)
class Report:
    """All checks of one plugin, in the order in which they ran."""

    plugin: str
    platform: str
    title: str = ""
    version: str = ""
    package: str = ""
    requires: tuple[str, ...] = ()
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        return [finding for outcome in self.outcomes for finding in outcome.findings]

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    @property
    def is_green(self) -> bool:
        """Whether every check that was asked for ran and found no error."""
        return all(outcome.status in ("passed", "warned") for outcome in self.outcomes)

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "plugin": {
                "name": self.plugin,
                "title": self.title,
                "version": self.version,
                "package": self.package,
                "requires": list(self.requires),
            },
            "platform": self.platform,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 1),
            "green": self.is_green,
            "errors": self.errors,
            "warnings": self.warnings,
            "checks": [outcome.as_dict() for outcome in self.outcomes],
        }
