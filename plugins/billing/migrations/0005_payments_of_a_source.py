"""Payments know what they were received for, such as a job, before they settle an invoice of it.

Revision ID: billing_0005
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import extend_tenant_table
from jemeti_platform.db.shape import Indexed

revision = "billing_0005"
down_revision = "billing_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    extend_tenant_table(
        "billing_payments",
        sa.Column("source_type", sa.Text),
        sa.Column("source_id", sa.Uuid),
        Indexed("source_id", where="source_id IS NOT NULL"),
        sa.CheckConstraint("(source_type IS NULL) = (source_id IS NULL)", name="source_whole"),
    )


def downgrade() -> None:
    op.drop_column("billing_payments", "source_id")  # index and rule go with it
    op.drop_column("billing_payments", "source_type")
