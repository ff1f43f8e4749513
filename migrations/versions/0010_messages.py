"""Messages: the outbox, what workspaces make of templates, who wants no more; quiet hours and SMS sender.

Revision ID: kernel_messages
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table, extend_tenant_table
from jemeti_platform.db.shape import Indexed, Search, Unique

revision = "kernel_messages"
down_revision = "kernel_lifecycles"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CHANNEL = "channel IN ('email', 'sms')"
CLOCK = "{0} ~ '^([01][0-9]|2[0-3])\\:[0-5][0-9]$'"
COLUMNS = ("quiet_from", "quiet_to", "sms_sender")


def upgrade() -> None:
    create_tenant_table(
        "messages",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("recipient_key", sa.Text, nullable=False),
        sa.Column("recipient_name", sa.Text),
        sa.Column("recipient_kind", sa.Text),
        sa.Column("recipient_id", sa.Uuid),
        sa.Column("template", sa.Text),
        sa.Column("event_id", sa.Uuid),
        sa.Column("resend_of", sa.Uuid),
        sa.Column("subject", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("secret_text", sa.Text),
        sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("transactional", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("segments", sa.Integer),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'queued'")),
        sa.Column("reason", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("last_error", sa.Text),
        sa.Column("send_after", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.Column("provider_reference", sa.Text),
        sa.Column("unsubscribe_token", sa.Text),
        Indexed("created_at"),
        Indexed("recipient_id"),
        Indexed("channel", "recipient_key"),
        Unique("unsubscribe_token", where="unsubscribe_token IS NOT NULL"),
        Search("recipient", "recipient_name", "subject"),
        sa.CheckConstraint(CHANNEL, name="channel_known"),
        sa.CheckConstraint("status IN ('queued', 'held', 'sent', 'failed', 'suppressed')", name="status_known"),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        sa.CheckConstraint("(channel = 'sms') = (segments IS NOT NULL)", name="segments"),
        sa.CheckConstraint("confidential = (text IS NULL)", name="one_text"),
        sa.CheckConstraint(
            "secret_text IS NULL OR confidential AND status IN ('queued', 'held')", name="secret_while_waiting"
        ),
        sa.CheckConstraint("transactional OR NOT confidential", name="confidential_is_transactional"),
        grants="select insert update",
        secret=("secret_text", "unsubscribe_token"),
    )
    create_tenant_table(
        "message_templates",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean),
        sa.Column("way", sa.Text),
        sa.Column("delay_minutes", sa.Integer),
        sa.Column("subject", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("sms_text", sa.Text),
        Unique("name"),
        sa.CheckConstraint("delay_minutes BETWEEN 0 AND 525600", name="delay_minutes"),
        sa.CheckConstraint("way IN ('email', 'sms', 'email_else_sms', 'sms_else_email', 'both')", name="way_known"),
    )
    # what a workspace has said of them is remembered under its stamp
    op.execute(
        "CREATE TRIGGER bump_stamp AFTER INSERT OR UPDATE OR DELETE ON message_templates "
        "FOR EACH STATEMENT EXECUTE FUNCTION jemeti.bump_stamp()"
    )
    create_tenant_table(
        "message_suppressions",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=sa.text("'manual'")),
        sa.Column("note", sa.Text),
        Unique("channel", "address_key"),
        Indexed("created_at"),
        Search("address", "note"),
        sa.CheckConstraint(CHANNEL, name="channel_known"),
        sa.CheckConstraint("reason IN ('unsubscribed', 'manual')", name="reason_known"),
    )
    extend_tenant_table(
        "workspaces",
        sa.Column("quiet_from", sa.Text, server_default=sa.text("'21\\:00'")),
        sa.Column("quiet_to", sa.Text, server_default=sa.text("'08\\:00'")),
        sa.Column("sms_sender", sa.Text),
        sa.CheckConstraint(CLOCK.format("quiet_from"), name="quiet_from"),
        sa.CheckConstraint(CLOCK.format("quiet_to"), name="quiet_to"),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet_both"),
        sa.CheckConstraint("sms_sender ~ '^([A-Za-z0-9 ]{1,11}|[+]?[0-9]{3,15})$'", name="sms_sender"),
    )


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("workspaces", column)
    for table in ("message_suppressions", "message_templates", "messages"):
        drop_tenant_table(table)
