"""The platform's paths: workspaces, plans, subscriptions, features, plugins, the audit log, the queue."""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    for part in (
        "workspaces",
        "lifecycle",
        "plans",
        "subscriptions",
        "overrides",
        "kill_switches",
        "plugins",
        "audit_log",
        "jobs",
    ):
        config.include(f"{__name__}.{part}")
