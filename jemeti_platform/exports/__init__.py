"""Lists as files, made by the worker however long they are: asked for, watched, fetched.

- ``writing``: the rows of a resource into a file, for the worker and for `jemeti export`
- ``models``, ``orders``: what is kept of an export, and how one is ordered; ``job``: how it is made
- ``resources``, ``services``: ``/v1/exports``
"""

from __future__ import annotations

from typing import Any

__all__ = ["includeme"]


def includeme(config: Any) -> None:
    from . import job, resources, services

    config.add_resource(resources.EXPORTS)
    config.add_service(services.content)
    config.add_task(job.TASK, job.make, attempts=3, late=True)
    config.add_periodic("exports.expire", "17 * * * *", job.expire)
