"""Files, the bytes they take, and the workspace's logo.

Revision ID: kernel_files
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table, extend_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.files import functions

revision = "kernel_files"
down_revision = "kernel_two_factor"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "files",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'pending'")),
        sa.Column("kind", sa.Text),
        sa.Column("media_type", sa.Text),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("thumbnails", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("reason", sa.Text),
        sa.Column("subject_type", sa.Text),
        sa.Column("subject_id", sa.Uuid),
        sa.Column("created_by", sa.Uuid),
        sa.Column("object_id", sa.Uuid),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        Unique("object_id"),
        Indexed("created_at"),
        Indexed("subject_type", "subject_id"),
        Indexed("created_at", where="status <> 'ready'", name="ix_files_unfinished"),
        Search("name"),
        sa.CheckConstraint("status IN ('pending', 'ready', 'rejected')", name="status_known"),
        sa.CheckConstraint("kind IN ('image', 'document', 'data')", name="kind_known"),
        sa.CheckConstraint(
            "status <> 'ready' OR (media_type IS NOT NULL AND kind IS NOT NULL AND sha256 IS NOT NULL"
            " AND object_id IS NOT NULL)",
            name="ready_is_whole",
        ),
        sa.CheckConstraint("size >= 0 AND bytes >= 0", name="bytes_not_negative"),
        sa.CheckConstraint("(subject_type IS NULL) = (subject_id IS NULL)", name="subject_whole"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
    )
    create_tenant_table(
        "file_usage",
        sa.Column("bytes", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("max_bytes", sa.BigInteger),
        sa.CheckConstraint("bytes >= 0", name="bytes_not_negative"),
        sa.CheckConstraint("max_bytes IS NULL OR bytes <= max_bytes", name="within_limit"),
        key=(),
        stamps=False,
        audited=False,
        grants="select insert update",
    )
    for statement in (functions.COUNT_FILE_BYTES, functions.COUNT_FILE_BYTES_TRIGGER):
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.execute("REVOKE ALL ON FUNCTION jemeti.count_file_bytes() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION jemeti.count_file_bytes() TO jemeti_app, jemeti_platform")
    extend_tenant_table("workspaces", sa.Column("logo_file_id", sa.Uuid), Reference("logo_file_id", "files"))


def downgrade() -> None:
    op.execute("ALTER TABLE workspaces DROP COLUMN logo_file_id")
    drop_tenant_table("files")
    drop_tenant_table("file_usage")
    op.execute("DROP FUNCTION jemeti.count_file_bytes()")
