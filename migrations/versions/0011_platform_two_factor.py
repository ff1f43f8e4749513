"""A second factor for administrators of the platform.

Revision ID: kernel_platform_two_factor
"""

import sqlalchemy as sa
from alembic import op

revision = "kernel_platform_two_factor"
down_revision = "kernel_messages"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
TABLES = ("platform_challenges", "platform_recovery_codes", "platform_two_factors")


def upgrade() -> None:
    op.create_table(
        "platform_two_factors",
        sa.Column("id", sa.Uuid, sa.ForeignKey("platform_admins.id", ondelete="RESTRICT"), primary_key=True),
        sa.Column("secret_cipher", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("last_step", sa.BigInteger),
    )
    op.create_table(
        "platform_recovery_codes",
        sa.Column("id", sa.Uuid, primary_key=True),
        _admin(),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("used_at", INSTANT),
        sa.UniqueConstraint("admin_id", "code_hash"),
    )
    op.create_table(
        "platform_challenges",
        sa.Column("id", sa.Uuid, primary_key=True),
        _admin(index=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
    )
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO jemeti_platform")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _admin(*, index: bool = False) -> sa.Column:
    return sa.Column(
        "admin_id", sa.Uuid, sa.ForeignKey("platform_admins.id", ondelete="RESTRICT"), nullable=False, index=index
    )
