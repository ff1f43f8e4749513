"""Links of shared reports are revoked and made anew.

Revision ID: dvi_0004
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import extend_tenant_table
from jemeti_platform.db.triggers import drop_trigger, freeze_rows

revision = "dvi_0004"
down_revision = "dvi_0003"
branch_labels = None
depends_on = None

MESSAGE = "a completed inspection does not change"


def freeze(*but: str) -> None:
    for name in ("frozen", "shared"):
        drop_trigger("dvi_inspections", name)
    freeze_rows(
        "dvi_inspections", when="status IN ('completed', 'shared')", but=("status", "shared_at", *but), message=MESSAGE
    )
    freeze_rows("dvi_inspections", when="status = 'shared'", but=but, message=MESSAGE, name="shared")


def upgrade() -> None:
    extend_tenant_table(
        "dvi_inspections",
        sa.Column("link_revoked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("link_revoked_at IS NULL OR status = 'shared'", name="only_shared_is_revoked"),
    )
    freeze("share_token", "link_revoked_at")


def downgrade() -> None:
    freeze()
    op.drop_column("dvi_inspections", "link_revoked_at")
