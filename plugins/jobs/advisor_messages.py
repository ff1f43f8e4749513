"""What the workshop's advisor is written to about: what a customer has decided on a quotation."""

from __future__ import annotations

from decimal import Decimal

from jemeti_platform.db.statement import Statement
from jemeti_platform.messages import MessageTemplate, Placeholder, Recipient, Texts
from jemeti_platform.work import Work

from .contract import QuotationApproved, QuotationPartiallyApproved, QuotationRejected

__all__ = ["DECIDED"]

Decided = QuotationApproved | QuotationPartiallyApproved | QuotationRejected

# The advisor of the job, or else whoever sent the quotation; nobody is told of what they have written down themselves.
_FIND = Statement(
    """
    SELECT u.id, u.name, u.email, q.number, q.revision, q.currency, j.number AS job_number, c.name AS customer,
           coalesce(v.plate, concat_ws(' ', v.make, v.model)) AS vehicle, p.name AS decided_by,
           (SELECT coalesce(sum(l.total), 0) FROM jobs_quotation_decisions d
              JOIN jobs_quotation_lines l ON l.tenant_id = d.tenant_id AND l.id = d.line_id
             WHERE d.quotation_id = q.id AND d.decision = 'approved') AS approved
      FROM jobs_quotations q
      JOIN jobs_jobs j ON j.tenant_id = q.tenant_id AND j.id = q.job_id
      JOIN crm_customers c ON c.tenant_id = q.tenant_id AND c.id = q.customer_id
      LEFT JOIN crm_vehicles v ON v.tenant_id = q.tenant_id AND v.id = q.vehicle_id
      CROSS JOIN LATERAL (SELECT a.name, a.actor_id FROM jobs_approvals a
        WHERE a.tenant_id = q.tenant_id AND a.subject_id = q.id ORDER BY a.id DESC LIMIT 1) p
      JOIN users u ON u.tenant_id = q.tenant_id AND u.status = 'active' AND u.id = coalesce(j.advisor_id,
        (SELECT h.actor_id FROM lifecycle_history h WHERE h.lifecycle = 'jobs.quotation' AND h.record_id = q.id
            AND h.action = 'send' AND h.actor_kind = 'user' LIMIT 1))
     WHERE q.id = %(id)s AND u.id IS DISTINCT FROM p.actor_id
    """
)
_PLACES = (
    Placeholder("advisor.name", "Who is written to", "Kamal Hossain"),
    Placeholder("quotation.number", "Number and revision", "QUO-2026-00042 r1"),
    Placeholder("quotation.approved", "What the approved lines come to", Decimal("8590.50")),
    Placeholder("quotation.currency", "The currency", "BDT"),
    Placeholder("decision.name", "Who decided", "Shirin Akhter"),
    Placeholder("job.number", "The number of the job", "JOB-2026-00117"),
    Placeholder("customer.name", "The customer's name", "Shirin Akhter"),
    Placeholder("vehicle.name", "The vehicle's plate, or make and model", "DHAKA METRO GA-12-3456"),
)


def advisor(work: Work, event: Decided) -> list[Recipient]:
    """The advisor of the job, or who sent the quotation, unless they have written the decision down themselves."""
    (rows,) = work.read(_FIND(id=event.quotation_id))
    return [
        Recipient(
            row["email"],
            None,
            row["name"],
            "user",
            row["id"],
            {
                "advisor.name": row["name"],
                "quotation.number": f"{row['number']} r{row['revision']}",
                "quotation.approved": row["approved"],
                "quotation.currency": row["currency"],
                "decision.name": row["decided_by"],
                "job.number": row["job_number"],
                "customer.name": row["customer"],
                "vehicle.name": row["vehicle"] or "",
            },
        )
        for row in rows
    ]


