"""Inspections are found by number and vehicle; whether a shared report was opened.

Revision ID: dvi_0003
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import backfill, create_tenant_table, drop_tenant_table, extend_tenant_table
from jemeti_platform.db.shape import Reference, Search, Unique

revision = "dvi_0003"
down_revision = "dvi_0002"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
NAME_VEHICLES = """
UPDATE dvi_inspections i SET vehicle_name = concat_ws(' ', v.plate, v.plate_key, v.vin, v.make, v.model)
  FROM crm_vehicles v WHERE v.tenant_id = i.tenant_id AND v.id = i.vehicle_id
"""


def upgrade() -> None:
    extend_tenant_table("dvi_inspections", sa.Column("vehicle_name", sa.Text))
    backfill(NAME_VEHICLES)
    extend_tenant_table("dvi_inspections", Search("number", "vehicle_name", "template_name"))
    create_tenant_table(
        "dvi_report_views",
        sa.Column("inspection_id", sa.Uuid, nullable=False),
        sa.Column("first_viewed_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("last_viewed_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("views", sa.Integer, nullable=False, server_default=sa.text("1")),
        Reference("inspection_id", "dvi_inspections", index=False),
        Unique("inspection_id"),
        sa.CheckConstraint("views >= 1", name="views"),
        sa.CheckConstraint("last_viewed_at >= first_viewed_at", name="first_is_first"),
        stamps=False,
        audited=False,
        grants="select insert update",
    )


def downgrade() -> None:
    drop_tenant_table("dvi_report_views")
    op.drop_column("dvi_inspections", "search_text")
    op.drop_column("dvi_inspections", "vehicle_name")
