"""Customers are reminded of overdue invoices, when a workspace says so.

Revision ID: billing_0006
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table, extend_tenant_table
from jemeti_platform.db.shape import Reference, Unique

revision = "billing_0006"
down_revision = "billing_0005"
branch_labels = None
depends_on = None


def _number(name: str, most: int) -> tuple[sa.Column, sa.CheckConstraint]:
    return (
        sa.Column(name, sa.Integer),
        sa.CheckConstraint(f"{name} >= 1 AND {name} <= {most}", name=f"{name}_number"),
    )


def upgrade() -> None:
    extend_tenant_table("billing_invoices", sa.Column("no_reminders", sa.Text), changing=("no_reminders",))
    create_tenant_table(
        "billing_reminders",
        sa.Column("invoice_id", sa.Uuid, nullable=False),
        sa.Column("step", sa.Integer),
        sa.Column("reminded_on", sa.Date, nullable=False),
        sa.Column("balance", sa.Numeric(14, 2), nullable=False),
        sa.Column("overdue_days", sa.Integer, nullable=False),
        sa.Column("actor_name", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        Reference("invoice_id", "billing_invoices", index=False),
        Unique("invoice_id", "step"),
        Unique("invoice_id", "reminded_on"),
        sa.CheckConstraint("balance <> 'NaN'\\:\\:numeric AND balance >= 0", name="balance_number"),
        sa.CheckConstraint("balance > 0", name="something_owed"),
        sa.CheckConstraint("step >= 1", name="step_number"),
        sa.CheckConstraint("overdue_days >= 1", name="overdue"),
        grants="select insert",
        stamps=False,
    )
    create_tenant_table(
        "billing_settings",
        *_number("reminder_after_days", 365),
        *_number("reminder_every_days", 365),
        *_number("reminder_limit", 12),
        key=(),
        grants="select insert update",
        stamps=False,
    )


def downgrade() -> None:
    drop_tenant_table("billing_settings")
    drop_tenant_table("billing_reminders")
    op.drop_column("billing_invoices", "no_reminders")
