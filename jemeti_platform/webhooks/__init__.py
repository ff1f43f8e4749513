"""Events told to others: signed as Standard Webhooks say, at least once, in order per object, for three days.

- ``contract``: events about endpoints; ``models``: endpoints, deliveries, attempts
- ``functions``: the trigger that makes deliveries where events are written
- ``endpoints``, ``subscriptions``: what a workspace says; ``deliveries``: what became of it
- ``delivering``: one attempt; ``signatures``, ``sealed_secrets``, ``pauses``, ``notices``: its pieces
- ``resources``, ``services``, ``schemas``: ``/v1/webhooks``

Where requests may go is the business of ``jemeti_platform.egress``.
"""

from __future__ import annotations

from typing import Any

from ..db.statement import Bound
from ..egress import Egress
from . import deliveries, endpoints
from .contract import EndpointDisabled, EndpointTested
from .delivering import deliver
from .notices import DISABLED
from .pauses import Patience

__all__ = ["includeme"]

_USED = Bound("SELECT count(*) AS used FROM webhook_endpoints", ())


def includeme(config: Any) -> None:
    from . import resources, services

    platform = config.registry.platform
    for part in (Egress, Patience):
        platform.part(part)  # what is wrong in the ini is said at boot
    config.add_message(DISABLED)
    config.add_event(EndpointTested, EndpointDisabled)
    # the task decides itself when it is over; this is for what it cannot tell of, such as a database that is away
    config.add_task("webhooks.deliver", deliver, attempts=1000, queue="webhooks", late=True)
    config.add_periodic("webhooks.tidy", "40 2 * * *", deliveries.tidy)
    config.add_limit_usage(endpoints.LIMIT, _USED)
    for service in services.FIRST:
        config.add_service(service)
    config.add_resource(resources.ENDPOINTS)
    for service in services.ALL:
        config.add_service(service)
