"""Quotations are shared and reminded of; lines know the item they are about, and decisions the work they kept.

Revision ID: jobs_0003
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import extend_tenant_table, keep_secret
from jemeti_platform.db.shape import Reference, Unique
from jemeti_platform.db.triggers import drop_trigger, freeze_rows

revision = "jobs_0003"
down_revision = "jobs_0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WORD = sa.text("replace(gen_random_uuid()::text, '-', '')")


def freeze(*but: str) -> None:
    drop_trigger("jobs_quotations", "frozen")
    freeze_rows(
        "jobs_quotations", when="sent_at IS NOT NULL", but=but, message="a quotation that was sent does not change"
    )


def upgrade() -> None:
    extend_tenant_table(
        "jobs_quotations",
        sa.Column("share_token", sa.Text, nullable=False, server_default=WORD, comment="The word of its public link"),
        sa.Column("reminded_at", INSTANT),
        Unique("share_token"),
        secret=("share_token",),
    )
    extend_tenant_table(
        "jobs_quotation_lines",
        sa.Column("source_item_id", sa.Uuid),
        Unique("quotation_id", "source_item_id", where="source_item_id IS NOT NULL"),
    )
    extend_tenant_table(
        "jobs_quotation_decisions",
        sa.Column("declined_work_id", sa.Uuid),
        Reference("declined_work_id", "jobs_declined_work", index=False),
        Unique("declined_work_id", where="declined_work_id IS NOT NULL"),
        sa.CheckConstraint("decision = 'declined' OR declined_work_id IS NULL", name="declined_is_kept"),
    )
    freeze("status", "customer_id", "reminded_at")


def downgrade() -> None:
    freeze("status", "customer_id")
    op.drop_column("jobs_quotation_decisions", "declined_work_id")
    op.drop_column("jobs_quotation_lines", "source_item_id")
    keep_secret("jobs_quotations")
    op.drop_column("jobs_quotations", "reminded_at")
    op.drop_column("jobs_quotations", "share_token")
