"""Quotations and amendments, their lines, and the decisions on them.

Revision ID: jobs_0002
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Unique
from jemeti_platform.db.triggers import freeze_rows

revision = "jobs_0002"
down_revision = "jobs_0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
MONEY = sa.Numeric(14, 2)
PERCENT = sa.Numeric(6, 3)
NONE = sa.text("0")
FIGURES = ("amount", "discount", "taxable", "tax", "total")
STATES = "'draft', 'sent', 'approved', 'partially_approved', 'rejected', 'expired', 'superseded'"


def figures(*names: str) -> list[sa.Column]:
    return [sa.Column(name, MONEY, nullable=False, server_default=NONE) for name in names]


def number(name: str, more: str = "") -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{name} <> 'NaN'\\:\\:numeric{more}", name=f"{name}_number")


def upgrade() -> None:
    create_tenant_table(
        "jobs_quotations",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("kind", sa.Text, nullable=False, server_default=sa.text("'quotation'")),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'draft'")),
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("vehicle_id", sa.Uuid),
        sa.Column("amends_id", sa.Uuid),
        sa.Column("supersedes_id", sa.Uuid),
        sa.Column("valid_until", sa.Date),
        sa.Column("expires_at", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.Column("note", sa.Text),
        sa.Column("membership", sa.Text, comment="The membership whose discount its lines have"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("prices_include_tax", sa.Boolean, nullable=False),
        sa.Column("tax_rounding", sa.Text, nullable=False),
        *figures("subtotal", *FIGURES[1:]),
        sa.Column("tax_lines", JSONB, nullable=False, server_default=sa.text("'[]'")),
        Unique("number", "revision"),
        Unique("supersedes_id", where="supersedes_id IS NOT NULL"),
        Reference("job_id", "jobs_jobs"),
        Reference("customer_id", "crm_customers"),
        Reference("vehicle_id", "crm_vehicles"),
        Reference("amends_id", "jobs_quotations"),
        Reference("supersedes_id", "jobs_quotations", index=False),
        Indexed("created_at"),
        Indexed("expires_at", where="status = 'sent'"),
        sa.CheckConstraint(f"status IN ({STATES})", name="status_known"),
        sa.CheckConstraint("kind IN ('quotation', 'amendment')", name="kind_known"),
        sa.CheckConstraint("(kind = 'amendment') = (amends_id IS NOT NULL)", name="amendment_amends"),
        sa.CheckConstraint("(revision > 1) = (supersedes_id IS NOT NULL)", name="revision_supersedes"),
        sa.CheckConstraint("tax_rounding IN ('line', 'document')", name="tax_rounding_known"),
        sa.CheckConstraint("(sent_at IS NULL) = (expires_at IS NULL)", name="sent_expires"),
        sa.CheckConstraint("status <> 'draft' OR sent_at IS NULL", name="draft_is_unsent"),
        *(number(name) for name in ("subtotal", *FIGURES[1:])),
        grants="select insert update",
    )
    create_tenant_table(
        "jobs_quotation_lines",
        sa.Column("quotation_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, server_default=NONE),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("service_id", sa.Uuid),
        sa.Column("product_id", sa.Uuid),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False, server_default=sa.text("1")),
        sa.Column("unit_price", MONEY, nullable=False, server_default=NONE),
        sa.Column("discount_percent", PERCENT),
        sa.Column("discount_amount", MONEY),
        sa.Column("tax_rate_id", sa.Uuid),
        sa.Column("tax_rate", PERCENT),
        sa.Column("insurance_percent", PERCENT),
        sa.Column("note", sa.Text),
        sa.Column("declined_work_id", sa.Uuid),
        sa.Column("source", sa.Text),
        sa.Column("source_id", sa.Uuid),
        *figures(*FIGURES),
        Reference("quotation_id", "jobs_quotations", index=False),
        Unique("quotation_id", "id"),
        Reference("service_id", "jobs_services"),
        Reference("tax_rate_id", "billing_tax_rates"),
        Reference("declined_work_id", "jobs_declined_work"),
        sa.CheckConstraint("kind IN ('labour', 'part', 'sublet', 'fee')", name="kind_known"),
        sa.CheckConstraint("discount_percent IS NULL OR discount_amount IS NULL", name="one_discount"),
        *(number(name, f" AND {name} >= 0") for name in ("quantity", "unit_price", "discount_amount", "tax_rate")),
        *(number(name, f" AND {name} >= 0 AND {name} <= 100") for name in ("discount_percent", "insurance_percent")),
        *(number(name) for name in FIGURES),
        stamps=False,
    )
    create_tenant_table(
        "jobs_quotation_decisions",
        sa.Column("quotation_id", sa.Uuid, nullable=False),
        sa.Column("line_id", sa.Uuid, nullable=False),
        sa.Column("approval_id", sa.Uuid, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False, server_default=NOW),
        sa.ForeignKeyConstraint(
            ["tenant_id", "quotation_id", "line_id"],
            ["jobs_quotation_lines.tenant_id", "jobs_quotation_lines.quotation_id", "jobs_quotation_lines.id"],
            name="fk_jobs_quotation_decisions_line",
        ),
        Unique("line_id"),
        Reference("approval_id", "jobs_approvals"),
        Indexed("quotation_id"),
        sa.CheckConstraint("decision IN ('approved', 'declined')", name="decision_known"),
        grants="select insert",
        stamps=False,
    )
    freeze_rows(
        "jobs_quotations",
        when="sent_at IS NOT NULL",
        but=("status", "customer_id"),  # a customer may be merged into another one
        message="a quotation that was sent does not change",
    )
    freeze_rows(
        "jobs_quotation_lines",
        of=("quotation_id", "jobs_quotations"),
        when="sent_at IS NOT NULL",
        message="the lines of a quotation that was sent do not change",
    )


def downgrade() -> None:
    for table in ("jobs_quotation_decisions", "jobs_quotation_lines", "jobs_quotations"):
        drop_tenant_table(table)
