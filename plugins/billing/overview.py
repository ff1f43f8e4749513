"""What the workspace's search and dashboard show: documents, accounts and rates; what is owed, and what came in."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.overview import Figure, Figures, Source

__all__ = ["dashboard", "search"]

_INVOICES = Statement(
    "SELECT i.id, concat_ws(' · ', i.number, i.vehicle_plate) AS title, i.payer_name AS subtitle, found.rank"
    " FROM jemeti.search('billing_invoices', %(q)s, %(limit)s) AS found"
    " JOIN billing_invoices i USING (id) ORDER BY found.rank DESC, i.issued_on DESC, i.id"
)
_CREDIT_NOTES = Statement(
    "SELECT n.id, n.number AS title, concat_ws(' · ', i.number, i.payer_name) AS subtitle, found.rank"
    " FROM jemeti.search('billing_credit_notes', %(q)s, %(limit)s) AS found"
    " JOIN billing_credit_notes n USING (id)"
    " JOIN billing_invoices i ON i.tenant_id = n.tenant_id AND i.id = n.invoice_id"
    " ORDER BY found.rank DESC, n.issued_on DESC, n.id"
)
_PAYMENTS = Statement(
    "SELECT p.id, concat_ws(' · ', p.number, p.reference) AS title, concat_ws(' · ', c.name, a.name) AS subtitle,"
    " found.rank FROM jemeti.search('billing_payments', %(q)s, %(limit)s) AS found JOIN billing_payments p USING (id)"
    " JOIN billing_payment_accounts a ON a.tenant_id = p.tenant_id AND a.id = p.payment_account_id"
    " LEFT JOIN crm_customers c ON c.tenant_id = p.tenant_id AND c.id = p.customer_id"
    " ORDER BY found.rank DESC, p.received_at DESC, p.id"
)
_ACCOUNTS = Statement(
    "SELECT a.id, a.name AS title, concat_ws(' · ', a.provider, a.number) AS subtitle, found.rank"
    " FROM jemeti.search('billing_payment_accounts', %(q)s, %(limit)s) AS found"
    " JOIN billing_payment_accounts a USING (id) ORDER BY found.rank DESC, a.name, a.id"
)
_RATES = Statement(
    "SELECT r.id, r.name AS title, r.code AS subtitle, found.rank"
    " FROM jemeti.search('billing_tax_rates', %(q)s, %(limit)s) AS found"
    " JOIN billing_tax_rates r USING (id) ORDER BY found.rank DESC, r.code, r.id"
)
_OWED = Statement(
    'SELECT coalesce(sum(i.total - i.paid - i.credited), 0.00) AS "billing.receivable",'
    ' count(i.id) AS "billing.receivable.invoices",'
    ' coalesce(sum(i.total - i.paid - i.credited) FILTER (WHERE i.due_on < day.is), 0.00) AS "billing.overdue",'
    ' count(i.id) FILTER (WHERE i.due_on < day.is) AS "billing.overdue.invoices"'
    " FROM (SELECT (now() AT TIME ZONE w.timezone)::date AS is FROM workspaces w) AS day"
    " LEFT JOIN billing_invoices i ON i.settlement IN ('open', 'partial')"
)
_RECEIVED = Statement(
    "SELECT (SELECT coalesce(sum(p.amount), 0.00) FROM billing_payments p WHERE p.received_at >= month.began)"
    " - (SELECT coalesce(sum(r.amount), 0.00) FROM billing_refunds r WHERE r.refunded_at >= month.began)"
    ' AS "billing.received_this_month",'
    " (SELECT coalesce(sum(p.amount - p.allocated - p.refunded), 0.00) FROM billing_payments p WHERE p.has_credit)"
    ' AS "billing.unallocated_credit"'
    " FROM (SELECT date_trunc('month', now() AT TIME ZONE w.timezone) AT TIME ZONE w.timezone AS began"
    " FROM workspaces w) AS month"
)


def search(q: str, limit: int) -> list[Source]:
    """Invoices, credit notes and payments, then payment accounts and tax rates."""
    asked = {"q": q, "limit": limit}
    return [
        Source("invoices", "invoice", "/v1/invoices", "invoices:read", _INVOICES(**asked)),
        Source("credit_notes", "credit note", "/v1/credit-notes", "invoices:read", _CREDIT_NOTES(**asked)),
        Source("payments", "payment", "/v1/payments", "payments:read", _PAYMENTS(**asked)),
        Source(
            "payment_accounts",
            "payment account",
            "/v1/payment-accounts",
            "payment_accounts:read",
            _ACCOUNTS(**asked),
        ),
        Source("tax_rates", "tax rate", "/v1/tax-rates", "tax_rates:read", _RATES(**asked)),
    ]


def dashboard() -> list[Figures]:
    """What is to be paid of invoices, what of it is overdue, and what came in this month less what went back."""
    owed, late = "/v1/invoices?outstanding=true", "/v1/invoices?status=overdue"
    invoices, payments = "invoices:read", "payments:read"
    return [
        Figures(
            _OWED(),
            (
                Figure("billing.receivable", "To be paid", invoices, "/v1/invoices/ageing", "money"),
                Figure("billing.receivable.invoices", "Invoices to be paid", invoices, owed),
                Figure("billing.overdue", "Overdue", invoices, "/v1/invoices/ageing?sort=oldest_due_on", "money"),
                Figure("billing.overdue.invoices", "Overdue invoices", invoices, late),
            ),
        ),
        Figures(
            _RECEIVED(),
            (
                Figure(
                    "billing.received_this_month",
                    "Received this month, less refunds",
                    payments,
                    "/v1/payments?sort=-received_at",
                    "money",
                ),
                Figure(
                    "billing.unallocated_credit",
                    "Customers' credit",
                    payments,
                    "/v1/payments?has_credit=true",
                    "money",
                ),
            ),
        ),
    ]
