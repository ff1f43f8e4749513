"""The kernel: workspaces, features, people, administrators.

Revision ID: kernel_0001
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.auth import functions as auth
from jemeti_platform.db import functions
from jemeti_platform.db.audit import create_audit_log
from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.tenancy import functions as tenancy

revision = "kernel_0001"
down_revision = None
branch_labels = ("kernel",)
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
EMPTY = sa.text("'{}'")
VALUES = "value IN ('on', 'read_only', 'off')"

TENANT_TABLES = (
    "idempotency_keys",
    "audit_log",
    "one_time_tokens",
    "refresh_tokens",
    "sessions",
    "users",
    "roles",
    "feature_overrides",
    "workspaces",
)
GLOBAL_TABLES = (
    "platform_idempotency_keys",
    "platform_audit_log",
    "platform_sessions",
    "platform_admins",
    "kill_switches",
    "platform_state",
    "tenants",
    "plans",
)


def upgrade() -> None:
    for statement in functions.INSTALL:
        op.execute(sa.text(statement.replace(":", "\\:")))
    _global_tables()
    _tenant_tables()
    _functions()


def _global_tables() -> None:
    op.create_table(
        "plans",
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("features", JSONB, nullable=False),
        sa.Column("limits", JSONB, nullable=False, server_default=EMPTY),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        sa.Column("plan", sa.Text, sa.ForeignKey("plans.slug", ondelete="RESTRICT"), nullable=False, index=True),
        sa.Column("add_ons", JSONB, nullable=False, server_default=EMPTY),
        sa.Column("limits", JSONB, nullable=False, server_default=EMPTY),
        sa.Column("plugins", JSONB, nullable=False, server_default=EMPTY),
        sa.Column("stamp", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("closed_at", INSTANT),
        sa.Column("erased_at", INSTANT),
        sa.CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name="slug_label"),
        sa.CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status_known"),
        sa.CheckConstraint("erased_at IS NULL OR status = 'closed'", name="closed_before_erased"),
    )
    op.create_table(
        "platform_state",
        sa.Column("id", sa.Boolean, primary_key=True, server_default=sa.text("true")),
        sa.Column("stamp", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.CheckConstraint("id", name="only_one"),
    )
    op.execute("INSERT INTO platform_state DEFAULT VALUES")
    op.create_table(
        "kill_switches",
        sa.Column("feature", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.CheckConstraint(VALUES, name="value_known"),
    )
    op.create_table(
        "platform_admins",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("last_login_at", INSTANT),
        sa.CheckConstraint("status IN ('active', 'disabled')", name="status_known"),
    )
    op.create_table(
        "platform_sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "admin_id", sa.Uuid, sa.ForeignKey("platform_admins.id", ondelete="RESTRICT"), nullable=False, index=True
        ),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("address", sa.Text),
    )
    op.create_table(
        "platform_audit_log",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("admin_id", sa.Uuid, sa.ForeignKey("platform_admins.id", ondelete="RESTRICT"), index=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenants.id", ondelete="RESTRICT")),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
        sa.Column("address", sa.Text),
        sa.Column("request_id", sa.Text),
        sa.Index("ix_platform_audit_log_tenant_id_at", "tenant_id", "at"),
        sa.Index("ix_platform_audit_log_at", "at"),
    )
    op.create_table(
        "platform_idempotency_keys",
        *_idempotency_columns(),
        sa.PrimaryKeyConstraint("principal", "route", "key"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON platform_idempotency_keys TO jemeti_platform")
    for table in ("tenants", "plans", "kill_switches", "platform_admins", "platform_sessions"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO jemeti_platform")
    op.execute("REVOKE DELETE ON tenants, platform_admins FROM jemeti_platform")
    op.execute("GRANT SELECT, UPDATE ON platform_state TO jemeti_platform")
    op.execute("GRANT SELECT, INSERT ON platform_audit_log TO jemeti_platform")
    op.execute("GRANT SELECT ON alembic_version TO jemeti_platform, jemeti_backup")
    op.execute("GRANT SELECT ON tenants, plans, platform_state, kill_switches, platform_audit_log TO jemeti_backup")


def _idempotency_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("principal", sa.Uuid, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("status", sa.Integer),
        sa.Column("headers", JSONB),
        sa.Column("body", sa.LargeBinary),
    ]


def _tenant_tables() -> None:
    create_audit_log()
    create_tenant_table(
        "idempotency_keys",
        *_idempotency_columns(),
        key=("principal", "route", "key"),
        stamps=False,
        audited=False,
        grants="select insert update",
    )
    create_tenant_table(
        "workspaces",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False, server_default=sa.text("'en'")),
        sa.Column("phone", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("address", JSONB),
        sa.Column("registration_numbers", JSONB, nullable=False, server_default=EMPTY),
        sa.Column("brand_colour", sa.Text),
        sa.Column("labour_rate", sa.Numeric(14, 2)),
        sa.Column("token_ttl_seconds", sa.Integer, nullable=False, server_default=sa.text("900")),
        sa.Column("prices_include_tax", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("tax_rounding", sa.Text, nullable=False, server_default=sa.text("'line'")),
        sa.CheckConstraint("id = tenant_id", name="one_row"),
        sa.CheckConstraint("token_ttl_seconds BETWEEN 60 AND 86400", name="token_ttl_seconds"),
        sa.CheckConstraint("tax_rounding IN ('line', 'document')", name="tax_rounding"),
        sa.CheckConstraint("labour_rate <> 'NaN'\\:\\:numeric AND labour_rate >= 0", name="labour_rate_number"),
        grants="select insert update",
    )
    create_tenant_table(
        "feature_overrides",
        sa.Column("feature", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("expires_at", INSTANT),
        Unique("feature"),
        sa.CheckConstraint(VALUES, name="value_known"),
    )
    create_tenant_table(
        "roles",
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("system", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("permissions", JSONB, nullable=False, server_default=sa.text("'[]'")),
        Unique("slug"),
    )
    create_tenant_table(
        "users",
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'invited'")),
        sa.Column("password_hash", sa.Text),
        sa.Column("password_changed_at", INSTANT),
        sa.Column("last_login_at", INSTANT),
        Unique("email_key"),
        Reference("role_id", "roles"),
        Search("name", "email"),
        sa.CheckConstraint("status IN ('invited', 'active', 'disabled')", name="status_known"),
        sa.CheckConstraint("status <> 'active' OR password_hash IS NOT NULL", name="active_has_password"),
        grants="select insert update",
        secret=("password_hash",),
    )
    create_tenant_table(
        "sessions",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("end_reason", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("user_agent", sa.Text),
        Reference("user_id", "users"),
        stamps=False,
    )
    create_tenant_table(
        "refresh_tokens",
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        Reference("session_id", "sessions"),
        Unique("token_hash"),
        stamps=False,
        audited=False,
    )
    create_tenant_table(
        "one_time_tokens",
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        Reference("user_id", "users"),
        Unique("token_hash"),
        Indexed("expires_at"),
        sa.CheckConstraint("purpose IN ('reset', 'invitation')", name="purpose_known"),
        stamps=False,
        audited=False,
    )
    # what a workspace may use is the platform's to say, whatever code runs as the app
    op.execute("REVOKE INSERT, UPDATE, DELETE ON feature_overrides FROM jemeti_app")


def _functions() -> None:
    for body in (
        tenancy.ENTER,
        tenancy.WORKSPACE_FACTS,
        tenancy.FIND_WORKSPACE,
        tenancy.BUMP_STAMP,
        tenancy.BUMP_OWN_STAMP,
        tenancy.BUMP_PLATFORM_STAMP,
        tenancy.ERASE_WORKSPACE,
    ):
        op.execute(sa.text(body.replace(":", "\\:")))
    for signature in tenancy.SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO jemeti_app, jemeti_platform")
    for signature in tenancy.PLATFORM_SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO jemeti_platform")
    for body in (auth.KEEP_AN_OWNER, auth.KEEP_AN_OWNER_TRIGGER):
        op.execute(sa.text(body.replace(":", "\\:")))
    for table in ("workspaces", "feature_overrides", "roles"):
        op.execute(
            f"CREATE TRIGGER bump_stamp AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION jemeti.bump_stamp()"
        )
    op.execute(
        "CREATE TRIGGER bump_own_stamp BEFORE UPDATE OF plan, add_ons, limits, status ON tenants "
        "FOR EACH ROW EXECUTE FUNCTION jemeti.bump_own_stamp()"
    )
    for table in ("plans", "kill_switches"):
        op.execute(
            f"CREATE TRIGGER bump_platform_stamp AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION jemeti.bump_platform_stamp()"
        )


def downgrade() -> None:
    for table in TENANT_TABLES:
        drop_tenant_table(table)
    for signature in (*tenancy.SIGNATURES, *tenancy.PLATFORM_SIGNATURES):
        op.execute(f"DROP FUNCTION {signature} CASCADE")
    op.execute("DROP FUNCTION jemeti.keep_an_owner()")
    for table in GLOBAL_TABLES:
        op.drop_table(table)
    for statement in functions.REMOVE:
        op.execute(sa.text(statement.replace(":", "\\:")))
