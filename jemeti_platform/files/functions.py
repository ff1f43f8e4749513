"""The trigger that counts the bytes of a workspace's files: whoever writes a row, the sum is right."""

__all__ = ["COUNT_FILE_BYTES", "COUNT_FILE_BYTES_TRIGGER"]

COUNT_FILE_BYTES = """
CREATE FUNCTION jemeti.count_file_bytes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
    v_more bigint := CASE TG_OP WHEN 'DELETE' THEN 0 ELSE NEW.bytes END
                   - CASE TG_OP WHEN 'INSERT' THEN 0 ELSE OLD.bytes END;
BEGIN
    IF v_more > 0 THEN
        INSERT INTO public.file_usage AS u (tenant_id, bytes) VALUES (v_tenant, v_more)
            ON CONFLICT (tenant_id) DO UPDATE SET bytes = u.bytes + v_more;
    ELSIF v_more < 0 THEN
        UPDATE public.file_usage SET bytes = bytes + v_more WHERE tenant_id = v_tenant;
    END IF;
    RETURN NULL;
END $$
"""

COUNT_FILE_BYTES_TRIGGER = """
CREATE TRIGGER count_bytes AFTER INSERT OR UPDATE OF bytes OR DELETE ON files
FOR EACH ROW EXECUTE FUNCTION jemeti.count_file_bytes()
"""
