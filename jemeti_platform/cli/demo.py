"""The demo workspace and the platform's first administrator, for development."""

from __future__ import annotations

from typing import Any

__all__ = ["make_demo"]


def make_demo(registry: Any) -> None:
    """Make what is missing of plans, demo workspace and administrator."""
