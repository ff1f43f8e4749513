"""Racks and sets.

Revision ID: tyres_0001
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.types import money_check

revision = "tyres_0001"
down_revision = None
branch_labels = ("tyres",)
depends_on = ("kernel_0001",)


def upgrade():
    create_tenant_table(
        "tyres_racks",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("sets_stored", sa.Integer, nullable=False, server_default=sa.text("0")),
        Unique("code"),
    )
    create_tenant_table(
        "tyres_sets",
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("rack_id", sa.Uuid, nullable=False),
        sa.Column("season", sa.Text, nullable=False),
        sa.Column("tread", sa.Numeric(4, 1)),
        sa.Column("wheels", sa.Integer, nullable=False, server_default=sa.text("4")),
        sa.Column("stored_on", sa.Date),
        sa.Column("on_rims", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("notes", sa.Text),
        sa.Column("tags", JSONB, nullable=False, server_default=sa.text("'[]'")),
        Reference("rack_id", "tyres_racks"),
        Unique("label"),
        Indexed("stored_on"),
        Search("label", "owner", "notes"),
        sa.CheckConstraint("season IN ('summer', 'winter', 'all_year')", name="season_known"),
        money_check("tread", minimum=0),
    )


def downgrade():
    drop_tenant_table("tyres_sets")
    drop_tenant_table("tyres_racks")
