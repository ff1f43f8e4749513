"""Work that is done later: jobs put into the queue by the transaction that wants them, run by `jemeti worker`.

- ``tasks``, ``schedule``: what a plugin declares, and what runs by the clock
- ``functions``: the SQL function through which jobs get into the queue
- ``running``: one job, run inside its workspace, with its effects exactly once
- ``application``, ``process``, ``upkeep``: the worker: procrastinate over our tasks, its life, the queue's order
- ``queue``: the queue asked directly, for what works off jobs without a worker
"""

from __future__ import annotations

from typing import Any

__all__ = ["includeme"]


def includeme(config: Any) -> None:
    from .upkeep import forget_runs  # not above: what defers jobs needs this package, and nothing of running them

    config.add_periodic("kernel.forget_runs", "20 2 * * *", forget_runs)
