"""What people are told when an endpoint has been switched off for them."""

from __future__ import annotations

from ..db.statement import Statement
from ..messages import MessageTemplate, Placeholder, Recipient, Texts, send
from ..work import Work

__all__ = ["DISABLED", "tell_owners"]

_OWNERS = Statement(
    "SELECT u.id, u.name, u.email FROM users u JOIN roles r ON r.tenant_id = u.tenant_id AND r.id = u.role_id"
    " WHERE r.slug = 'owner' AND r.system AND u.status = 'active' ORDER BY u.id"
)
DISABLED = MessageTemplate(
    "webhooks.endpoint_disabled",
    "A webhook was switched off",
    {
        "en": Texts(
            "{{workspace.name}}: a webhook was switched off",
            """\
{{workspace.name}} sends events to

    {{endpoint.url}}

This has not worked for a while, and was switched off today.

    {{reason}}

What happened meanwhile can be read at /v1/events. When the receiver works again, enable the endpoint at
/v1/webhooks/{{endpoint.id}}/enable; single deliveries can be sent once more from its list of deliveries.
""",
        )
    },
    (
        Placeholder("endpoint.id", "Id of the webhook", "01a20e5e-b3d2-7601-8d95-93731da4c7da"),
        Placeholder("endpoint.url", "Where it sent to", "https://hooks.example.com/jemeti"),
        Placeholder("reason", "What went wrong", "Every delivery has failed since Monday: Answered 503"),
    ),
    transactional=True,
    enabled=True,
)


def tell_owners(work: Work, endpoint_id: object, url: str, reason: str) -> None:
    """Mail the active owners of the workspace, once this is committed, that an endpoint was disabled, and why."""
    values = {"endpoint.id": str(endpoint_id), "endpoint.url": url, "reason": reason}
    (owners,) = work.read(_OWNERS())
    for owner in owners:
        send(work, DISABLED.name, Recipient(owner["email"], None, owner["name"], "user", owner["id"], values))
