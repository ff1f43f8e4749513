"""Invoices, credit notes, payments, what settles what, and refunds.

Revision ID: billing_0002
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from plugins.billing import functions

revision = "billing_0002"
down_revision = "billing_0001"
branch_labels = None
depends_on = ("crm_0001", "kernel_imports_and_exports")

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
TABLES = (
    "billing_refunds",
    "billing_allocations",
    "billing_payments",
    "billing_credit_note_lines",
    "billing_credit_notes",
    "billing_invoice_lines",
    "billing_invoices",
)


def _money(name: str, *, minimum: int | None = 0, **column: object) -> tuple[sa.Column, sa.CheckConstraint]:
    rule = f"{name} <> 'NaN'\\:\\:numeric" + ("" if minimum is None else f" AND {name} >= {minimum}")
    return (
        sa.Column(name, sa.Numeric(14, 2), nullable=False, **column),
        sa.CheckConstraint(rule, name=f"{name}_number"),
    )


def _counter(name: str) -> tuple[sa.Column, sa.CheckConstraint]:
    return _money(name, server_default=sa.text("0"))


def _text(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=nullable)


def upgrade() -> None:
    create_tenant_table(
        "billing_invoices",
        _text("number", nullable=False),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("payer", JSONB, nullable=False),
        _text("payer_name", nullable=False),
        _text("source_type"),
        sa.Column("source_id", sa.Uuid),
        _text("reference"),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        _text("notes"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("prices_include_tax", sa.Boolean, nullable=False),
        sa.Column("tax_rounding", sa.Text, nullable=False),
        *_money("subtotal"),
        *_money("discount"),
        *_money("taxable"),
        *_money("tax"),
        *_money("total"),
        sa.Column("tax_lines", JSONB, nullable=False),
        sa.Column("line_count", sa.Integer, nullable=False),
        *_counter("paid"),
        *_counter("credited"),
        Unique("number"),
        Reference("customer_id", "crm_customers"),
        Indexed("source_id"),
        Indexed("issued_on"),
        Search("number", "payer_name", "reference"),
        sa.CheckConstraint("total = taxable + tax", name="adds_up"),
        sa.CheckConstraint("paid + credited <= total", name="settled_at_most_once"),
        sa.CheckConstraint("due_on >= issued_on", name="due_after_issue"),
        sa.CheckConstraint("tax_rounding IN ('line', 'document')", name="tax_rounding_known"),
        sa.CheckConstraint("(source_type IS NULL) = (source_id IS NULL)", name="source_whole"),
        sa.CheckConstraint("line_count >= 1", name="has_lines"),
        grants="select insert",
        changing=("customer_id", "paid", "credited"),
    )
    create_tenant_table(
        "billing_invoice_lines",
        sa.Column("invoice_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("source_line_id", sa.Uuid),
        _text("description", nullable=False),
        _text("detail"),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False),
        _text("unit"),
        sa.Column("unit_price", sa.Numeric(18, 4), nullable=False),
        *_money("amount"),
        *_money("discount"),
        *_money("taxable"),
        *_money("tax"),
        *_money("total"),
        sa.Column("taxes", JSONB, nullable=False),
        sa.Column("credited_quantity", sa.Numeric(14, 3), nullable=False, server_default=sa.text("0")),
        *_counter("credited_taxable"),
        *_counter("credited_tax"),
        Reference("invoice_id", "billing_invoices", index=False),
        Unique("invoice_id", "position"),
        sa.CheckConstraint("quantity <> 'NaN'\\:\\:numeric AND quantity >= 0", name="quantity_number"),
        sa.CheckConstraint("unit_price <> 'NaN'\\:\\:numeric AND unit_price >= 0", name="unit_price_number"),
        sa.CheckConstraint("total = taxable + tax", name="adds_up"),
        sa.CheckConstraint(
            "credited_quantity <= quantity AND credited_taxable <= taxable AND credited_tax <= tax",
            name="credited_at_most_once",
        ),
        grants="select insert",
        changing=("credited_quantity", "credited_taxable", "credited_tax"),
        stamps=False,
    )
    create_tenant_table(
        "billing_credit_notes",
        _text("number", nullable=False),
        sa.Column("invoice_id", sa.Uuid, nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        _text("reason", nullable=False),
        *_money("taxable"),
        *_money("tax"),
        *_money("total", minimum=0),
        sa.Column("tax_lines", JSONB, nullable=False),
        sa.Column("line_count", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        Unique("number"),
        Reference("invoice_id", "billing_invoices"),
        sa.CheckConstraint("total = taxable + tax", name="adds_up"),
        sa.CheckConstraint("total > 0", name="worth_something"),
        grants="select insert",
        stamps=False,
    )
    create_tenant_table(
        "billing_credit_note_lines",
        sa.Column("credit_note_id", sa.Uuid, nullable=False),
        sa.Column("invoice_line_id", sa.Uuid, nullable=False),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False),
        *_money("taxable"),
        *_money("tax"),
        *_money("total"),
        sa.Column("taxes", JSONB, nullable=False),
        Reference("credit_note_id", "billing_credit_notes", index=False),
        Reference("invoice_line_id", "billing_invoice_lines"),
        Unique("credit_note_id", "invoice_line_id"),
        sa.CheckConstraint("quantity <> 'NaN'\\:\\:numeric AND quantity >= 0", name="quantity_number"),
        sa.CheckConstraint("total = taxable + tax", name="adds_up"),
        grants="select insert",
        stamps=False,
    )
    create_tenant_table(
        "billing_payments",
        _text("number", nullable=False),
        sa.Column("customer_id", sa.Uuid),
        sa.Column("payment_account_id", sa.Uuid, nullable=False),
        *_money("amount"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        _text("reference"),
        _text("external_id"),
        _text("notes"),
        *_counter("allocated"),
        *_counter("refunded"),
        Unique("number"),
        Unique("payment_account_id", "external_id", where="external_id IS NOT NULL"),
        Reference("customer_id", "crm_customers"),
        Reference("payment_account_id", "billing_payment_accounts", index=False),
        Indexed("received_at"),
        Search("number", "reference"),
        sa.CheckConstraint("amount > 0", name="worth_something"),
        sa.CheckConstraint("allocated + refunded <= amount", name="spent_at_most_once"),
        grants="select insert",
        changing=("customer_id", "allocated", "refunded"),
    )
    create_tenant_table(
        "billing_allocations",
        sa.Column("payment_id", sa.Uuid, nullable=False),
        sa.Column("invoice_id", sa.Uuid, nullable=False),
        *_money("amount", minimum=None),
        sa.Column("reverses_id", sa.Uuid),
        _text("reason"),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        Reference("payment_id", "billing_payments"),
        Reference("invoice_id", "billing_invoices"),
        Reference("reverses_id", "billing_allocations", index=False),
        Unique("reverses_id"),
        sa.CheckConstraint(
            "(reverses_id IS NULL AND amount > 0) OR (reverses_id IS NOT NULL AND amount < 0)", name="sign"
        ),
        grants="select insert",
        stamps=False,
    )
    create_tenant_table(
        "billing_refunds",
        _text("number", nullable=False),
        sa.Column("payment_id", sa.Uuid, nullable=False),
        sa.Column("payment_account_id", sa.Uuid, nullable=False),
        *_money("amount"),
        sa.Column("refunded_at", INSTANT, nullable=False),
        _text("reason", nullable=False),
        _text("reference"),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        Unique("number"),
        Reference("payment_id", "billing_payments"),
        Reference("payment_account_id", "billing_payment_accounts", index=False),
        sa.CheckConstraint("amount > 0", name="worth_something"),
        grants="select insert",
        stamps=False,
    )
    functions.install()


def downgrade() -> None:
    for table in TABLES:
        drop_tenant_table(table)
