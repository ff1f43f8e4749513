"""What other plugins have done to vehicles.

Revision ID: crm_0002
"""

import sqlalchemy as sa

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Unique

revision = "crm_0002"
down_revision = "crm_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "crm_vehicle_events",
        sa.Column("vehicle_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject_type", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        Reference("vehicle_id", "crm_vehicles", index=False),
        Indexed("vehicle_id", "at"),
        Unique("subject_id", "kind"),
        sa.CheckConstraint("kind ~ '^[a-z][a-z_]*$'", name="kind_word"),
        stamps=False,
        grants="select insert",
    )


def downgrade() -> None:
    drop_tenant_table("crm_vehicle_events")
