"""What customers are written to about quotations: that one has come, and until when it is valid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jemeti_platform.db.statement import Statement
from jemeti_platform.messages import MessageTemplate, Placeholder, Recipient, Texts
from jemeti_platform.work import Work

from .contract import QuotationSent

__all__ = ["YOUR_QUOTATION"]

_FIND = Statement(
    "SELECT c.id, c.name, c.email, c.phone, q.number, q.revision, q.total, q.currency, q.valid_until, q.note,"
    " coalesce(v.plate, concat_ws(' ', v.make, v.model)) AS vehicle FROM jobs_quotations q"
    " JOIN crm_customers c ON c.tenant_id = q.tenant_id AND c.id = q.customer_id"
    " LEFT JOIN crm_vehicles v ON v.tenant_id = q.tenant_id AND v.id = q.vehicle_id"
    " WHERE q.id = %(id)s AND q.status = 'sent' AND c.status = 'active'"
)


def recipients(work: Work, event: QuotationSent) -> list[Recipient]:
    """The customer, as long as the quotation waits for them."""
    (rows,) = work.read(_FIND(id=event.quotation_id))
    return [
        Recipient(
            row["email"],
            row["phone"],
            row["name"],
            "customer",
            row["id"],
            {
                "customer.name": row["name"],
                "quotation.number": f"{row['number']} r{row['revision']}",
                "quotation.total": row["total"],
                "quotation.currency": row["currency"],
                "quotation.valid_until": row["valid_until"],
                "vehicle.name": row["vehicle"] or "",
            },
        )
        for row in rows
    ]


YOUR_QUOTATION = MessageTemplate(
    "jobs.quotation.sent",
    "Your quotation",
    {
        "en": Texts(
            "Your quotation {{quotation.number}} from {{workspace.name}}",
            """Hello {{customer.name}},

we have looked at your car ({{vehicle.name}}) and made a quotation for it: {{quotation.number}}, {{quotation.total}}
{{quotation.currency}} in all. It is valid until {{quotation.valid_until}}. Call us or come by to say what we should do:
{{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: quotation {{quotation.number}}, {{quotation.total}} {{quotation.currency}}, valid"
            " until {{quotation.valid_until}}. Tell us what we should do: {{workspace.phone}}",
        ),
        "de": Texts(
            "Ihr Angebot {{quotation.number}} von {{workspace.name}}",
            """Guten Tag {{customer.name}},

wir haben uns Ihr Auto ({{vehicle.name}}) angesehen und ein Angebot gemacht: {{quotation.number}}, zusammen
{{quotation.total}} {{quotation.currency}}, gültig bis {{quotation.valid_until}}. Sagen Sie uns, was wir tun sollen:
{{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: Angebot {{quotation.number}}, {{quotation.total}} {{quotation.currency}}, gültig bis"
            " {{quotation.valid_until}}. Was sollen wir tun? {{workspace.phone}}",
        ),
    },
    (
        Placeholder("customer.name", "The customer's name", "Shirin Akhter"),
        Placeholder("quotation.number", "Number and revision", "QUO-2026-00042 r1"),
        Placeholder("quotation.total", "What it comes to", Decimal("12340.50")),
        Placeholder("quotation.currency", "The currency", "BDT"),
        Placeholder("quotation.valid_until", "The last day on which it may be approved", date(2026, 3, 18)),
        Placeholder("vehicle.name", "The vehicle's plate, or make and model", "DHAKA METRO GA-12-3456"),
    ),
    event=QuotationSent,
    recipients=recipients,
    way="email_else_sms",
    transactional=True,
    enabled=True,
)
