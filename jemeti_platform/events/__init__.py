"""What happened, kept: every event a plugin emits is stored with the change it tells of, numbered, and never changed.

- ``declared``: event classes, their type names, their JSON
- ``functions``, ``models``: the table, and the one function that writes into it
- ``feed``: ``GET /v1/events``
- ``replay``: what a plugin that was off is told of when it is on again
"""

from __future__ import annotations

from typing import Any

__all__ = ["includeme"]


def includeme(config: Any) -> None:
    # not above: what is emitted needs this package, and knows nothing of HTTP
    from . import replay
    from .feed import FEED

    config.add_service(FEED)
    config.add_task("kernel.catch_up", replay.catch_up_later)
    config.add_periodic("kernel.catch_up_nightly", "40 1 * * *", replay.catch_up_nightly)
