"""Entitlements: what a workspace may use, who decided, and how it changes.

- ``decision``: the rules, as a pure function; ``explanation``: the way to a decision, step by step
- ``requirements``: what a feature needs beside itself
- ``limits``: numbers a plan sets
- ``overview``, ``services``: ``/v1/features``
- ``models``: overrides and kill switches
"""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    config.include(".limits")
    config.include(".services")
