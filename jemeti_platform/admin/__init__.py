"""The platform's own surface, for those who run it."""

from __future__ import annotations

from typing import Any


def includeme(config: Any) -> None:
    pass
