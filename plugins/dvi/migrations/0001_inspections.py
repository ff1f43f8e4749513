"""Templates, inspections, items, photos, recommendations; what is completed stays.

Revision ID: dvi_0001
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.db.triggers import freeze_rows

revision = "dvi_0001"
down_revision = None
branch_labels = ("dvi",)
depends_on = ("crm_0001", "jobs_0001", "kernel_lifecycles")

TABLES = ("dvi_recommendations", "dvi_photos", "dvi_items", "dvi_inspections", "dvi_templates")
INSTANT = sa.DateTime(timezone=True)
FINAL = "status IN ('completed', 'shared')"
MESSAGE = "a completed inspection does not change"


def upgrade() -> None:
    create_tenant_table(
        "dvi_templates",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("sections", JSONB, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        Unique("code"),
        Indexed("created_at"),
        Search("code", "name"),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        sa.CheckConstraint("jsonb_typeof(sections) = 'array'", name="sections_list"),
        sa.CheckConstraint("revision >= 1", name="revision"),
        grants="select insert update",
    )
    create_tenant_table(
        "dvi_inspections",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("template_id", sa.Uuid, nullable=False),
        sa.Column("template_name", sa.Text),
        sa.Column("template_revision", sa.Integer),
        sa.Column("vehicle_id", sa.Uuid, nullable=False),
        sa.Column("job_id", sa.Uuid),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'draft'")),
        sa.Column("odometer", sa.Integer),
        sa.Column("note", sa.Text),
        sa.Column("started_at", INSTANT),
        sa.Column("completed_at", INSTANT),
        sa.Column("shared_at", INSTANT),
        sa.Column("share_token", sa.Text),
        Unique("number"),
        Unique("share_token", where="share_token IS NOT NULL"),
        Reference("template_id", "dvi_templates"),
        Reference("vehicle_id", "crm_vehicles"),
        Reference("job_id", "jobs_jobs"),
        Indexed("created_at"),
        sa.CheckConstraint("status IN ('draft', 'in_progress', 'completed', 'shared')", name="status_known"),
        sa.CheckConstraint("odometer >= 0", name="odometer"),
        sa.CheckConstraint(
            "status IN ('draft', 'in_progress') OR (completed_at IS NOT NULL AND share_token IS NOT NULL"
            " AND odometer IS NOT NULL)",
            name="completed_is_whole",
        ),
        sa.CheckConstraint("status <> 'shared' OR shared_at IS NOT NULL", name="shared_is_whole"),
        secret=("share_token",),
        grants="select insert update",
    )
    create_tenant_table(
        "dvi_items",
        sa.Column("inspection_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("hint", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("unit", sa.Text),
        sa.Column("limits", JSONB),
        sa.Column("choices", JSONB),
        sa.Column("required", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("photos_required", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("advice", sa.Text),
        sa.Column("condition", sa.Text),
        sa.Column("measurement", sa.Numeric(12, 3)),
        sa.Column("choice", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("marks", JSONB),
        sa.Column("note_internal", sa.Text),
        sa.Column("note_customer", sa.Text),
        Reference("inspection_id", "dvi_inspections"),
        Unique("inspection_id", "key"),
        sa.CheckConstraint("kind IN ('grade', 'measurement', 'choice', 'text', 'damage_map')", name="kind_known"),
        sa.CheckConstraint(
            "condition IN ('good', 'fair', 'poor', 'critical', 'not_applicable')", name="condition_known"
        ),
        sa.CheckConstraint("photos_required BETWEEN 0 AND 20", name="photos_required"),
        sa.CheckConstraint("measurement IS NULL OR kind = 'measurement'", name="only_measured"),
        sa.CheckConstraint("measurement <> 'NaN'\\:\\:numeric", name="measurement_number"),
        sa.CheckConstraint("choice IS NULL OR kind = 'choice'", name="only_chosen"),
        sa.CheckConstraint("answer IS NULL OR kind = 'text'", name="only_written"),
        sa.CheckConstraint("marks IS NULL OR kind = 'damage_map'", name="only_marked"),
        grants="select insert update",
    )
    create_tenant_table(
        "dvi_photos",
        sa.Column("inspection_id", sa.Uuid, nullable=False),
        sa.Column("item_id", sa.Uuid, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("caption", sa.Text),
        sa.Column("visibility", sa.Text, nullable=False, server_default=sa.text("'customer'")),
        sa.Column("annotations", JSONB, nullable=False, server_default=sa.text("'[]'")),
        Reference("inspection_id", "dvi_inspections"),
        Reference("item_id", "dvi_items"),
        Reference("file_id", "files"),
        Unique("inspection_id", "item_id", "file_id"),
        sa.CheckConstraint("visibility IN ('customer', 'internal')", name="visibility_known"),
        sa.CheckConstraint("jsonb_typeof(annotations) = 'array'", name="annotations_list"),
    )
    create_tenant_table(
        "dvi_recommendations",
        sa.Column("inspection_id", sa.Uuid, nullable=False),
        sa.Column("item_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        Reference("inspection_id", "dvi_inspections"),
        Reference("item_id", "dvi_items"),
        Unique("inspection_id", "item_id"),
        sa.CheckConstraint("condition IN ('fair', 'poor', 'critical')", name="condition_known"),
        grants="select insert update",
    )
    for table in ("dvi_items", "dvi_photos"):
        freeze_rows(table, of=("inspection_id", "dvi_inspections"), when=FINAL, message=MESSAGE)
    freeze_rows("dvi_inspections", when=FINAL, but=("status", "shared_at"), message=MESSAGE)
    freeze_rows("dvi_inspections", when="status = 'shared'", message=MESSAGE, name="shared")


def downgrade() -> None:
    for table in TABLES:
        drop_tenant_table(table)
