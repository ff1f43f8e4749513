"""What customers are written to about inspections: that a report is there, and where."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.messages import MessageTemplate, Placeholder, Recipient, Texts
from jemeti_platform.work import Work

from . import sharing
from .contract import InspectionShared

__all__ = ["YOUR_REPORT"]

# The customer of the job, or else whose vehicle it is.
_FIND = Statement(
    """
    SELECT c.id, c.name, c.email, c.phone, i.number, i.share_token,
           coalesce(v.plate, nullif(concat_ws(' ', v.make, v.model), ''), v.vin) AS vehicle,
           (SELECT count(*) FROM dvi_recommendations r
             WHERE r.tenant_id = i.tenant_id AND r.inspection_id = i.id) AS findings
      FROM dvi_inspections i JOIN crm_vehicles v ON v.tenant_id = i.tenant_id AND v.id = i.vehicle_id
      LEFT JOIN jobs_jobs j ON j.tenant_id = i.tenant_id AND j.id = i.job_id
      JOIN crm_customers c ON c.tenant_id = i.tenant_id AND c.id = coalesce(j.customer_id, v.customer_id)
     WHERE i.id = %(id)s AND i.status = 'shared' AND i.link_revoked_at IS NULL AND c.status = 'active'
    """
)


def recipients(work: Work, event: InspectionShared) -> list[Recipient]:
    """The customer whose vehicle was inspected."""
    (rows,) = work.read(_FIND(id=event.inspection_id))
    return [
        Recipient(
            row["email"],
            row["phone"],
            row["name"],
            "customer",
            row["id"],
            {
                "customer.name": row["name"],
                "inspection.number": row["number"],
                "inspection.findings": row["findings"],
                "report.link": sharing.address(work, row["share_token"]),
                "vehicle.name": row["vehicle"] or "",
            },
        )
        for row in rows
    ]


YOUR_REPORT = MessageTemplate(
    "dvi.inspection.shared",
    "Your inspection report",
    {
        "en": Texts(
            "What we found at your car ({{vehicle.name}})",
            """Hello {{customer.name}},

we have inspected your car ({{vehicle.name}}). Points that need attention: {{inspection.findings}}. The report shows
everything, with photos:

{{report.link}}

Questions? Call us: {{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: the inspection report of your car ({{vehicle.name}}), with photos: {{report.link}}",
        ),
        "bn": Texts(
            "আপনার গাড়ির ({{vehicle.name}}) পরীক্ষার প্রতিবেদন",
            """প্রিয় {{customer.name}},

আমরা আপনার গাড়ি ({{vehicle.name}}) পরীক্ষা করেছি। যতগুলো বিষয় দেখা দরকার: {{inspection.findings}}। ছবিসহ পুরো প্রতিবেদন এখানে:

{{report.link}}

কোনো প্রশ্ন থাকলে ফোন করুন: {{workspace.phone}}।

{{workspace.name}}
""",
            "{{workspace.name}}: আপনার গাড়ির ({{vehicle.name}}) পরীক্ষার প্রতিবেদন, ছবিসহ: {{report.link}}",
        ),
        "de": Texts(
            "Was wir an Ihrem Auto ({{vehicle.name}}) gefunden haben",
            """Guten Tag {{customer.name}},

wir haben Ihr Auto ({{vehicle.name}}) geprüft. Punkte mit Handlungsbedarf: {{inspection.findings}}. Der Bericht zeigt
alles, mit Fotos:

{{report.link}}

Fragen? Rufen Sie uns an: {{workspace.phone}}.

{{workspace.name}}
""",
            "{{workspace.name}}: der Prüfbericht Ihres Autos ({{vehicle.name}}), mit Fotos: {{report.link}}",
        ),
    },
    (
        Placeholder("customer.name", "The customer's name", "Shirin Akhter"),
        Placeholder("inspection.number", "The inspection's number", "DVI-2026-00042"),
        Placeholder("inspection.findings", "How many points need attention", 3),
        Placeholder("report.link", "Where the report is", "https://demo.example.com/inspection-report/demo.0f3a"),
        Placeholder("vehicle.name", "The vehicle's plate, or make and model", "DHAKA METRO GA-12-3456"),
    ),
    event=InspectionShared,
    recipients=recipients,
    way="email_else_sms",
    transactional=True,
    enabled=True,
    required=("report.link",),
)
