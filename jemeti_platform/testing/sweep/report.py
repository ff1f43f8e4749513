"""What a sweep found."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Report"]


@dataclass
class Report:
    """``leaks`` are ways from one workspace into another; ``blind`` are places where the sweep could not look.

    Both must be empty: what was not looked at is not known to be safe.
    """

    routes: int = 0
    identities: int = 0
    ids: int = 0
    requests: int = 0
    tables: int = 0
    statements: int = 0
    leaks: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.leaks and not self.blind and self.requests > 0 and self.statements > 0

    def __str__(self) -> str:
        asked = f"{self.routes} routes × {self.identities} identities × {self.ids} ids"
        lines = [
            f"{asked} = {self.requests} requests, {len(self.leaks)} leaks",
            f"{self.tables} tables, {self.statements} statements",
            *(f"LEAK: {leak}" for leak in self.leaks),
            *(f"BLIND: {sentence}" for sentence in self.blind),
        ]
        return "\n".join(lines)
