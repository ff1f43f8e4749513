"""What customers are written to about quotations: one has come, its time is nearly over, its time is over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.messages import MessageTemplate, Placeholder, Recipient, Texts
from jemeti_platform.work import Work

from .contract import QuotationExpired, QuotationExpiring, QuotationSent
from .offer import sharing

__all__ = ["EXPIRED", "EXPIRING", "YOUR_QUOTATION"]

_FIND = Statement(
    "SELECT c.id, c.name, c.email, c.phone, q.number, q.revision, q.total, q.currency, q.valid_until, q.share_token,"
    " coalesce(v.plate, concat_ws(' ', v.make, v.model)) AS vehicle FROM jobs_quotations q"
    " JOIN jobs_jobs j ON j.tenant_id = q.tenant_id AND j.id = q.job_id "
    " AND j.status NOT IN ('completed', 'closed', 'cancelled')"
    " JOIN crm_customers c ON c.tenant_id = q.tenant_id AND c.id = q.customer_id"
    " LEFT JOIN crm_vehicles v ON v.tenant_id = q.tenant_id AND v.id = q.vehicle_id"
    " WHERE q.id = %(id)s AND q.status = %(status)s AND c.status = 'active' AND q.link_revoked_at IS NULL"
)
_PLACES = (
    Placeholder("customer.name", "The customer's name", "Shirin Akhter"),
    Placeholder("quotation.number", "Number and revision", "QUO-2026-00042 r1"),
    Placeholder("quotation.total", "What it comes to", Decimal("12340.50")),
    Placeholder("quotation.currency", "The currency", "BDT"),
    Placeholder("quotation.valid_until", "The last day on which it may be approved", date(2026, 3, 18)),
    Placeholder(
        "quotation.link",
        "Where the customer sees it",
        "https://demo.example.com/quotation/demo.0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e",
    ),
    Placeholder("vehicle.name", "The vehicle's plate, or make and model", "DHAKA METRO GA-12-3456"),
)


def waiting(work: Work, event: QuotationSent | QuotationExpiring) -> list[Recipient]:
    """The customer, as long as the quotation waits for them, its link leads there and its job goes on."""
    return _customer(work, event.quotation_id, "sent")


def too_late(work: Work, event: QuotationExpired) -> list[Recipient]:
    """The customer, unless the quotation has been revised meanwhile or its job is over."""
    return _customer(work, event.quotation_id, "expired")


def _customer(work: Work, quotation_id: UUID, status: str) -> list[Recipient]:
    (rows,) = work.read(_FIND(id=quotation_id, status=status))
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
                "quotation.link": sharing.address(work, row["share_token"]),
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
{{quotation.currency}} in all. It is valid until {{quotation.valid_until}}. See it here:

{{quotation.link}}

Call us or come by to say what we should do: {{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: quotation {{quotation.number}}, {{quotation.total}} {{quotation.currency}}, valid"
            " until {{quotation.valid_until}}: {{quotation.link}}",
        ),
        "bn": Texts(
            "{{workspace.name}} থেকে আপনার দরপত্র {{quotation.number}}",
            """প্রিয় {{customer.name}},

আমরা আপনার গাড়ি ({{vehicle.name}}) দেখে একটি দরপত্র করেছি: {{quotation.number}}, মোট {{quotation.total}}
{{quotation.currency}}। এটি {{quotation.valid_until}} পর্যন্ত প্রযোজ্য। এখানে দেখুন:

{{quotation.link}}

কী করব জানাতে ফোন করুন বা চলে আসুন: {{workspace.phone}}।

{{workspace.name}}
""",
            "{{workspace.name}}: দরপত্র {{quotation.number}}, {{quotation.total}} {{quotation.currency}},"
            " {{quotation.valid_until}} পর্যন্ত: {{quotation.link}}",
        ),
        "de": Texts(
            "Ihr Angebot {{quotation.number}} von {{workspace.name}}",
            """Guten Tag {{customer.name}},

wir haben uns Ihr Auto ({{vehicle.name}}) angesehen und ein Angebot gemacht: {{quotation.number}}, zusammen
{{quotation.total}} {{quotation.currency}}, gültig bis {{quotation.valid_until}}. Hier sehen Sie es:

{{quotation.link}}

