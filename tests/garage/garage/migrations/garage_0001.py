"""Repairs.

Revision ID: garage_0001
"""

import sqlalchemy as sa
from garage.models import Part, Repair

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.types import MoneyColumn

revision = "garage_0001"
down_revision = None
branch_labels = ("garage",)
depends_on = ("kernel_lifecycles",)


def upgrade():
    create_tenant_table(
        "garage_repairs",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'draft'")),
        sa.Column("sub_state_id", sa.Uuid),
        sa.Column("concern", sa.Text, nullable=False),
        sa.Column("bicycle", sa.Text),
        sa.Column("stand", sa.Text),
        sa.Column("agreed", MoneyColumn()),
        sa.Column("price", MoneyColumn()),
        *Repair.__shape__,
    )
    create_tenant_table(
        "garage_parts",
        sa.Column("repair_id", sa.Uuid, nullable=False),
        sa.Column("is_there", sa.Boolean, nullable=False, server_default=sa.text("false")),
        *Part.__shape__,
    )


def downgrade():
    drop_tenant_table("garage_parts")
    drop_tenant_table("garage_repairs")
