"""API keys, and when each was last used.

Revision ID: kernel_api_keys
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.auth import functions as auth
from jemeti_platform.db.audit import AUDIT
from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Reference

revision = "kernel_api_keys"
down_revision = "kernel_numbering"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_tenant_table(
        "api_keys",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("permissions", JSONB, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.Column("former_key_hash", sa.Text),
        sa.Column("former_until", INSTANT),
        sa.Column("former_by", sa.Uuid),
        Reference("created_by", "users"),
        Reference("former_by", "users", index=False),
        sa.CheckConstraint("(former_key_hash IS NULL) = (former_until IS NULL)", name="former_has_end"),
        sa.CheckConstraint("(former_key_hash IS NULL) = (former_by IS NULL)", name="former_has_maker"),
        grants="select insert update",
        secret=("key_hash", "former_key_hash"),
    )
    create_tenant_table(
        "api_key_uses",
        sa.Column("last_used_at", INSTANT),
        sa.Column("last_used_address", sa.Text),
        Reference("id", "api_keys", index=False),
        stamps=False,
        grants="select insert",
        audited=False,
    )
    for body in (auth.ENTER_WITH_KEY, AUDIT):
        op.execute(sa.text(body.replace(":", "\\:")))
    for signature in auth.SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO jemeti_app, jemeti_platform")


def downgrade() -> None:
    for signature in auth.SIGNATURES:
        op.execute(f"DROP FUNCTION {signature}")
    drop_tenant_table("api_key_uses")
    drop_tenant_table("api_keys")
