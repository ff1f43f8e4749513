"""A second factor for users: authenticators, recovery codes, log-ins that wait for one, and who must have one.

Revision ID: kernel_two_factor
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table, extend_tenant_table
from jemeti_platform.db.shape import Reference, Unique
from jemeti_platform.tenancy.functions import ENTER

revision = "kernel_two_factor"
down_revision = "kernel_webhooks"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
ENTERING = "jemeti.enter(uuid, uuid)"


def upgrade() -> None:
    create_tenant_table(
        "two_factors",
        sa.Column("secret_cipher", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("last_step", sa.BigInteger),
        Reference("id", "users", index=False),
        stamps=False,
        secret=("secret_cipher",),
    )
    create_tenant_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("used_at", INSTANT),
        Reference("user_id", "users", index=False),
        Unique("user_id", "code_hash"),
        stamps=False,
        secret=("code_hash",),
    )
    extend_tenant_table(
        "workspaces",
        sa.Column("two_factor_required", sa.Text, nullable=False, server_default=sa.text("'off'")),
        sa.CheckConstraint("two_factor_required IN ('off', 'admins', 'everybody')", name="two_factor_required"),
    )
    _purposes("'reset', 'invitation', 'two_factor'")
    # a function's columns cannot be changed in place
    op.execute(f"DROP FUNCTION {ENTERING}")
    op.execute(sa.text(ENTER.replace(":", "\\:")))
    op.execute(f"REVOKE ALL ON FUNCTION {ENTERING} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {ENTERING} TO jemeti_app, jemeti_platform")


def downgrade() -> None:
    op.execute("DELETE FROM one_time_tokens WHERE purpose = 'two_factor'")
    _purposes("'reset', 'invitation'")
    op.drop_column("workspaces", "two_factor_required")
    drop_tenant_table("recovery_codes")
    drop_tenant_table("two_factors")


def _purposes(words: str) -> None:
    name = "ck_one_time_tokens_purpose_known"
    op.execute(f"ALTER TABLE one_time_tokens DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE one_time_tokens ADD CONSTRAINT {name} CHECK (purpose IN ({words}))")
