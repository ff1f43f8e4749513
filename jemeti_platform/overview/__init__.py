"""What a workspace looks like as a whole, each plugin contributing its part.

- ``parts``: what plugins return from ``jemeti_search`` and ``jemeti_dashboard``: statements, not answers
- ``asking``: every plugin asked at once, in one round trip; one that fails is named and leaves the others alone
- ``search``: ``/v1/search``; ``dashboard``: ``/v1/dashboard``
"""

from __future__ import annotations

from typing import Any

from .parts import Figure, Figures, Source

__all__ = ["Figure", "Figures", "Source", "includeme"]


def includeme(config: Any) -> None:
    config.include(".search")
    config.include(".dashboard")
