"""Invoices that are not issued yet, the public addresses of documents, and what credit notes and payments go by.

Revision ID: billing_0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table, extend_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique

revision = "billing_0004"
down_revision = "billing_0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def _money(name: str) -> tuple[sa.Column, sa.CheckConstraint]:
    return (
        sa.Column(name, sa.Numeric(14, 2), nullable=False),
        sa.CheckConstraint(f"{name} <> 'NaN'\\:\\:numeric AND {name} >= 0", name=f"{name}_number"),
    )


def upgrade() -> None:
    create_tenant_table(
        "billing_invoice_drafts",
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("due_in_days", sa.Integer, nullable=False),
        sa.Column("notes", sa.Text),
        sa.Column("prices_include_tax", sa.Boolean, nullable=False),
        sa.Column("tax_rounding", sa.Text, nullable=False),
        sa.Column("discount_percent", sa.Numeric(6, 3)),
        sa.Column("discount_amount", sa.Numeric(14, 2)),
        sa.Column("lines", JSONB, nullable=False),
        *_money("subtotal"),
        *_money("discount"),
        *_money("taxable"),
        *_money("tax"),
        *_money("total"),
        sa.Column("tax_lines", JSONB, nullable=False),
        Reference("customer_id", "crm_customers"),
        Indexed("created_at"),
        Search("reference", "notes"),
        sa.CheckConstraint("total = taxable + tax", name="adds_up"),
        sa.CheckConstraint(
            "discount_percent BETWEEN 0\\:\\:numeric AND 100\\:\\:numeric", name="discount_percent_range"
        ),
        sa.CheckConstraint(
            "discount_amount >= 0\\:\\:numeric AND discount_amount <> 'NaN'\\:\\:numeric", name="discount_amount"
        ),
        sa.CheckConstraint("discount_percent IS NULL OR discount_amount IS NULL", name="one_discount"),
        sa.CheckConstraint("due_in_days BETWEEN 0 AND 365", name="due_in_days_range"),
        sa.CheckConstraint("tax_rounding IN ('line', 'document')", name="tax_rounding_known"),
    )
    create_tenant_table(
        "billing_document_links",
        sa.Column("invoice_id", sa.Uuid),
        sa.Column("credit_note_id", sa.Uuid),
        sa.Column("payment_id", sa.Uuid),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("revoked_at", INSTANT),
        Reference("invoice_id", "billing_invoices", index=False),
        Reference("credit_note_id", "billing_credit_notes", index=False),
        Reference("payment_id", "billing_payments", index=False),
        Unique("invoice_id"),
        Unique("credit_note_id"),
        Unique("payment_id"),
        Unique("word"),
        sa.CheckConstraint("num_nonnulls(invoice_id, credit_note_id, payment_id) = 1", name="of_one_document"),
        sa.CheckConstraint("word ~ '^[0-9a-f]{32}$'", name="word_form"),
        grants="select insert",
        changing=("word", "revoked_at"),
        secret=("word",),
    )
    extend_tenant_table("billing_credit_notes", Indexed("issued_on"), Search("number", "reason"))
    extend_tenant_table(
        "billing_payments",
        sa.Column(
            "has_credit", sa.Boolean, sa.Computed("allocated + refunded < amount", persisted=True), nullable=False
        ),
        Indexed("has_credit", "received_at"),
    )


def downgrade() -> None:
    op.execute("ALTER TABLE billing_payments DROP COLUMN has_credit")
    op.execute("ALTER TABLE billing_credit_notes DROP COLUMN search_text")
    op.execute("DROP INDEX ix_billing_credit_notes_issued_on")
    drop_tenant_table("billing_document_links")
    drop_tenant_table("billing_invoice_drafts")
