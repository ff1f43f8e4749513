"""A view that does nothing, to see what stands around it. Included by the ini key ``jemeti.includes``."""

from typing import Any

from jemeti_platform.rest.service import ALWAYS, AUTHENTICATED, Service

empty = Service("bench.empty", "/bench/empty", ALWAYS, "Nothing")


@empty.get(permission=AUTHENTICATED)
def nothing(request: Any) -> dict[str, str]:
    """Nothing."""
    return {"answer": "nothing"}


def includeme(config: Any) -> None:
    config.add_service(empty)
