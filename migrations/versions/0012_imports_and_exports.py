"""Imports and exports ordered over HTTP, and how far long jobs have come.

Revision ID: kernel_imports_and_exports
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.exports.models import Export
from jemeti_platform.imports.models import Import
from jemeti_platform.worker.progress import JobProgress

revision = "kernel_imports_and_exports"
down_revision = "kernel_platform_two_factor"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
EMPTY_LIST = sa.text("'[]'")


def upgrade() -> None:
    create_tenant_table(
        "job_progress",
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        *JobProgress.__shape__,
        key=("subject_id",),
        stamps=False,
        audited=False,
        grants="select insert update",
    )
    create_tenant_table(
        "imports",
        sa.Column("importer", sa.Text, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("check_only", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("ignore_unknown", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'queued'")),
        sa.Column("results", JSONB),
        sa.Column("reasons", JSONB, nullable=False, server_default=EMPTY_LIST),
        sa.Column("refused", JSONB, nullable=False, server_default=EMPTY_LIST),
        sa.Column("unread", JSONB, nullable=False, server_default=EMPTY_LIST),
        sa.Column("error", sa.Text),
        sa.Column("requested_by", sa.Uuid),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        *Import.__shape__,
        grants="select insert update",
    )
    create_tenant_table(
        "exports",
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False, server_default=sa.text("'csv'")),
        sa.Column("query", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'queued'")),
        sa.Column("row_count", sa.BigInteger),
        sa.Column("size", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("requested_by", sa.Uuid),
        sa.Column("finished_at", INSTANT),
        sa.Column("expires_at", INSTANT),
        *Export.__shape__,
        grants="select insert update",
    )


def downgrade() -> None:
    for table in ("exports", "imports", "job_progress"):
        drop_tenant_table(table)
