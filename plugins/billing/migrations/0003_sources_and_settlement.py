"""What an invoice is about (number and vehicle), and how far it is settled, as columns that lists can go by.

Revision ID: billing_0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import extend_tenant_table
from jemeti_platform.db.shape import Indexed, Search

revision = "billing_0003"
down_revision = "billing_0002"
branch_labels = None
depends_on = None

SETTLEMENT = (
    "CASE WHEN credited = total AND credited > 0\\:\\:numeric THEN 'cancelled'\\:\\:text"
    " WHEN paid + credited = total THEN 'paid'\\:\\:text"
    " WHEN paid + credited > 0\\:\\:numeric THEN 'partial'\\:\\:text ELSE 'open'\\:\\:text END"
)


def upgrade() -> None:
    op.execute("ALTER TABLE billing_invoices DROP COLUMN search_text")
    extend_tenant_table(
        "billing_invoices",
        sa.Column("source_number", sa.Text),
        sa.Column("vehicle", JSONB),
        sa.Column("vehicle_plate", sa.Text),
        sa.Column("settlement", sa.Text, sa.Computed(SETTLEMENT, persisted=True), nullable=False),
        Indexed("settlement", "due_on"),
        Search("number", "payer_name", "reference", "source_number", "vehicle_plate"),
    )


def downgrade() -> None:
    op.execute("ALTER TABLE billing_invoices DROP COLUMN search_text")
    for name in ("settlement", "vehicle_plate", "vehicle", "source_number"):
        op.execute(f"ALTER TABLE billing_invoices DROP COLUMN {name}")
    extend_tenant_table("billing_invoices", Search("number", "payer_name", "reference"))
