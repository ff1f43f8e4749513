"""Work that is done later: jobs put into the queue by the transaction that wants them, run by `jemeti worker`.

- ``tasks``, ``schedule``: what a plugin declares, and what runs by the clock
- ``functions``: the SQL function through which jobs get into the queue
- ``running``: one job, run inside its workspace, with its effects exactly once
- ``application``, ``process``, ``upkeep``: the worker: procrastinate over our tasks, its life, the queue's order
- ``overview``, ``figures``: the queue as seen by those who run the platform
- ``queue``: the queue asked directly, for what works off jobs without a worker
"""

from __future__ import annotations

from typing import Any

__all__ = ["includeme"]


def includeme(config: Any) -> None:
    # not above: what defers jobs needs this package, and nothing of running them
    from .figures import QueueFigures
    from .upkeep import forget_runs

    config.registry.metrics.register(QueueFigures(config.registry.platform))
    config.add_periodic("kernel.forget_runs", "20 2 * * *", forget_runs)
