"""Workspaces: found by host or token, entered in one round trip, made and closed by the platform."""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    config.include(".host")
    config.include(".profile")