Sagen Sie uns, was wir tun sollen: {{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: Angebot {{quotation.number}}, {{quotation.total}} {{quotation.currency}}, gültig bis"
            " {{quotation.valid_until}}: {{quotation.link}}",
        ),
    },
    _PLACES,
    event=QuotationSent,
    recipients=waiting,
    way="email_else_sms",
    transactional=True,
    enabled=True,
)

EXPIRING = MessageTemplate(
    "jobs.quotation.expiring",
    "Your quotation is valid for two more days",
    {
        "en": Texts(
            "Your quotation {{quotation.number}} is valid until {{quotation.valid_until}}",
            """Hello {{customer.name}},

our quotation {{quotation.number}} for your car ({{vehicle.name}}), {{quotation.total}} {{quotation.currency}}, is valid
until {{quotation.valid_until}}. Tell us what we should do, and it will be done at these prices: {{workspace.phone}}.

{{quotation.link}}

{{workspace.name}}
""",
            "{{workspace.name}}: quotation {{quotation.number}} is valid until {{quotation.valid_until}}. Tell us what"
            " we should do: {{workspace.phone}} {{quotation.link}}",
        ),
        "bn": Texts(
            "আপনার দরপত্র {{quotation.number}} {{quotation.valid_until}} পর্যন্ত প্রযোজ্য",
            """প্রিয় {{customer.name}},

আপনার গাড়ির ({{vehicle.name}}) জন্য আমাদের দরপত্র {{quotation.number}}, মোট {{quotation.total}} {{quotation.currency}},
{{quotation.valid_until}} পর্যন্ত প্রযোজ্য। কী করব জানান, এই মূল্যেই কাজ হবে: {{workspace.phone}}।

{{quotation.link}}

{{workspace.name}}
""",
            "{{workspace.name}}: দরপত্র {{quotation.number}} {{quotation.valid_until}} পর্যন্ত প্রযোজ্য। কী করব জানান:"
            " {{workspace.phone}} {{quotation.link}}",
        ),
        "de": Texts(
            "Ihr Angebot {{quotation.number}} gilt bis {{quotation.valid_until}}",
            """Guten Tag {{customer.name}},

unser Angebot {{quotation.number}} für Ihr Auto ({{vehicle.name}}), {{quotation.total}} {{quotation.currency}}, gilt bis
{{quotation.valid_until}}. Sagen Sie uns, was wir tun sollen, dann machen wir es zu diesen Preisen: {{workspace.phone}}.

{{quotation.link}}

{{workspace.name}}
""",
            "{{workspace.name}}: Angebot {{quotation.number}} gilt bis {{quotation.valid_until}}. Was sollen wir tun?"
            " {{workspace.phone}} {{quotation.link}}",
        ),
    },
    _PLACES,
    event=QuotationExpiring,
    recipients=waiting,
    way="email_else_sms",
    transactional=True,
    enabled=True,
)

EXPIRED = MessageTemplate(
    "jobs.quotation.expired",
    "Your quotation has expired",
    {
        "en": Texts(
            "Your quotation {{quotation.number}} has expired",
            """Hello {{customer.name}},

our quotation {{quotation.number}} for your car ({{vehicle.name}}) was valid until {{quotation.valid_until}}. If you
still want the work done, call us, and we will make you a new one: {{workspace.phone}}.

{{workspace.name}}
""",
        ),
        "bn": Texts(
            "আপনার দরপত্র {{quotation.number}}-এর মেয়াদ শেষ",
            """প্রিয় {{customer.name}},

আপনার গাড়ির ({{vehicle.name}}) জন্য আমাদের দরপত্র {{quotation.number}} {{quotation.valid_until}} পর্যন্ত প্রযোজ্য ছিল।
কাজটি এখনও করাতে চাইলে ফোন করুন, আমরা নতুন দরপত্র করে দেব: {{workspace.phone}}।

{{workspace.name}}
""",
        ),
        "de": Texts(
            "Ihr Angebot {{quotation.number}} ist abgelaufen",
            """Guten Tag {{customer.name}},

unser Angebot {{quotation.number}} für Ihr Auto ({{vehicle.name}}) galt bis {{quotation.valid_until}}. Wenn wir es noch
machen sollen, rufen Sie uns an, dann machen wir Ihnen ein neues: {{workspace.phone}}.

{{workspace.name}}
""",
        ),
    },
    _PLACES,
    event=QuotationExpired,
    recipients=too_late,
    way="email",  # it happens at midnight: nobody is woken
    transactional=True,
    enabled=True,
)
