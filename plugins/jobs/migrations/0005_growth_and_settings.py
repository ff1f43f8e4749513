"""Work that was accepted within the tolerance, and the settings of jobs.

Revision ID: jobs_0005
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table, extend_tenant_table

revision = "jobs_0005"
down_revision = "jobs_0004"
branch_labels = None
depends_on = None

CHANNELS = "'in_person', 'phone', 'email', 'sms', 'chat', 'portal'"
RULE = "ck_jobs_approvals_channel_known"


def upgrade() -> None:
    for table in ("jobs_lines", "jobs_parts"):
        extend_tenant_table(
            table,
            sa.Column("within_tolerance", sa.Boolean, nullable=False, server_default=sa.text("false")),
            sa.CheckConstraint("NOT within_tolerance OR approval = 'approved'", name="tolerated_is_approved"),
        )
    op.execute(f"ALTER TABLE jobs_approvals DROP CONSTRAINT {RULE}")
    extend_tenant_table(
        "jobs_approvals", sa.CheckConstraint(f"channel IN ({CHANNELS}, 'tolerance')", name="channel_known")
    )
    create_tenant_table(
        "jobs_settings",
        sa.Column("tolerance_percent", sa.Numeric(6, 3)),
        sa.Column("tolerance_amount", sa.Numeric(14, 2)),
        sa.Column("quotation_validity_days", sa.Integer),
        sa.CheckConstraint(
            "tolerance_percent <> 'NaN'\\:\\:numeric AND tolerance_percent >= 0 AND tolerance_percent <= 100",
            name="tolerance_percent_number",
        ),
        sa.CheckConstraint(
            "tolerance_amount <> 'NaN'\\:\\:numeric AND tolerance_amount >= 0", name="tolerance_amount_number"
        ),
        sa.CheckConstraint(
            "quotation_validity_days >= 1 AND quotation_validity_days <= 365", name="quotation_validity_days_number"
        ),
        key=(),
        grants="select insert update",
        stamps=False,
    )


def downgrade() -> None:
    drop_tenant_table("jobs_settings")
    op.execute(f"ALTER TABLE jobs_approvals DROP CONSTRAINT {RULE}")
    extend_tenant_table("jobs_approvals", sa.CheckConstraint(f"channel IN ({CHANNELS})", name="channel_known"))
    for table in ("jobs_lines", "jobs_parts"):
        op.drop_column(table, "within_tolerance")
