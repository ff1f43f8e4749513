"""Whether a shared report was opened.

Revision ID: dvi_0003
"""

import sqlalchemy as sa

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Reference, Unique

revision = "dvi_0003"
down_revision = "dvi_0002"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
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
