"""What customers may be written to about: that they are welcome. Off until a workspace wants it."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.messages import MessageTemplate, Placeholder, Recipient, Texts
from jemeti_platform.work import Work

from .contract import CustomerCreated

__all__ = ["WELCOME"]

_FIND = Statement("SELECT name, email, phone FROM crm_customers WHERE id = %(id)s AND status = 'active'")


def welcome(work: Work, event: CustomerCreated) -> list[Recipient]:
    """The new customer, if they are still one."""
    return recipients(work, event.customer_id)


def recipients(work: Work, customer_id: UUID) -> list[Recipient]:
    """A customer as somebody to write to; nobody where there is none, or none any more."""
    (rows,) = work.read(_FIND(id=customer_id))
    return [
        Recipient(row["email"], row["phone"], row["name"], "customer", customer_id, {"customer.name": row["name"]})
        for row in rows
    ]


WELCOME = MessageTemplate(
    "crm.customer.created",
    "Welcome to a new customer",
    {
        "en": Texts(
            "Welcome to {{workspace.name}}",
            """Hello {{customer.name}},

thank you for trusting us with your car. If there is anything we can do, let us know.

{{workspace.name}}
""",
            "Welcome to {{workspace.name}}, {{customer.name}}! To stop news: {{unsubscribe_link}}",
        ),
        "bn": Texts(
            "{{workspace.name}}-এ আপনাকে স্বাগতম",
            """প্রিয় {{customer.name}},

আপনার গাড়ির জন্য আমাদের বেছে নেওয়ায় ধন্যবাদ। যেকোনো প্রয়োজনে আমাদের জানান।

{{workspace.name}}
""",
            "{{workspace.name}}-এ স্বাগতম, {{customer.name}}! বার্তা বন্ধ করতে: {{unsubscribe_link}}",
        ),
        "de": Texts(
            "Willkommen bei {{workspace.name}}",
            """Guten Tag {{customer.name}},

danke, dass Sie uns Ihr Auto anvertrauen. Wenn wir etwas für Sie tun können, sagen Sie es uns.

{{workspace.name}}
""",
            "Willkommen bei {{workspace.name}}, {{customer.name}}! Abbestellen: {{unsubscribe_link}}",
        ),
        "ar": Texts(
            "أهلاً بكم في {{workspace.name}}",
            """مرحباً {{customer.name}}،

شكراً لثقتكم بنا في العناية بسيارتكم. نحن في خدمتكم دائماً.

{{workspace.name}}
""",
            "أهلاً بكم في {{workspace.name}}، {{customer.name}}! لإلغاء الاشتراك: {{unsubscribe_link}}",
        ),
    },
    (Placeholder("customer.name", "Name of the customer", "Shirin Akhter"),),
    event=CustomerCreated,
    recipients=welcome,
    way="email_else_sms",
)
