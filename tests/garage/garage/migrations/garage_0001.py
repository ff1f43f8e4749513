"""Repairs.

Revision ID: garage_0001
"""

import sqlalchemy as sa

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Unique

revision = "garage_0001"
down_revision = None
branch_labels = ("garage",)
depends_on = ("kernel_numbering",)


def upgrade():
    create_tenant_table(
        "garage_repairs",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("concern", sa.Text, nullable=False),
        Unique("number"),
    )


def downgrade():
    drop_tenant_table("garage_repairs")
