"""What is owed at the end of a day, and what credit there is: SELECTs that ageing and statements are made of.

An allocation counts from the day on which money, invoice and the wish that the one settle the other are all there: what
was recorded together with its payment, from the day the money came in. So what is owed less the credit is at any day
exactly what the documents up to that day come to, customer by customer.
"""

from __future__ import annotations

__all__ = [
    "ALLOCATED",
    "BUCKETS",
    "COUNTED",
    "CREDITS",
    "CREDITS_NOW",
    "CREDITS_OF",
    "OWED",
    "OWED_NOW",
    "OWED_OF",
    "RECEIVED",
    "REFUNDED",
    "sums",
]

RECEIVED = "(p.received_at AT TIME ZONE w.timezone)::date"
REFUNDED = "(r.refunded_at AT TIME ZONE w.timezone)::date"
ALLOCATED = (
    f"greatest({RECEIVED}, i.issued_on, CASE WHEN a.created_at = p.created_at THEN {RECEIVED}"
    " ELSE (a.created_at AT TIME ZONE w.timezone)::date END)"
)
"""The day from which an allocation ``a`` of a payment ``p`` to an invoice ``i`` counts in a workspace ``w``."""

COUNTED = f"""
    SELECT a.tenant_id, a.invoice_id, a.payment_id, a.amount FROM billing_allocations a CROSS JOIN workspaces w
      JOIN billing_payments p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id
      JOIN billing_invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
     WHERE {ALLOCATED} <= %(as_of)s::date"""  # noqa: S608 (our own words)
"""The allocations that count at the end of the day ``as_of``: what ``OWED`` and ``CREDITS`` want WITH counted AS."""

OWED = """
    SELECT i.customer_id, i.due_on, %(as_of)s::date - i.due_on AS late,
        i.total - coalesce(credited.amount, 0) - coalesce(settled.amount, 0) AS balance
      FROM billing_invoices i
      LEFT JOIN (SELECT n.tenant_id, n.invoice_id, sum(n.total) AS amount FROM billing_credit_notes n
            WHERE n.issued_on <= %(as_of)s::date GROUP BY n.tenant_id, n.invoice_id) AS credited
        ON credited.tenant_id = i.tenant_id AND credited.invoice_id = i.id
      LEFT JOIN (SELECT tenant_id, invoice_id, sum(amount) AS amount FROM counted
            GROUP BY tenant_id, invoice_id) AS settled
        ON settled.tenant_id = i.tenant_id AND settled.invoice_id = i.id
     WHERE i.issued_on <= %(as_of)s::date"""
"""What was owed of each invoice at the end of the day ``as_of``, and how many days late it was."""

CREDITS = f"""
    SELECT p.customer_id, p.amount - coalesce(settled.amount, 0) - coalesce(refunded.amount, 0) AS credit
      FROM billing_payments p CROSS JOIN workspaces w
      LEFT JOIN (SELECT tenant_id, payment_id, sum(amount) AS amount FROM counted
            GROUP BY tenant_id, payment_id) AS settled
        ON settled.tenant_id = p.tenant_id AND settled.payment_id = p.id
      LEFT JOIN (SELECT r.tenant_id, r.payment_id, sum(r.amount) AS amount FROM billing_refunds r
            CROSS JOIN workspaces w WHERE {REFUNDED} <= %(as_of)s::date GROUP BY r.tenant_id, r.payment_id) AS refunded
        ON refunded.tenant_id = p.tenant_id AND refunded.payment_id = p.id
     WHERE {RECEIVED} <= %(as_of)s::date"""  # noqa: S608
"""What of each payment settled nothing and had not gone back at the end of the day ``as_of``."""

OWED_OF = f"""
    SELECT i.customer_id, i.due_on, %(as_of)s::date - i.due_on AS late, i.total
        - coalesce((SELECT sum(n.total) FROM billing_credit_notes n
            WHERE n.tenant_id = i.tenant_id AND n.invoice_id = i.id AND n.issued_on <= %(as_of)s::date), 0)
        - coalesce((SELECT sum(a.amount) FROM billing_allocations a
            JOIN billing_payments p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id
            WHERE a.tenant_id = i.tenant_id AND a.invoice_id = i.id AND {ALLOCATED} <= %(as_of)s::date), 0) AS balance
      FROM billing_invoices i CROSS JOIN workspaces w
     WHERE i.customer_id = %(customer)s AND i.issued_on <= %(as_of)s::date"""  # noqa: S608
"""``OWED`` of one customer, whose invoices are few: asked of the index for each."""

CREDITS_OF = f"""
    SELECT p.customer_id, p.amount
        - coalesce((SELECT sum(a.amount) FROM billing_allocations a
            JOIN billing_invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
            WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id AND {ALLOCATED} <= %(as_of)s::date), 0)
        - coalesce((SELECT sum(r.amount) FROM billing_refunds r
            WHERE r.tenant_id = p.tenant_id AND r.payment_id = p.id AND {REFUNDED} <= %(as_of)s::date), 0) AS credit
      FROM billing_payments p CROSS JOIN workspaces w
     WHERE p.customer_id = %(customer)s AND {RECEIVED} <= %(as_of)s::date"""  # noqa: S608

OWED_NOW = """
    SELECT i.customer_id, i.due_on, %(as_of)s::date - i.due_on AS late, i.total - i.paid - i.credited AS balance
      FROM billing_invoices i WHERE i.settlement IN ('open', 'partial')"""
"""``OWED`` of today or a day to come, from the counters."""

CREDITS_NOW = """
    SELECT p.customer_id, p.amount - p.allocated - p.refunded AS credit FROM billing_payments p WHERE p.has_credit"""

BUCKETS = {
    "not_due": "late <= 0",
    "days_1_30": "late BETWEEN 1 AND 30",
    "days_31_60": "late BETWEEN 31 AND 60",
    "days_61_90": "late BETWEEN 61 AND 90",
    "days_91_and_more": "late > 90",
}
"""How late what is owed is: the condition of each bucket."""


def sums(owed: str, credits: str) -> str:
    """The columns of each bucket, of all that is outstanding, of the credit, and of the balance of the two.

    To be followed by GROUP BY, or not; the SELECTs are of the columns above.
    """
    return _SUMS.format(buckets=_IN_BUCKETS, owed=owed, credits=credits)


_IN_BUCKETS = ", ".join(
    f"coalesce(sum(m.balance) FILTER (WHERE m.{condition}), 0.00) AS {name}" for name, condition in BUCKETS.items()
)
_SUMS = (
    "{buckets}, coalesce(sum(m.balance), 0.00) AS outstanding, coalesce(sum(m.credit), 0.00) AS unallocated_credit,"
    " coalesce(sum(m.balance) - sum(m.credit), 0.00) AS balance,"
    " min(m.due_on) FILTER (WHERE m.balance > 0) AS oldest_due_on"
    " FROM (SELECT customer_id, due_on, late, balance, 0.00 AS credit FROM ({owed}) AS owed"
    " UNION ALL SELECT customer_id, NULL, NULL, 0.00, credit FROM ({credits}) AS credits) AS m"
)
