"""What happened, kept: every event a plugin emits is stored with the change it tells of, numbered, and never changed.

- ``declared``: event classes, their type names, their JSON
- ``functions``, ``models``: the table, and the one function that writes into it
- ``feed``: ``GET /v1/events``
"""

from __future__ import annotations

from typing import Any

__all__ = ["includeme"]


def includeme(config: Any) -> None:
    from .feed import FEED  # not above: what is emitted needs this package, and knows nothing of HTTP

    config.add_service(FEED)
