"""Lifecycles: how records have moved, and the sub-states of workspaces.

Revision ID: kernel_lifecycles
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.lifecycle.models import Move, SubStateRow

revision = "kernel_lifecycles"
down_revision = "kernel_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "lifecycle_history",
        sa.Column("lifecycle", sa.Text, nullable=False),
        sa.Column("record_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_name", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("from_state", sa.Text, nullable=False),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("inputs", JSONB, nullable=False, server_default=sa.text("'{}'")),
        *Move.__shape__,
        grants="select insert",
        stamps=False,
        audited=False,
    )
    create_tenant_table(
        "sub_states",
        sa.Column("lifecycle", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("colour", sa.Text),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        *SubStateRow.__shape__,
    )


def downgrade() -> None:
    drop_tenant_table("sub_states")
    drop_tenant_table("lifecycle_history")
