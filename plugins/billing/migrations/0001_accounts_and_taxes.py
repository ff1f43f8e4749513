"""Payment accounts, tax rates and their versions.

Revision ID: billing_0001
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Reference, Search, Unique

revision = "billing_0001"
down_revision = None
branch_labels = ("billing",)
depends_on = "kernel_0001"

TABLES = ("billing_tax_rate_versions", "billing_tax_rates", "billing_payment_accounts")


def upgrade() -> None:
    create_tenant_table(
        "billing_payment_accounts",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("provider", sa.Text),
        sa.Column("number", sa.Text),
        sa.Column("bic", sa.Text),
        sa.Column("notes", sa.Text),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("is_default", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        Unique("name", where="status = 'active'"),
        Unique("kind", where="is_default", name="uq_billing_payment_accounts_default"),
        Search("name", "provider", "number"),
        sa.CheckConstraint("kind IN ('cash', 'bank', 'card', 'mobile_wallet')", name="kind_known"),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        sa.CheckConstraint("status = 'active' OR NOT is_default", name="default_is_active"),
        sa.CheckConstraint("position >= 0", name="position"),
        grants="select insert update",
    )
    create_tenant_table(
        "billing_tax_rates",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("notes", sa.Text),
        sa.Column("is_default", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        Unique("code"),
        Unique(where="is_default", name="uq_billing_tax_rates_default"),
        Search("code", "name"),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        sa.CheckConstraint("status = 'active' OR NOT is_default", name="default_is_active"),
        grants="select insert update",
    )
    create_tenant_table(
        "billing_tax_rate_versions",
        sa.Column("tax_rate_id", sa.Uuid, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("rate", sa.Numeric(12, 6), nullable=False),
        sa.Column("component_names", ARRAY(sa.Text), nullable=False),
        sa.Column("component_rates", ARRAY(sa.Numeric(6, 3)), nullable=False),
        sa.Column("component_compounds", ARRAY(sa.Boolean), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        Reference("tax_rate_id", "billing_tax_rates", index=False),
        Unique("tax_rate_id", "valid_from"),
        sa.CheckConstraint("kind IN ('standard', 'reduced', 'zero', 'exempt', 'reverse_charge')", name="kind_known"),
        sa.CheckConstraint("kind IN ('standard', 'reduced') OR rate = 0", name="kind_has_rate"),
        sa.CheckConstraint("rate <> 'NaN'\\:\\:numeric AND rate >= 0", name="rate_number"),
        sa.CheckConstraint(
            "array_ndims(component_rates) = 1 AND cardinality(component_rates) BETWEEN 1 AND 5"
            " AND array_position(component_rates, NULL) IS NULL AND 'NaN'\\:\\:numeric <> ALL (component_rates)"
            " AND 0 <= ALL (component_rates) AND 100 >= ALL (component_rates)"
            " AND (cardinality(component_rates) > 1 OR rate = component_rates[1])",
            name="component_rates",
        ),
        sa.CheckConstraint(
            "cardinality(component_names) = cardinality(component_rates)"
            " AND array_position(component_names, NULL) IS NULL",
            name="component_names",
        ),
        sa.CheckConstraint(
            "cardinality(component_compounds) = cardinality(component_rates)"
            " AND array_position(component_compounds, NULL) IS NULL AND NOT component_compounds[1]",
            name="component_compounds",
        ),
        grants="select insert",
        stamps=False,
    )


def downgrade() -> None:
    for table in TABLES:
        drop_tenant_table(table)
