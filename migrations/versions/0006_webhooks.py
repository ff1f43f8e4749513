"""Webhooks: endpoints, deliveries and their attempts.

Revision ID: kernel_webhooks
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Unique
from jemeti_platform.webhooks import functions as webhooks

revision = "kernel_webhooks"
down_revision = "kernel_documents"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    create_tenant_table(
        "webhook_endpoints",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("event_types", JSONB, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("generation", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("previous_secret", sa.Text),
        sa.Column("previous_secret_until", INSTANT),
        Indexed("created_at"),
        sa.CheckConstraint("status IN ('active', 'disabled')", name="status_known"),
        sa.CheckConstraint("(status = 'disabled') = (disabled_reason IS NOT NULL)", name="disabled_has_reason"),
        sa.CheckConstraint("(previous_secret IS NULL) = (previous_secret_until IS NULL)", name="previous_secret_ends"),
        sa.CheckConstraint("jsonb_typeof(event_types) = 'array' AND event_types <> '[]'", name="event_types_some"),
        secret=("secret", "previous_secret"),
    )
    create_tenant_table(
        "webhook_failures",
        sa.Column("endpoint_id", sa.Uuid, nullable=False),
        sa.Column("since", INSTANT, nullable=False, server_default=NOW),
        sa.Column("resting_until", INSTANT),
        Reference("endpoint_id", "webhook_endpoints", ondelete="CASCADE", index=False),
        key=("endpoint_id",),
        stamps=False,
        audited=False,
    )
    create_tenant_table(
        "webhook_deliveries",
        sa.Column("endpoint_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("object_id", sa.Uuid),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'pending'")),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("round", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("started_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("next_attempt_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.Column("response_status", sa.Integer),
        sa.Column("duration_ms", sa.Integer),
        sa.Column("error", sa.Text),
        Reference("endpoint_id", "webhook_endpoints", ondelete="CASCADE", index=False),
        Reference("event_id", "events"),
        Unique("endpoint_id", "event_id"),
        Indexed("endpoint_id", "created_at"),
        Indexed("endpoint_id", "object_id"),
        Indexed("created_at"),
        sa.CheckConstraint("status IN ('pending', 'succeeded', 'failed', 'cancelled')", name="status_known"),
        sa.CheckConstraint("(status = 'pending') = (finished_at IS NULL)", name="finished_or_pending"),
        stamps=False,
        audited=False,
    )
    create_tenant_table(
        "webhook_attempts",
        sa.Column("delivery_id", sa.Uuid, nullable=False),
        sa.Column("at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("response_status", sa.Integer),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("response_body", sa.Text),
        Reference("delivery_id", "webhook_deliveries", ondelete="CASCADE"),
        grants="select insert delete",
        stamps=False,
        audited=False,
    )
    for body in (webhooks.DELIVER_EVENTS, webhooks.DELIVER_EVENTS_TRIGGER, webhooks.HASTEN):
        op.execute(sa.text(body.replace(":", "\\:")))
    op.execute("REVOKE ALL ON FUNCTION jemeti.deliver_events() FROM PUBLIC")
    for signature in webhooks.SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO jemeti_app, jemeti_platform")


def downgrade() -> None:
    op.execute("DROP TRIGGER deliver_events ON events")
    op.execute("DROP FUNCTION jemeti.deliver_events()")
    op.execute("DROP FUNCTION jemeti.hasten(text)")
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_failures", "webhook_endpoints"):
        drop_tenant_table(table)
