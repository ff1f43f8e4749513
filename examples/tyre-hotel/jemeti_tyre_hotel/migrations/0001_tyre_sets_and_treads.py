"""Tyre sets and treads.

Revision ID: tyre_hotel_0001
"""

import sqlalchemy as sa

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique

revision = "tyre_hotel_0001"
down_revision = None
branch_labels = ("tyre_hotel",)
depends_on = ("kernel_imports_and_exports",)


def upgrade() -> None:
    create_tenant_table(
        "tyre_hotel_tyre_sets",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'expected'")),
        sa.Column("plate", sa.Text, nullable=False),
        sa.Column("owner_name", sa.Text, nullable=False),
        sa.Column("owner_phone", sa.Text),
        sa.Column("owner_email", sa.Text),
        sa.Column("season", sa.Text, nullable=False),
        sa.Column("size", sa.Text),
        sa.Column("position", sa.Text),
        sa.Column("due_on", sa.Date),
        sa.Column("reminded_on", sa.Date),
        sa.Column("notes", sa.Text),
        Unique("number"),
        Unique("position"),
        Unique("plate", "season", where="status IN ('expected', 'stored')"),
        Indexed("due_on", where="status = 'stored' AND reminded_on IS NULL"),
        Search("number", "plate", "owner_name", "position"),
        sa.CheckConstraint("status IN ('expected', 'stored', 'collected', 'disposed')", name="status_known"),
        sa.CheckConstraint("season IN ('summer', 'winter', 'all_season')", name="season_known"),
        sa.CheckConstraint("(status = 'stored') = (position IS NOT NULL)", name="stored_has_position"),
        grants="select insert update",
    )
    create_tenant_table(
        "tyre_hotel_treads",
        sa.Column("tyre_set_id", sa.Uuid, nullable=False),
        sa.Column("wheel", sa.Text, nullable=False),
        sa.Column("depth", sa.Numeric(precision=4, scale=1), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        Reference("tyre_set_id", "tyre_hotel_tyre_sets", index=False),
        Indexed("tyre_set_id", "created_at"),
        sa.CheckConstraint("wheel IN ('front_left', 'front_right', 'rear_left', 'rear_right')", name="wheel_known"),
        sa.CheckConstraint("depth <> 'NaN'::numeric AND depth >= 0 AND depth <= 20", name="depth_number"),
        grants="select insert",
        stamps=False,
    )


def downgrade() -> None:
    drop_tenant_table("tyre_hotel_treads")
    drop_tenant_table("tyre_hotel_tyre_sets")
