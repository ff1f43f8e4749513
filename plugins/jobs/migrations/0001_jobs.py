"""Jobs, bays, the catalogue of services, and everything that belongs to a job.

Revision ID: jobs_0001
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.lifecycle import SubState

revision = "jobs_0001"
down_revision = None
branch_labels = ("jobs",)
depends_on = ("crm_0001", "billing_0001", "kernel_imports_and_exports")

INSTANT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
MONEY = sa.Numeric(14, 2)
QUANTITY = sa.Numeric(14, 3)
PERCENT = sa.Numeric(6, 3)
COST = sa.Numeric(20, 6)
STATES = (
    "'draft', 'intake', 'dvi', 'quoted', 'approved', 'in_progress', 'on_hold', 'qc', 'pending_delivery',"
    " 'completed', 'closed', 'cancelled'"
)
TABLES = (
    "jobs_gate_passes",
    "jobs_declined_work",
    "jobs_approvals",
    "jobs_checks",
    "jobs_milestones",
    "jobs_images",
    "jobs_notes",
    "jobs_timers",
    "jobs_parts",
    "jobs_lines",
    "jobs_mechanics",
    "jobs_jobs",
    "jobs_services",
    "jobs_bays",
)


def upgrade() -> None:
    create_tenant_table(
        "jobs_bays",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("notes", sa.Text),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        Unique("name", where="status = 'active'"),
        Indexed("position"),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        grants="select insert update",
    )
    create_tenant_table(
        "jobs_services",
        sa.Column("code", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("description", sa.Text),
        sa.Column("default_hours", QUANTITY, nullable=False, server_default=sa.text("1")),
        sa.Column("price", MONEY),
        sa.Column("tax_rate_id", sa.Uuid),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'active'")),
        Unique("code"),
        Indexed("created_at"),
        Reference("tax_rate_id", "billing_tax_rates"),
        Search("code", "name", "category"),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        sa.CheckConstraint("default_hours <> 'NaN'\\:\\:numeric AND default_hours >= 0", name="default_hours_number"),
        sa.CheckConstraint("price <> 'NaN'\\:\\:numeric AND price >= 0", name="price_number"),
        grants="select insert update",
    )
    create_tenant_table(
        "jobs_jobs",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("vehicle_id", sa.Uuid),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'draft'")),
        sa.Column("sub_state_id", sa.Uuid),
        sa.Column("bay_id", sa.Uuid),
        sa.Column("advisor_id", sa.Uuid),
        sa.Column("concern", sa.Text),
        sa.Column("odometer_in", sa.Integer),
        sa.Column("odometer_out", sa.Integer),
        sa.Column("promised_at", INSTANT),
        sa.Column("priority", sa.Text, nullable=False, server_default=sa.text("'normal'")),
        sa.Column("payer_type", sa.Text, nullable=False, server_default=sa.text("'customer'")),
        sa.Column("insurance_payer_id", sa.Uuid),
        sa.Column("pre_auth_limit", MONEY),
        sa.Column("deductible", MONEY),
        sa.Column("comeback_of_id", sa.Uuid),
        sa.Column("quoted_at", INSTANT),
        sa.Column("prices_include_tax", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("subtotal", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("discount", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("taxable", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("tax", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("total", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("tax_lines", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("customer_name", sa.Text),
        sa.Column("vehicle_name", sa.Text),
        sa.Column("warnings", JSONB, nullable=False, server_default=sa.text("'[]'")),
        Unique("number"),
        Reference("customer_id", "crm_customers"),
        Reference("vehicle_id", "crm_vehicles"),
        Reference("insurance_payer_id", "crm_customers"),
        Reference("bay_id", "jobs_bays"),
        Reference("advisor_id", "users"),
        Reference("comeback_of_id", "jobs_jobs"),
        SubState(),
        sa.CheckConstraint(f"status IN ({STATES})", name="status_known"),
        Indexed("created_at"),
        Indexed("status", "created_at"),
        Indexed("promised_at"),
        Search("number", "concern", "customer_name", "vehicle_name"),
        sa.CheckConstraint("priority IN ('low', 'normal', 'high', 'urgent')", name="priority_known"),
        sa.CheckConstraint("payer_type IN ('customer', 'insurance')", name="payer_type_known"),
        sa.CheckConstraint("payer_type = 'customer' OR insurance_payer_id IS NOT NULL", name="insurer_known"),
        sa.CheckConstraint("comeback_of_id <> id", name="comeback_of_another"),
        sa.CheckConstraint("odometer_in >= 0", name="odometer_in"),
        sa.CheckConstraint("odometer_out >= 0", name="odometer_out"),
        sa.CheckConstraint(
            "pre_auth_limit <> 'NaN'\\:\\:numeric AND pre_auth_limit >= 0", name="pre_auth_limit_number"
        ),
        sa.CheckConstraint("deductible <> 'NaN'\\:\\:numeric AND deductible >= 0", name="deductible_number"),
        sa.CheckConstraint("subtotal <> 'NaN'\\:\\:numeric", name="subtotal_number"),
        sa.CheckConstraint("discount <> 'NaN'\\:\\:numeric", name="discount_number"),
        sa.CheckConstraint("taxable <> 'NaN'\\:\\:numeric", name="taxable_number"),
        sa.CheckConstraint("tax <> 'NaN'\\:\\:numeric", name="tax_number"),
        sa.CheckConstraint("total <> 'NaN'\\:\\:numeric", name="total_number"),
        grants="select insert update",
    )
    create_tenant_table(
        "jobs_mechanics",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        Reference("job_id", "jobs_jobs", index=False),
        Reference("user_id", "users"),
        key=("job_id", "user_id"),
        stamps=False,
    )
    create_tenant_table(
        "jobs_lines",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("kind", sa.Text, nullable=False, server_default=sa.text("'labour'")),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("service_id", sa.Uuid),
        sa.Column("mechanic_id", sa.Uuid),
        sa.Column("hours", QUANTITY),
        sa.Column("labour_cost", MONEY),
        sa.Column("sublet_vendor", sa.Text),
        sa.Column("sublet_cost", MONEY),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'open'")),
        sa.Column("approval", sa.Text, nullable=False, server_default=sa.text("'proposed'")),
        sa.Column("quotation_line_id", sa.Uuid),
        sa.Column("quantity", QUANTITY, nullable=False, server_default=sa.text("1")),
        sa.Column("unit_price", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("discount_percent", PERCENT),
        sa.Column("discount_amount", MONEY),
        sa.Column("tax_rate_id", sa.Uuid),
        sa.Column("tax_rate", PERCENT),
        sa.Column("insurance_percent", PERCENT),
        sa.Column("note", sa.Text),
        sa.Column("amount", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("discount", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("taxable", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("tax", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("total", MONEY, nullable=False, server_default=sa.text("0")),
        Reference("job_id", "jobs_jobs"),
        Reference("service_id", "jobs_services"),
        Reference("mechanic_id", "users"),
        Reference("tax_rate_id", "billing_tax_rates"),
        sa.CheckConstraint("kind IN ('labour', 'sublet', 'fee')", name="kind_known"),
        sa.CheckConstraint("status IN ('open', 'in_progress', 'done', 'cancelled')", name="status_known"),
        sa.CheckConstraint("hours <> 'NaN'\\:\\:numeric AND hours >= 0", name="hours_number"),
        sa.CheckConstraint("labour_cost <> 'NaN'\\:\\:numeric AND labour_cost >= 0", name="labour_cost_number"),
        sa.CheckConstraint("sublet_cost <> 'NaN'\\:\\:numeric AND sublet_cost >= 0", name="sublet_cost_number"),
        sa.CheckConstraint(
            "kind = 'sublet' OR (sublet_vendor IS NULL AND sublet_cost IS NULL)", name="sublet_is_of_sublet"
        ),
        sa.CheckConstraint("approval IN ('proposed', 'approved', 'declined')", name="approval_known"),
        sa.CheckConstraint("discount_percent IS NULL OR discount_amount IS NULL", name="one_discount"),
        sa.CheckConstraint("quantity <> 'NaN'\\:\\:numeric AND quantity >= 0", name="quantity_number"),
        sa.CheckConstraint("unit_price <> 'NaN'\\:\\:numeric AND unit_price >= 0", name="unit_price_number"),
        sa.CheckConstraint(
            "discount_percent <> 'NaN'\\:\\:numeric AND discount_percent >= 0 AND discount_percent <= 100",
            name="discount_percent_number",
        ),
        sa.CheckConstraint(
            "discount_amount <> 'NaN'\\:\\:numeric AND discount_amount >= 0", name="discount_amount_number"
        ),
        sa.CheckConstraint(
            "tax_rate <> 'NaN'\\:\\:numeric AND tax_rate >= 0 AND tax_rate <= 100", name="tax_rate_number"
        ),
        sa.CheckConstraint(
            "insurance_percent <> 'NaN'\\:\\:numeric AND insurance_percent >= 0 AND insurance_percent <= 100",
            name="insurance_percent_number",
        ),
        sa.CheckConstraint("amount <> 'NaN'\\:\\:numeric", name="amount_number"),
        sa.CheckConstraint("discount <> 'NaN'\\:\\:numeric", name="discount_number"),
        sa.CheckConstraint("taxable <> 'NaN'\\:\\:numeric", name="taxable_number"),
        sa.CheckConstraint("tax <> 'NaN'\\:\\:numeric", name="tax_number"),
        sa.CheckConstraint("total <> 'NaN'\\:\\:numeric", name="total_number"),
    )
    create_tenant_table(
        "jobs_parts",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("line_id", sa.Uuid),
        sa.Column("product_id", sa.Uuid),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("part_number", sa.Text),
        sa.Column("customer_supplied", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("unit_cost", COST),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'planned'")),
        sa.Column("approval", sa.Text, nullable=False, server_default=sa.text("'proposed'")),
        sa.Column("quotation_line_id", sa.Uuid),
        sa.Column("quantity", QUANTITY, nullable=False, server_default=sa.text("1")),
        sa.Column("unit_price", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("discount_percent", PERCENT),
        sa.Column("discount_amount", MONEY),
        sa.Column("tax_rate_id", sa.Uuid),
        sa.Column("tax_rate", PERCENT),
        sa.Column("insurance_percent", PERCENT),
        sa.Column("note", sa.Text),
        sa.Column("amount", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("discount", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("taxable", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("tax", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("total", MONEY, nullable=False, server_default=sa.text("0")),
        Reference("job_id", "jobs_jobs"),
        Reference("line_id", "jobs_lines"),
        Reference("tax_rate_id", "billing_tax_rates"),
        Indexed("product_id", where="product_id IS NOT NULL"),
        sa.CheckConstraint("status IN ('planned', 'issued', 'returned')", name="status_known"),
        sa.CheckConstraint("NOT customer_supplied OR (unit_price = 0 AND product_id IS NULL)", name="supplied_is_free"),
        sa.CheckConstraint("unit_cost <> 'NaN'\\:\\:numeric AND unit_cost >= 0", name="unit_cost_number"),
        sa.CheckConstraint("approval IN ('proposed', 'approved', 'declined')", name="approval_known"),
        sa.CheckConstraint("discount_percent IS NULL OR discount_amount IS NULL", name="one_discount"),
        sa.CheckConstraint("quantity <> 'NaN'\\:\\:numeric AND quantity >= 0", name="quantity_number"),
        sa.CheckConstraint("unit_price <> 'NaN'\\:\\:numeric AND unit_price >= 0", name="unit_price_number"),
        sa.CheckConstraint(
            "discount_percent <> 'NaN'\\:\\:numeric AND discount_percent >= 0 AND discount_percent <= 100",
            name="discount_percent_number",
        ),
        sa.CheckConstraint(
            "discount_amount <> 'NaN'\\:\\:numeric AND discount_amount >= 0", name="discount_amount_number"
        ),
        sa.CheckConstraint(
            "tax_rate <> 'NaN'\\:\\:numeric AND tax_rate >= 0 AND tax_rate <= 100", name="tax_rate_number"
        ),
        sa.CheckConstraint(
            "insurance_percent <> 'NaN'\\:\\:numeric AND insurance_percent >= 0 AND insurance_percent <= 100",
            name="insurance_percent_number",
        ),
        sa.CheckConstraint("amount <> 'NaN'\\:\\:numeric", name="amount_number"),
        sa.CheckConstraint("discount <> 'NaN'\\:\\:numeric", name="discount_number"),
        sa.CheckConstraint("taxable <> 'NaN'\\:\\:numeric", name="taxable_number"),
        sa.CheckConstraint("tax <> 'NaN'\\:\\:numeric", name="tax_number"),
        sa.CheckConstraint("total <> 'NaN'\\:\\:numeric", name="total_number"),
    )
    create_tenant_table(
        "jobs_timers",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("line_id", sa.Uuid, nullable=False),
        sa.Column("mechanic_id", sa.Uuid, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("stopped_at", INSTANT),
        Reference("job_id", "jobs_jobs"),
        Reference("line_id", "jobs_lines"),
        Reference("mechanic_id", "users"),
        Unique("mechanic_id", where="stopped_at IS NULL", name="uq_jobs_timers_running"),
        sa.CheckConstraint("stopped_at >= started_at", name="stopped_after_start"),
        grants="select insert update",
    )
    create_tenant_table(
        "jobs_notes",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False, server_default=sa.text("'internal'")),
        sa.Column("author_id", sa.Uuid),
        sa.Column("author_name", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        Reference("job_id", "jobs_jobs"),
        sa.CheckConstraint("visibility IN ('internal', 'customer')", name="visibility_known"),
        grants="select insert",
        stamps=False,
    )
    create_tenant_table(
        "jobs_images",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("caption", sa.Text),
        sa.Column("visibility", sa.Text, nullable=False, server_default=sa.text("'internal'")),
        Reference("job_id", "jobs_jobs"),
        Reference("file_id", "files"),
        sa.CheckConstraint("visibility IN ('internal', 'customer')", name="visibility_known"),
    )
    create_tenant_table(
        "jobs_milestones",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("reached_at", INSTANT),
        Reference("job_id", "jobs_jobs"),
    )
    create_tenant_table(
        "jobs_checks",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("checked_by", sa.Uuid),
        sa.Column("checked_at", INSTANT),
        Reference("job_id", "jobs_jobs"),
        sa.CheckConstraint("result IN ('passed', 'failed')", name="result_known"),
    )
    create_tenant_table(
        "jobs_approvals",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("subject_type", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("decisions", JSONB, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_name", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("decided_at", INSTANT, nullable=False, server_default=NOW),
        Reference("job_id", "jobs_jobs"),
        Indexed("subject_id"),
        sa.CheckConstraint("subject_type IN ('job', 'quotation', 'amendment')", name="subject_type_known"),
        sa.CheckConstraint("channel IN ('in_person', 'phone', 'email', 'sms', 'chat', 'portal')", name="channel_known"),
        grants="select insert",
        stamps=False,
    )
    create_tenant_table(
        "jobs_declined_work",
        sa.Column("vehicle_id", sa.Uuid, nullable=False),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("job_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("service_id", sa.Uuid),
        sa.Column("product_id", sa.Uuid),
        sa.Column("quantity", QUANTITY, nullable=False, server_default=sa.text("1")),
        sa.Column("unit_price", MONEY, nullable=False, server_default=sa.text("0")),
        sa.Column("reason", sa.Text),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'open'")),
        sa.Column("taken_up_job_id", sa.Uuid),
        Reference("vehicle_id", "crm_vehicles"),
        Reference("customer_id", "crm_customers"),
        Reference("job_id", "jobs_jobs"),
        Reference("service_id", "jobs_services"),
        Reference("taken_up_job_id", "jobs_jobs"),
        Indexed("created_at"),
        sa.CheckConstraint("kind IN ('labour', 'part', 'sublet', 'fee')", name="kind_known"),
        sa.CheckConstraint("status IN ('open', 'taken_up', 'dismissed')", name="status_known"),
        sa.CheckConstraint("quantity <> 'NaN'\\:\\:numeric AND quantity >= 0", name="quantity_number"),
        sa.CheckConstraint("unit_price <> 'NaN'\\:\\:numeric AND unit_price >= 0", name="unit_price_number"),
        grants="select insert update",
    )
    create_tenant_table(
        "jobs_gate_passes",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("bearer", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        Reference("job_id", "jobs_jobs"),
        Unique("number"),
        Reference("document_id", "issued_documents"),
        grants="select insert",
        stamps=False,
    )


def downgrade() -> None:
    for table in TABLES:
        drop_tenant_table(table)
