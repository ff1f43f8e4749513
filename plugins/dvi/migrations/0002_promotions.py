"""How work on an item is proposed, and which recommendations have been put into a quotation.

Revision ID: dvi_0002
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table, extend_tenant_table
from jemeti_platform.db.shape import Reference, Unique

revision = "dvi_0002"
down_revision = "dvi_0001"
branch_labels = None
depends_on = ("jobs_0002",)

PROPOSED = ("proposed_kind", "proposed_service_id", "proposed_quantity", "proposed_price")


def number(name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{name} <> 'NaN'\\:\\:numeric AND {name} >= 0", name=f"{name}_number")


def upgrade() -> None:
    extend_tenant_table(
        "dvi_items",
        sa.Column("proposed_kind", sa.Text, nullable=False, server_default=sa.text("'labour'")),
        sa.Column("proposed_service_id", sa.Uuid),
        sa.Column("proposed_quantity", sa.Numeric(14, 3)),
        sa.Column("proposed_price", sa.Numeric(14, 2)),
        Reference("proposed_service_id", "jobs_services"),
        sa.CheckConstraint("proposed_kind IN ('labour', 'part', 'sublet', 'fee')", name="proposed_kind_known"),
        number("proposed_quantity"),
        number("proposed_price"),
    )
    create_tenant_table(
        "dvi_promotions",
        sa.Column("recommendation_id", sa.Uuid, nullable=False),
        sa.Column("quotation_id", sa.Uuid, nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        Reference("recommendation_id", "dvi_recommendations", index=False),
        Unique("recommendation_id"),
        Reference("quotation_id", "jobs_quotations"),
        stamps=False,
        grants="select insert",
    )


def downgrade() -> None:
    drop_tenant_table("dvi_promotions")
    for name in PROPOSED:
        op.drop_column("dvi_items", name)
