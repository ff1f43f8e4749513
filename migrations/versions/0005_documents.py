"""Documents: how a workspace wants them, and those that were issued.

Revision ID: kernel_documents
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Unique

revision = "kernel_documents"
down_revision = "kernel_api_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "document_templates",
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("colour", sa.Text),
        sa.Column("font", sa.Text),
        sa.Column("size", sa.Text),
        sa.Column("text_size", sa.Integer),
        sa.Column("locale", sa.Text),
        sa.Column("title", sa.Text),
        sa.Column("header", sa.Text),
        sa.Column("footer", sa.Text),
        sa.Column("terms", sa.Text),
        sa.Column("sections", JSONB),
        Unique("type"),
        sa.CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name="colour_form"),
        sa.CheckConstraint("text_size BETWEEN 8 AND 12", name="text_size_range"),
    )
    create_tenant_table(
        "issued_documents",
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("subject_type", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid),
        Unique("type", "number"),
        Indexed("issued_at"),
        Indexed("subject_id"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        sa.CheckConstraint("size > 0", name="size_positive"),
        grants="select insert",
        stamps=False,
    )


def downgrade() -> None:
    drop_tenant_table("issued_documents")
    drop_tenant_table("document_templates")
