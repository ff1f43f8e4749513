"""Events that are kept, and the queue of jobs.

Revision ID: kernel_events
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Unique
from jemeti_platform.events import functions as events
from jemeti_platform.worker import functions as jobs

revision = "kernel_events"
down_revision = "kernel_0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
FUNCTIONS = {**events.INSTALL, **jobs.INSTALL}


def upgrade() -> None:
    create_tenant_table(
        "events",
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("object_id", sa.Uuid),
        sa.Column("occurred_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("request_id", sa.Text),
        sa.Column("data", JSONB, nullable=False),
        Unique("position"),
        Indexed("type", "position"),
        Indexed("object_id", "position"),
        grants="select",
        stamps=False,
        audited=False,
    )
    create_tenant_table(
        "event_counters",
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("stamp", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        key=(),
        grants="select",
        stamps=False,
        audited=False,
    )
    create_tenant_table(
        "replay_positions",
        sa.Column("plugin", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        key=("plugin",),
        grants="select",
        stamps=False,
        audited=False,
    )
    create_tenant_table(
        "job_runs",
        sa.Column("job_id", sa.BigInteger, nullable=False),
        sa.Column("ran_at", INSTANT, nullable=False, server_default=NOW),
        Indexed("ran_at"),
        key=("job_id",),
        grants="select insert delete",
        stamps=False,
        audited=False,
    )
    _queue()
    for signature, body in FUNCTIONS.items():
        op.execute(sa.text(body.replace(":", "\\:")))
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO jemeti_app, jemeti_platform")


def _queue() -> None:
    """Procrastinate's own tables, in a schema of their own: the platform role works with them, the app role cannot."""
    op.execute("CREATE SCHEMA procrastinate")
    op.execute("SET LOCAL search_path = procrastinate, pg_catalog, pg_temp")
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    op.execute("SET LOCAL search_path = public, pg_temp")
    # for the figures, which would look through all that is done and kept for a while
    op.execute(
        "CREATE INDEX jobs_failed ON procrastinate.procrastinate_jobs (id)"
        " WHERE status = 'failed'\\:\\:procrastinate.procrastinate_job_status"
    )
    # without arguments: they are the workspaces' own business
    op.execute(
        "CREATE VIEW procrastinate.job_overview WITH (security_invoker = true) AS"
        " SELECT j.id, j.task_name\\:\\:text AS task, j.queue_name\\:\\:text AS queue,"
        " (j.args ->> 'tenant_id')\\:\\:uuid AS tenant_id, j.status\\:\\:text AS status, j.attempts,"
        " j.scheduled_at AS due_at, e.deferred_at, e.changed_at"
        " FROM procrastinate.procrastinate_jobs j CROSS JOIN LATERAL ("
        "     SELECT min(e.at) FILTER (WHERE e.type = 'deferred') AS deferred_at,"
        "            max(e.at) FILTER (WHERE e.type <> 'scheduled') AS changed_at"
        "       FROM procrastinate.procrastinate_events e WHERE e.job_id = j.id) AS e"
    )
    for grant in (
        "USAGE ON SCHEMA procrastinate TO jemeti_platform, jemeti_backup",
        "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA procrastinate TO jemeti_platform",
        "SELECT, USAGE ON ALL SEQUENCES IN SCHEMA procrastinate TO jemeti_platform",
        "EXECUTE ON ALL FUNCTIONS IN SCHEMA procrastinate TO jemeti_platform",
        "SELECT ON ALL TABLES IN SCHEMA procrastinate TO jemeti_backup",
        "SELECT ON ALL SEQUENCES IN SCHEMA procrastinate TO jemeti_backup",
    ):
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP SCHEMA procrastinate CASCADE")
    for table in ("job_runs", "replay_positions", "event_counters", "events"):
        drop_tenant_table(table)
