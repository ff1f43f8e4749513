"""What people are told when an endpoint has been switched off for them."""

from __future__ import annotations

from ..db.statement import Statement
from ..messages import mail
from ..work import Work

__all__ = ["tell_owners"]

_OWNERS = Statement(
    "SELECT u.email FROM users u JOIN roles r ON r.tenant_id = u.tenant_id AND r.id = u.role_id"
    " WHERE r.slug = 'owner' AND r.system AND u.status = 'active' ORDER BY u.id"
)
_TEXT = """\
{workspace} sends events to

    {url}

This has not worked for a while, and was switched off today.

    {reason}

What happened meanwhile can be read at /v1/events. When the receiver works again, enable the endpoint at
/v1/webhooks/{id}/enable; single deliveries can be sent once more from its list of deliveries.
"""


def tell_owners(work: Work, endpoint_id: object, url: str, reason: str) -> None:
    """Mail the active owners of the workspace, once this is committed, that an endpoint was disabled, and why."""
    name = work.workspace["name"]
    text = _TEXT.format(workspace=name, url=url, reason=reason, id=endpoint_id)
    (owners,) = work.read(_OWNERS())
    for owner in owners:
        mail.send(work, to=owner["email"], subject=f"{name}: a webhook was switched off", text=text)
