"""What owners are written to when the season begins. Off until a workspace wants it."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.messages import MessageTemplate, Placeholder, Recipient, Texts
from jemeti_platform.work import Work

from .contract import SetDue

__all__ = ["DUE"]

_OWNER = Statement(
    "SELECT number, plate, owner_name, owner_phone, owner_email FROM tyre_hotel_tyre_sets"
    " WHERE id = %(id)s AND status = 'stored'"
)


def owner(work: Work, event: SetDue) -> list[Recipient]:
    """The owner of the set, if it is still here."""
    (rows,) = work.read(_OWNER(id=event.tyre_set_id))
    return [
        Recipient(
            row["owner_email"],
            row["owner_phone"],
            row["owner_name"],
            "tyre_set",
            event.tyre_set_id,
            {"owner.name": row["owner_name"], "set.number": row["number"], "set.plate": row["plate"]},
        )
        for row in rows
    ]


DUE = MessageTemplate(
    "tyre_hotel.tyre_set.due",
    "The season begins",
    {
        "en": Texts(
            "Time for your other tyres",
            """Hello {{owner.name}},

the season begins, and the tyres of {{set.plate}} ({{set.number}}) are waiting here. Call us for a day that suits you:
{{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: time for the other tyres of {{set.plate}}. Call {{workspace.phone}}. "
            "No more: {{unsubscribe_link}}",
        ),
        "de": Texts(
            "Zeit für die anderen Reifen",
            """Guten Tag {{owner.name}},

die Saison beginnt, und die Reifen von {{set.plate}} ({{set.number}}) warten hier. Rufen Sie uns an:
{{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: Zeit für die anderen Reifen von {{set.plate}}. Rufen Sie an: {{workspace.phone}}. "
            "Abbestellen: {{unsubscribe_link}}",
        ),
    },
    (
        Placeholder("owner.name", "Name of the owner", "Shirin Akhter"),
        Placeholder("set.number", "Number of the set", "TYR-2026-00017"),
        Placeholder("set.plate", "Number plate of the car", "DHAKA METRO GA-12-3456"),
    ),
    event=SetDue,
    recipients=owner,
    way="email_else_sms",
)
