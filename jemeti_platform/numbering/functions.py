"""The SQL functions that take numbers: nothing else can write counters and the ledger, so that no gap can be made.

``jemeti.next_number`` locks one counter row until the transaction ends. Whoever wants a number of the same series
and year waits; if the holder rolls back, its number is the next one's.
"""

__all__ = ["DEFINERS", "FORMAT_NUMBER", "INSTALL", "NEXT_NUMBER", "OPEN_NUMBERS", "SIGNATURES"]

FORMAT_NUMBER = """
CREATE FUNCTION jemeti.format_number(p_pattern text, p_day date, p_number bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
    pg_catalog.regexp_replace(p_pattern, '\\{number(:0[1-9])?\\}', pg_catalog.lpad(p_number::pg_catalog.text,
        GREATEST(pg_catalog.length(p_number::pg_catalog.text),
                 coalesce(pg_catalog.substring(p_pattern, '\\{number:0([1-9])\\}')::pg_catalog.int4, 1)), '0')),
    '{year}', pg_catalog.lpad(EXTRACT(year FROM p_day)::pg_catalog.text, 4, '0')),
    '{year:2}', pg_catalog.right(pg_catalog.lpad(EXTRACT(year FROM p_day)::pg_catalog.text, 4, '0'), 2)),
    '{month}', pg_catalog.lpad(EXTRACT(month FROM p_day)::pg_catalog.text, 2, '0'))
"""

# The pattern is read after the counter is locked: whoever changes a pattern holds the same lock.
NEXT_NUMBER = """
CREATE FUNCTION jemeti.next_number(p_series text, p_pattern text, p_record uuid DEFAULT NULL,
                                   p_at timestamptz DEFAULT NULL) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant constant uuid := jemeti.current_tenant();
    v_day date;
    v_number bigint;
    v_pattern text;
    v_written text;
BEGIN
    SELECT (coalesce(p_at, now()) AT TIME ZONE w.timezone)::date INTO v_day
      FROM public.workspaces w WHERE w.tenant_id = v_tenant;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no workspace has been entered' USING ERRCODE = '42501';
    END IF;
    INSERT INTO public.number_counters AS c (tenant_id, series, year, first, last)
    VALUES (v_tenant, p_series, extract(year FROM v_day), 1, 1)
        ON CONFLICT (tenant_id, series, year) DO UPDATE SET last = c.last + 1
    RETURNING c.last INTO v_number;
    SELECT s.pattern INTO v_pattern FROM public.number_series s WHERE s.tenant_id = v_tenant AND s.series = p_series;
    v_written := jemeti.format_number(coalesce(v_pattern, p_pattern), v_day, v_number);
    INSERT INTO public.numbers_taken (tenant_id, series, year, number, written, record_id)
    VALUES (v_tenant, p_series, extract(year FROM v_day), v_number, v_written, p_record);
    RETURN v_written;
END $$
"""

OPEN_NUMBERS = """
CREATE FUNCTION jemeti.open_numbers(p_series text, p_first bigint DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant constant uuid := jemeti.current_tenant();
    v_year integer;
    v_last bigint;
BEGIN
    SELECT extract(year FROM now() AT TIME ZONE w.timezone) INTO v_year
      FROM public.workspaces w WHERE w.tenant_id = v_tenant;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no workspace has been entered' USING ERRCODE = '42501';
    END IF;
    INSERT INTO public.number_counters AS c (tenant_id, series, year, first, last)
    VALUES (v_tenant, p_series, v_year, 1, 0)
        ON CONFLICT (tenant_id, series, year) DO UPDATE SET last = c.last;
    IF p_first IS NULL THEN
        RETURN true;
    END IF;
    UPDATE public.number_counters c SET first = p_first, last = p_first - 1
     WHERE c.tenant_id = v_tenant AND c.series = p_series AND c.year = v_year AND c.last < c.first;
    RETURN FOUND;
END $$
"""

SIGNATURES = (
    "jemeti.format_number(text, date, bigint)",
    "jemeti.next_number(text, text, uuid, timestamp with time zone)",
    "jemeti.open_numbers(text, bigint)",
)
INSTALL = (
    FORMAT_NUMBER,
    NEXT_NUMBER,
    OPEN_NUMBERS,
    *(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC" for signature in SIGNATURES),
    *(f"GRANT EXECUTE ON FUNCTION {signature} TO jemeti_app, jemeti_platform" for signature in SIGNATURES),
)
DEFINERS = frozenset(SIGNATURES[1:])
"""What the catalogue lint allows to be SECURITY DEFINER: each filters by the workspace itself."""
