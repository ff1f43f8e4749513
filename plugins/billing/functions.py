"""What the database itself keeps of invoices and payments: sums that only their rows can change.

``paid`` and ``credited`` of an invoice, ``credited_…`` of its lines, ``allocated`` and ``refunded`` of a payment are
counted by triggers, under the lock of the row that is counted; CHECKs hold them to what there is. Two at once
cannot both have the last cent: the later one waits and is then refused. Nobody writes them otherwise.
"""

from __future__ import annotations

__all__ = ["INSTALL", "NAMES"]

NAMES = (
    "jemeti.billing_only_counted",
    "jemeti.billing_count_allocation",
    "jemeti.billing_count_refund",
    "jemeti.billing_count_credit_note",
    "jemeti.billing_count_credit_line",
    "jemeti.billing_document_adds_up",
)

_ONLY_COUNTED = """
CREATE FUNCTION jemeti.billing_only_counted() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'what is settled in % is counted, never written', TG_TABLE_NAME USING ERRCODE = '42501';
END $$
"""

_COUNT_ALLOCATION = """
CREATE FUNCTION jemeti.billing_count_allocation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.billing_allocations a
         WHERE a.tenant_id = NEW.tenant_id AND a.id = NEW.reverses_id AND a.reverses_id IS NULL
           AND a.payment_id = NEW.payment_id AND a.invoice_id = NEW.invoice_id AND a.amount = -NEW.amount) THEN
        RAISE EXCEPTION 'a reversal takes back one whole allocation' USING ERRCODE = '23514';
    END IF;
    UPDATE public.billing_invoices SET paid = paid + NEW.amount, version = version + 1, updated_at = now()
     WHERE tenant_id = NEW.tenant_id AND id = NEW.invoice_id;
    UPDATE public.billing_payments SET allocated = allocated + NEW.amount, version = version + 1, updated_at = now()
     WHERE tenant_id = NEW.tenant_id AND id = NEW.payment_id;
    RETURN NULL;
END $$
"""

_COUNT_REFUND = """
CREATE FUNCTION jemeti.billing_count_refund() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.billing_payments SET refunded = refunded + NEW.amount, version = version + 1, updated_at = now()
     WHERE tenant_id = NEW.tenant_id AND id = NEW.payment_id;
    RETURN NULL;
END $$
"""

_COUNT_CREDIT_NOTE = """
CREATE FUNCTION jemeti.billing_count_credit_note() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.billing_invoices SET credited = credited + NEW.total, version = version + 1, updated_at = now()
     WHERE tenant_id = NEW.tenant_id AND id = NEW.invoice_id;
    RETURN NULL;
END $$
"""

_COUNT_CREDIT_LINE = """
CREATE FUNCTION jemeti.billing_count_credit_line() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.billing_invoice_lines l
       SET credited_quantity = l.credited_quantity + NEW.quantity,
           credited_taxable = l.credited_taxable + NEW.taxable, credited_tax = l.credited_tax + NEW.tax
      FROM public.billing_credit_notes n
     WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.invoice_line_id
       AND n.tenant_id = NEW.tenant_id AND n.id = NEW.credit_note_id AND n.invoice_id = l.invoice_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a credit note is about lines of its own invoice' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$
"""

# At COMMIT, by the workspace of the row itself, whoever has entered or left one meanwhile.
_ADDS_UP = """
CREATE FUNCTION jemeti.billing_document_adds_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant constant uuid := NEW.tenant_id;
    v_document constant uuid := (to_jsonb(NEW) ->> TG_ARGV[2])::uuid;
    v_entered constant text := current_setting('app.tenant_id', true);
    v_holds boolean;
BEGIN
    PERFORM set_config('app.tenant_id', v_tenant::text, true);
    EXECUTE format('SELECT d.line_count = s.n AND d.taxable = s.taxable AND d.tax = s.tax FROM public.%I d,'
        ' LATERAL (SELECT count(*) AS n, coalesce(sum(l.taxable), 0) AS taxable, coalesce(sum(l.tax), 0) AS tax'
        ' FROM public.%I l WHERE l.tenant_id = $1 AND l.%I = $2) AS s WHERE d.tenant_id = $1 AND d.id = $2',
        TG_ARGV[0], TG_ARGV[1], TG_ARGV[3]) INTO v_holds USING v_tenant, v_document;
    PERFORM set_config('app.tenant_id', coalesce(v_entered, ''), true);
    IF v_holds IS NOT TRUE THEN
        RAISE EXCEPTION 'the lines do not add up to their document' USING ERRCODE = '23514', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$
"""

