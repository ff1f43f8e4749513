"""Links of quotations are revoked and made anew; whether a quotation was opened.

Revision ID: jobs_0006
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table, extend_tenant_table
from jemeti_platform.db.shape import Reference, Unique
from jemeti_platform.db.triggers import drop_trigger, freeze_rows

revision = "jobs_0006"
down_revision = "jobs_0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def freeze(*but: str) -> None:
    drop_trigger("jobs_quotations", "frozen")
    freeze_rows(
        "jobs_quotations", when="sent_at IS NOT NULL", but=but, message="a quotation that was sent does not change"
    )


def upgrade() -> None:
    extend_tenant_table("jobs_quotations", sa.Column("link_revoked_at", INSTANT))
    freeze("status", "customer_id", "reminded_at", "share_token", "link_revoked_at")
    create_tenant_table(
        "jobs_quotation_views",
        sa.Column("quotation_id", sa.Uuid, nullable=False),
        sa.Column("first_viewed_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("last_viewed_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("views", sa.Integer, nullable=False, server_default=sa.text("1")),
        Reference("quotation_id", "jobs_quotations", index=False),
        Unique("quotation_id"),
        sa.CheckConstraint("views >= 1", name="views"),
        sa.CheckConstraint("last_viewed_at >= first_viewed_at", name="first_is_first"),
        stamps=False,
        audited=False,
        grants="select insert update",
    )


def downgrade() -> None:
    drop_tenant_table("jobs_quotation_views")
    freeze("status", "customer_id", "reminded_at")
    op.drop_column("jobs_quotations", "link_revoked_at")
