"""Entitlements: what a workspace may use, who decided, and how it changes."""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    pass