_APPROVED = """Hello {{advisor.name}},

{{decision.name}} has approved quotation {{quotation.number}} of {{customer.name}} ({{vehicle.name}}), job
{{job.number}}: {{quotation.approved}} {{quotation.currency}}. The lines are part of the job, and work may begin.
"""
_APPROVED_BN = """প্রিয় {{advisor.name}},

{{decision.name}} {{customer.name}}-এর ({{vehicle.name}}) দরপত্র {{quotation.number}} অনুমোদন করেছেন, জব {{job.number}}:
{{quotation.approved}} {{quotation.currency}}। লাইনগুলো জবে যুক্ত হয়েছে, কাজ শুরু করা যায়।
"""
_APPROVED_DE = """Guten Tag {{advisor.name}},

{{decision.name}} hat das Angebot {{quotation.number}} für {{customer.name}} ({{vehicle.name}}), Auftrag {{job.number}},
freigegeben: {{quotation.approved}} {{quotation.currency}}. Die Zeilen stehen im Auftrag, die Arbeit kann beginnen.
"""
_PARTLY = """Hello {{advisor.name}},

{{decision.name}} has approved a part of quotation {{quotation.number}} of {{customer.name}} ({{vehicle.name}}), job
{{job.number}}: {{quotation.approved}} {{quotation.currency}} so far. Those lines are part of the job.
"""
_PARTLY_BN = """প্রিয় {{advisor.name}},

{{decision.name}} {{customer.name}}-এর ({{vehicle.name}}) দরপত্র {{quotation.number}}-এর একটি অংশ অনুমোদন করেছেন, জব
{{job.number}}: এ পর্যন্ত {{quotation.approved}} {{quotation.currency}}। সেই লাইনগুলো জবে যুক্ত হয়েছে।
"""
_PARTLY_DE = """Guten Tag {{advisor.name}},

{{decision.name}} hat einen Teil des Angebots {{quotation.number}} für {{customer.name}} ({{vehicle.name}}), Auftrag
{{job.number}}, freigegeben: bisher {{quotation.approved}} {{quotation.currency}}. Diese Zeilen stehen im Auftrag.
"""
_REJECTED = """Hello {{advisor.name}},

{{decision.name}} has declined quotation {{quotation.number}} of {{customer.name}} ({{vehicle.name}}), job
{{job.number}}.
It is kept as declined work of the vehicle, and stands in its next quotation.
"""
_REJECTED_BN = """প্রিয় {{advisor.name}},

{{decision.name}} {{customer.name}}-এর ({{vehicle.name}}) দরপত্র {{quotation.number}} প্রত্যাখ্যান করেছেন, জব {{job.number}}।
কাজগুলো গাড়ির প্রত্যাখ্যাত কাজ হিসেবে রাখা হলো, পরের দরপত্রে আবার আসবে।
"""
_REJECTED_DE = """Guten Tag {{advisor.name}},

{{decision.name}} hat das Angebot {{quotation.number}} für {{customer.name}} ({{vehicle.name}}), Auftrag {{job.number}},
abgelehnt. Die Arbeiten bleiben beim Fahrzeug stehen und kommen in seinem nächsten Angebot wieder.
"""


def _message(name: str, title: str, event: type, **texts: Texts) -> MessageTemplate:
    return MessageTemplate(
        f"jobs.quotation.{name}",
        title,
        texts,
        _PLACES,
        event=event,
        recipients=advisor,
        way="email",
        transactional=True,
        enabled=True,
    )


DECIDED = (
    _message(
        "approved",
        "To the advisor: a quotation is approved",
        QuotationApproved,
        en=Texts("{{quotation.number}} is approved", _APPROVED),
        bn=Texts("{{quotation.number}} অনুমোদিত হয়েছে", _APPROVED_BN),
        de=Texts("{{quotation.number}} ist freigegeben", _APPROVED_DE),
    ),
    _message(
        "partially_approved",
        "To the advisor: a quotation is partly approved",
        QuotationPartiallyApproved,
        en=Texts("{{quotation.number}} is partly approved", _PARTLY),
        bn=Texts("{{quotation.number}} আংশিক অনুমোদিত হয়েছে", _PARTLY_BN),
        de=Texts("{{quotation.number}} ist teilweise freigegeben", _PARTLY_DE),
    ),
    _message(
        "rejected",
        "To the advisor: a quotation is declined",
        QuotationRejected,
        en=Texts("{{quotation.number}} is declined", _REJECTED),
        bn=Texts("{{quotation.number}} প্রত্যাখ্যাত হয়েছে", _REJECTED_BN),
        de=Texts("{{quotation.number}} ist abgelehnt", _REJECTED_DE),
    ),
)