# What is written by a statement of its own has the depth 0; what a trigger counts has more.
_TRIGGERS = (
    (
        "CREATE TRIGGER begins_at_nothing BEFORE INSERT ON billing_invoices FOR EACH ROW WHEN (NEW.paid <> 0 "
        "OR NEW.credited <> 0) EXECUTE FUNCTION jemeti.billing_only_counted()"
    ),
    (
        "CREATE TRIGGER only_counted BEFORE UPDATE ON billing_invoices FOR EACH ROW WHEN (pg_trigger_depth() "
        "= 0 AND (NEW.paid IS DISTINCT FROM OLD.paid OR NEW.credited IS DISTINCT FROM OLD.credited)) EXECUTE "
        "FUNCTION jemeti.billing_only_counted()"
    ),
    (
        "CREATE TRIGGER begins_at_nothing BEFORE INSERT ON billing_invoice_lines FOR EACH ROW WHEN "
        "(NEW.credited_quantity <> 0 OR NEW.credited_taxable <> 0 OR NEW.credited_tax <> 0) EXECUTE FUNCTION "
        "jemeti.billing_only_counted()"
    ),
    (
        "CREATE TRIGGER only_counted BEFORE UPDATE ON billing_invoice_lines FOR EACH ROW WHEN "
        "(pg_trigger_depth() = 0 AND (NEW.credited_quantity IS DISTINCT FROM OLD.credited_quantity OR "
        "NEW.credited_taxable IS DISTINCT FROM OLD.credited_taxable OR NEW.credited_tax IS DISTINCT FROM "
        "OLD.credited_tax)) EXECUTE FUNCTION jemeti.billing_only_counted()"
    ),
    (
        "CREATE TRIGGER begins_at_nothing BEFORE INSERT ON billing_payments FOR EACH ROW WHEN (NEW.allocated "
        "<> 0 OR NEW.refunded <> 0) EXECUTE FUNCTION jemeti.billing_only_counted()"
    ),
    (
        "CREATE TRIGGER only_counted BEFORE UPDATE ON billing_payments FOR EACH ROW WHEN (pg_trigger_depth() "
        "= 0 AND (NEW.allocated IS DISTINCT FROM OLD.allocated OR NEW.refunded IS DISTINCT FROM "
        "OLD.refunded)) EXECUTE FUNCTION jemeti.billing_only_counted()"
    ),
    (
        "CREATE TRIGGER counted AFTER INSERT ON billing_allocations FOR EACH ROW EXECUTE FUNCTION "
        "jemeti.billing_count_allocation()"
    ),
    (
        "CREATE TRIGGER counted AFTER INSERT ON billing_refunds FOR EACH ROW EXECUTE FUNCTION "
        "jemeti.billing_count_refund()"
    ),
    (
        "CREATE TRIGGER counted AFTER INSERT ON billing_credit_notes FOR EACH ROW EXECUTE FUNCTION "
        "jemeti.billing_count_credit_note()"
    ),
    (
        "CREATE TRIGGER counted AFTER INSERT ON billing_credit_note_lines FOR EACH ROW EXECUTE FUNCTION "
        "jemeti.billing_count_credit_line()"
    ),
    (
        "CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT ON billing_invoices DEFERRABLE INITIALLY DEFERRED FOR "
        "EACH ROW EXECUTE FUNCTION jemeti.billing_document_adds_up('billing_invoices', "
        "'billing_invoice_lines', 'id', 'invoice_id')"
    ),
    (
        "CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT ON billing_invoice_lines DEFERRABLE INITIALLY "
        "DEFERRED FOR EACH ROW EXECUTE FUNCTION jemeti.billing_document_adds_up('billing_invoices', "
        "'billing_invoice_lines', 'invoice_id', 'invoice_id')"
    ),
    (
        "CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT ON billing_credit_notes DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION jemeti.billing_document_adds_up('billing_credit_notes', "
        "'billing_credit_note_lines', 'id', 'credit_note_id')"
    ),
    (
        "CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT ON billing_credit_note_lines DEFERRABLE INITIALLY "
        "DEFERRED FOR EACH ROW EXECUTE FUNCTION jemeti.billing_document_adds_up('billing_credit_notes', "
        "'billing_credit_note_lines', 'credit_note_id', 'credit_note_id')"
    ),
)

# The counters, which triggers write with the rights of whoever caused it, and the customer, who may be merged.
_MAY_CHANGE = (
    (
        "GRANT UPDATE (customer_id, paid, credited, version, updated_at) ON billing_invoices TO jemeti_app, "
        "jemeti_platform"
    ),
    (
        "GRANT UPDATE (credited_quantity, credited_taxable, credited_tax) ON billing_invoice_lines TO "
        "jemeti_app, jemeti_platform"
    ),
    (
        "GRANT UPDATE (customer_id, allocated, refunded, version, updated_at) ON billing_payments TO "
        "jemeti_app, jemeti_platform"
    ),
)

INSTALL = (
    _ONLY_COUNTED,
    _COUNT_ALLOCATION,
    _COUNT_REFUND,
    _COUNT_CREDIT_NOTE,
    _COUNT_CREDIT_LINE,
    _ADDS_UP,
    *(f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC" for name in NAMES),
    *_TRIGGERS,
    *_MAY_CHANGE,
)
