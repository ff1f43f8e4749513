"""What was approved stands with its taxes; what of it is invoiced, once; the settings of jobs.

Revision ID: jobs_0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table, extend_tenant_table
from jemeti_platform.db.shape import Reference, Unique
from jemeti_platform.db.triggers import drop_trigger, freeze_rows

revision = "jobs_0004"
down_revision = "jobs_0003"
branch_labels = None
depends_on = ("billing_0002",)

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
MONEY = sa.Numeric(14, 2)
GOES_ON = {
    "jobs_lines": ("position", "mechanic_id", "hours", "labour_cost", "sublet_vendor", "sublet_cost", "status", "note"),
    "jobs_parts": ("position", "line_id", "part_number", "unit_cost", "status", "note"),
}
"""What of approved work may still change: everything but what was agreed."""
PRICED = ("jobs_lines", "jobs_parts", "jobs_quotation_lines")


def upgrade() -> None:
    for table in PRICED:
        extend_tenant_table(table, sa.Column("taxes", JSONB, nullable=False, server_default=sa.text("'[]'")))
    create_tenant_table(
        "jobs_invoicings",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("invoice_id", sa.Uuid),
        sa.Column("insurer_invoice_id", sa.Uuid),
        sa.Column("covered", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("insured", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("freed_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        Reference("job_id", "jobs_jobs"),
        Reference("invoice_id", "billing_invoices"),
        Reference("insurer_invoice_id", "billing_invoices"),
        sa.CheckConstraint("invoice_id IS NOT NULL OR insurer_invoice_id IS NOT NULL", name="invoiced_to_somebody"),
        sa.CheckConstraint("covered <> 'NaN'\\:\\:numeric AND covered >= 0", name="covered_number"),
        sa.CheckConstraint("insured <> 'NaN'\\:\\:numeric AND insured >= 0", name="insured_number"),
        sa.CheckConstraint("insured <= covered", name="insured_is_covered"),
        grants="select insert update",
        stamps=False,
    )
    create_tenant_table(
        "jobs_invoiced_work",
        sa.Column("invoicing_id", sa.Uuid, nullable=False),
        sa.Column("line_id", sa.Uuid),
        sa.Column("part_id", sa.Uuid),
        sa.Column("freed_at", INSTANT),
        Reference("invoicing_id", "jobs_invoicings"),
        Reference("line_id", "jobs_lines", index=False),
        Reference("part_id", "jobs_parts", index=False),
        Unique("line_id", where="freed_at IS NULL"),
        Unique("part_id", where="freed_at IS NULL"),
        sa.CheckConstraint("(line_id IS NULL) <> (part_id IS NULL)", name="line_or_part"),
        grants="select insert update",
        stamps=False,
    )
    for table, columns in GOES_ON.items():
        freeze_rows(
            table,
            when="approval = 'approved'",
            but=columns,
            message="what was approved stands as it was approved",
            name="approved",
        )


def downgrade() -> None:
    for table in GOES_ON:
        drop_trigger(table, "approved")
    drop_tenant_table("jobs_invoiced_work")
    drop_tenant_table("jobs_invoicings")
    for table in PRICED:
        op.drop_column(table, "taxes")
