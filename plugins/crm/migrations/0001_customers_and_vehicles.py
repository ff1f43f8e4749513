"""Customers, vehicles, ownerships and odometer readings.

Revision ID: crm_0001
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique

revision = "crm_0001"
down_revision = None
branch_labels = ("crm",)
depends_on = "kernel_0001"

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
EMAIL_KEY = "lower(email)"
PLATE_IN_ONE = "regexp_replace(plate, '[[:space:][:punct:]]'::text, ''::text, 'g'::text)"
PLATE_KEY = "regexp_replace(jemeti.fold(plate), '[[:space:][:punct:]]', '', 'g')"
TABLES = ("crm_odometer_readings", "crm_ownerships", "crm_vehicles", "crm_customer_aliases", "crm_customers")


def upgrade() -> None:
    create_tenant_table(
        "crm_customers",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, server_default=sa.text("'person'")),
        sa.Column("phone", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("email_key", sa.Text, sa.Computed(EMAIL_KEY, persisted=True)),
        sa.Column("address", JSONB),
        sa.Column("tax_id", sa.Text),
        sa.Column("tags", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("notes", sa.Text),
        sa.Column("credit_limit", sa.Numeric(14, 2)),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        Unique("phone"),
        Unique("email_key"),
        Indexed("created_at"),
        Indexed("name"),
        Search("name", "phone", "email", "tax_id"),
        sa.CheckConstraint("kind IN ('person', 'company')", name="kind_known"),
        sa.CheckConstraint("status IN ('active', 'deactivated')", name="status_known"),
        sa.CheckConstraint("credit_limit <> 'NaN'\\:\\:numeric AND credit_limit >= 0", name="credit_limit_number"),
    )
    create_tenant_table(
        "crm_customer_aliases",
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("merged_at", INSTANT, nullable=False, server_default=NOW),
        Reference("customer_id", "crm_customers"),
        stamps=False,
    )
    create_tenant_table(
        "crm_vehicles",
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("plate", sa.Text),
        sa.Column("plate_key", sa.Text, sa.Computed(PLATE_KEY.replace(":", "\\:"), persisted=True)),
        sa.Column("vin", sa.Text),
        sa.Column("make", sa.Text),
        sa.Column("model", sa.Text),
        sa.Column("year", sa.Integer),
        sa.Column("fuel", sa.Text),
        sa.Column("gearbox", sa.Text),
        sa.Column("colour", sa.Text),
        sa.Column("odometer", sa.Integer),
        sa.Column("notes", sa.Text),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        sa.Column("warnings", JSONB, nullable=False, server_default=sa.text("'[]'")),
        Reference("customer_id", "crm_customers"),
        Unique("plate_key", where="status = 'active'"),
        Unique("vin", where="status = 'active'"),
        Indexed("created_at"),
        Search("plate", PLATE_IN_ONE, "vin", "make", "model"),
        sa.CheckConstraint("plate IS NOT NULL OR vin IS NOT NULL", name="has_plate_or_vin"),
        sa.CheckConstraint("odometer >= 0", name="odometer"),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        grants="select insert update",
    )
    create_tenant_table(
        "crm_ownerships",
        sa.Column("vehicle_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        Reference("vehicle_id", "crm_vehicles"),
        Reference("customer_id", "crm_customers"),
        sa.CheckConstraint("until >= since", name="until_after_since"),
        ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("vehicle_id"), "="),
            (sa.func.daterange(sa.column("since"), sa.column("until")), "&&"),
            name="ex_crm_ownerships_one_owner",
            using="gist",
            ops={"tenant_id": "extensions.gist_uuid_ops", "vehicle_id": "extensions.gist_uuid_ops"},
        ),
        grants="select insert update",
    )
    create_tenant_table(
        "crm_odometer_readings",
        sa.Column("vehicle_id", sa.Uuid, nullable=False),
        sa.Column("reading_km", sa.Integer, nullable=False),
        sa.Column("read_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        Reference("vehicle_id", "crm_vehicles", index=False),
        Indexed("vehicle_id", "read_at"),
        sa.CheckConstraint("reading_km >= 0", name="reading_km"),
        sa.CheckConstraint("source IN ('registration', 'manual', 'transfer', 'import', 'job')", name="source_known"),
        grants="select insert",
        stamps=False,
    )


def downgrade() -> None:
    for table in TABLES:
        drop_tenant_table(table)
