"""How long before its end a customer is reminded of a quotation.

Revision ID: jobs_0007
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import extend_tenant_table

revision = "jobs_0007"
down_revision = "jobs_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    extend_tenant_table(
        "jobs_settings",
        sa.Column("quotation_reminder_hours", sa.Integer),
        sa.CheckConstraint(
            "quotation_reminder_hours >= 0 AND quotation_reminder_hours <= 720", name="quotation_reminder_hours_number"
        ),
    )


def downgrade() -> None:
    op.drop_column("jobs_settings", "quotation_reminder_hours")
