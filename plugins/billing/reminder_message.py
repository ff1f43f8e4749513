"""What customers are written to about overdue invoices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jemeti_platform.db.statement import Statement
from jemeti_platform.messages import MessageTemplate, Placeholder, Recipient, Texts
from jemeti_platform.work import Work

from .contract import InvoiceReminded
from .links import public_address

__all__ = ["OVERDUE"]

_FIND = Statement(
    "SELECT c.id, c.name, c.email, c.phone, i.number, i.currency, i.due_on, i.issued_on,"
    " i.total - i.paid - i.credited AS balance, k.word FROM billing_invoices i"
    " JOIN crm_customers c ON c.tenant_id = i.tenant_id AND c.id = i.customer_id AND c.status = 'active'"
    " JOIN billing_document_links k ON k.tenant_id = i.tenant_id AND k.invoice_id = i.id AND k.revoked_at IS NULL"
    " WHERE i.id = %(id)s AND i.settlement = ANY (ARRAY['open', 'partial']) AND i.no_reminders IS NULL"
)


def recipients(work: Work, event: InvoiceReminded) -> list[Recipient]:
    """The customer, as long as something is to be paid; what it is is told as it stands when the message is written."""
    (rows,) = work.read(_FIND(id=event.invoice_id))
    return [
        Recipient(
            row["email"],
            row["phone"],
            row["name"],
            "customer",
            row["id"],
            {
                "customer.name": row["name"],
                "invoice.number": row["number"],
                "invoice.balance": row["balance"],
                "invoice.currency": row["currency"],
                "invoice.issued_on": row["issued_on"],
                "invoice.due_on": row["due_on"],
                "invoice.link": public_address(work, row["word"]),
            },
        )
        for row in rows
    ]


OVERDUE = MessageTemplate(
    "billing.invoice.overdue",
    "A reminder of an overdue invoice",
    {
        "en": Texts(
            "Reminder: invoice {{invoice.number}} from {{workspace.name}}",
            """Hello {{customer.name}},

our invoice {{invoice.number}} of {{invoice.issued_on}} was due on {{invoice.due_on}}. Of it
{{invoice.balance}} {{invoice.currency}} is still to be paid. See it here:

{{invoice.link}}

If you have paid it in the meantime, thank you: then you need not do anything. If something about it is not right, call
us: {{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: invoice {{invoice.number}} was due on {{invoice.due_on}}, {{invoice.balance}}"
            " {{invoice.currency}} is still to be paid: {{invoice.link}}",
        ),
        "bn": Texts(
            "{{workspace.name}} থেকে বিল {{invoice.number}} পরিশোধের অনুরোধ",
            """প্রিয় {{customer.name}},

আমাদের {{invoice.issued_on}} তারিখের বিল {{invoice.number}} পরিশোধের শেষ দিন ছিল {{invoice.due_on}}। এখনও বাকি
{{invoice.balance}} {{invoice.currency}}। বিলটি এখানে দেখুন:

{{invoice.link}}

এর মধ্যে পরিশোধ করে থাকলে ধন্যবাদ, আর কিছু করতে হবে না। বিলে কোনো ভুল থাকলে ফোন করুন: {{workspace.phone}}।

{{workspace.name}}
""",
            "{{workspace.name}}: বিল {{invoice.number}} পরিশোধের শেষ দিন ছিল {{invoice.due_on}}, এখনও বাকি"
            " {{invoice.balance}} {{invoice.currency}}: {{invoice.link}}",
        ),
        "de": Texts(
            "Zahlungserinnerung: Rechnung {{invoice.number}} von {{workspace.name}}",
            """Guten Tag {{customer.name}},

unsere Rechnung {{invoice.number}} vom {{invoice.issued_on}} war am {{invoice.due_on}} fällig. Davon sind noch
{{invoice.balance}} {{invoice.currency}} offen. Hier sehen Sie die Rechnung:

{{invoice.link}}

Wenn Sie inzwischen bezahlt haben, danken wir Ihnen; Sie brauchen dann nichts zu tun. Wenn etwas an ihr nicht stimmt,
rufen Sie uns an: {{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: Rechnung {{invoice.number}} war am {{invoice.due_on}} fällig, offen sind noch"
            " {{invoice.balance}} {{invoice.currency}}: {{invoice.link}}",
        ),
    },
    (
        Placeholder("customer.name", "The customer's name", "Shirin Akhter"),
        Placeholder("invoice.number", "The invoice's number", "INV-2026-00042"),
        Placeholder("invoice.balance", "What is still to be paid", Decimal("12340.50")),
        Placeholder("invoice.currency", "The currency", "BDT"),
        Placeholder("invoice.issued_on", "The day on which it was issued", date(2026, 2, 18)),
        Placeholder("invoice.due_on", "The day on which it was due", date(2026, 3, 4)),
        Placeholder(
            "invoice.link",
            "Where the customer sees it",
            "https://demo.example.com/bill/demo.0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e",
        ),
    ),
    event=InvoiceReminded,
    recipients=recipients,
    way="email_else_sms",
    transactional=True,
    enabled=True,
    required=("invoice.link",),
)
