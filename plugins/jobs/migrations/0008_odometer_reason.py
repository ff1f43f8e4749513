"""Why an odometer shows less than it did; no vehicle leaves with less on it than it came with.

Revision ID: jobs_0008
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import extend_tenant_table

revision = "jobs_0008"
down_revision = "jobs_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    extend_tenant_table(
        "jobs_jobs",
        sa.Column("odometer_reason", sa.Text),
        sa.CheckConstraint("odometer_out >= odometer_in", name="left_with_no_less"),
    )


def downgrade() -> None:
    op.execute("ALTER TABLE jobs_jobs DROP CONSTRAINT ck_jobs_jobs_left_with_no_less")
    op.drop_column("jobs_jobs", "odometer_reason")
