"""The triggers that keep a quotation as it was sent, whoever writes."""

from __future__ import annotations

__all__ = ["KEEP_LINES", "KEEP_LINES_TRIGGER", "KEEP_QUOTATION", "KEEP_QUOTATION_TRIGGER"]

# Erasing a workspace runs as the owner. A customer may be merged into another one.
KEEP_QUOTATION = """
CREATE FUNCTION jemeti.keep_sent_quotation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_free text[] := ARRAY['status', 'customer_id', 'version', 'updated_at'];
BEGIN
    IF OLD.sent_at IS NOT NULL AND (NEW.status = 'draft' OR to_jsonb(NEW) - v_free <> to_jsonb(OLD) - v_free) THEN
        RAISE EXCEPTION 'a quotation that was sent does not change' USING ERRCODE = '55000';
    END IF;
    RETURN NEW;
END $$
"""

KEEP_QUOTATION_TRIGGER = """
CREATE TRIGGER keep_sent BEFORE UPDATE ON jobs_quotations
FOR EACH ROW EXECUTE FUNCTION jemeti.keep_sent_quotation()
"""

# FOR SHARE waits for whoever is just sending the quotation, and makes them wait for this line.
KEEP_LINES = """
CREATE FUNCTION jemeti.keep_sent_lines() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
    v_quotations uuid[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.quotation_id]
        WHEN 'DELETE' THEN ARRAY[OLD.quotation_id] ELSE ARRAY[OLD.quotation_id, NEW.quotation_id] END;
BEGIN
    IF current_user IN ('jemeti_app', 'jemeti_platform') THEN
        PERFORM FROM public.jobs_quotations q
          WHERE q.tenant_id = v_tenant AND q.id = ANY (v_quotations) FOR SHARE;
        PERFORM FROM public.jobs_quotations q
          WHERE q.tenant_id = v_tenant AND q.id = ANY (v_quotations) AND q.sent_at IS NOT NULL;
        IF FOUND THEN
            RAISE EXCEPTION 'the lines of a quotation that was sent do not change' USING ERRCODE = '55000';
        END IF;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
"""

KEEP_LINES_TRIGGER = """
CREATE TRIGGER keep_sent BEFORE INSERT OR UPDATE OR DELETE ON jobs_quotation_lines
FOR EACH ROW EXECUTE FUNCTION jemeti.keep_sent_lines()
"""
