"""The SQL functions every tenant table leans on: the current workspace, folded text, and the one audited search.

The kernel's first migration runs ``INSTALL`` statement by statement; ``DEFINERS`` is what the catalogue lint allows.
"""

from __future__ import annotations

from . import audit

__all__ = ["CURRENT_TENANT", "DEFINERS", "FOLD", "INSTALL", "REMOVE", "SEARCH"]

# PL/pgSQL and STABLE: as fast as a sub-select in the policy, accepted by Citus, and never folded into a plan as an
# IMMUTABLE function would be. No SET clause: it would cost on every call, so every name in the body is pg_catalog's.
CURRENT_TENANT = """
CREATE FUNCTION jemeti.current_tenant() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$ BEGIN RETURN nullif(pg_catalog.current_setting('app.tenant_id', true), '')::pg_catalog.uuid; END $$
"""

# Letters as a person compares them: no case, no accents, no vowel points, one kind of digit, one space between words.
# Marks of Indic scripts stay: they are vowels, not accents.
FOLD = """
CREATE FUNCTION jemeti.fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN pg_catalog.btrim(pg_catalog.regexp_replace(
    CASE WHEN pg_catalog.octet_length(value) = pg_catalog.length(value) THEN pg_catalog.lower(value)
    ELSE pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.translate(pg_catalog.regexp_replace(
            pg_catalog.lower(normalize(value, NFKD)),
            U&'[\\0300-\\036F\\0640\\064B-\\065F\\0670\\200B-\\200F\\2060\\FEFF]', '', 'g'),
            U&'\\00F8\\0142\\0111\\0131\\0127\\00F0\\0649\\0629\\06CC\\06A9'
            || '০১২৩৪৫৬৭৮৯' || '٠١٢٣٤٥٦٧٨٩' || '۰۱۲۳۴۵۶۷۸۹',
            U&'oldihd\\064A\\0647\\064A\\0643' || '0123456789' || '0123456789' || '0123456789'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')
    END, '[[:space:]]+', ' ', 'g'))
"""

# LIKE and trigram operators are not leakproof: under row security their index is not used. This function reads past
# row security with rights to three columns only, and filters by workspace itself.
# What is found as written is the answer; only a query that finds nothing is taken for misspelt. A query in pieces
# ("0171 / 12 34") is also tried as one, without leading zeros: telephone numbers and plates are stored without spaces.
SEARCH = """
CREATE FUNCTION jemeti.search(resource text, q text, max integer DEFAULT 50) RETURNS TABLE (id uuid, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 COST 10000
SET search_path = pg_catalog, extensions, pg_temp
SET pg_trgm.word_similarity_threshold = 0.4
SET cpu_operator_cost = 0.1
SET max_parallel_workers_per_gather = 0
AS $$
DECLARE
    tenant constant uuid := jemeti.current_tenant();
    folded constant text := jemeti.fold(left(q, 200));
    pieces constant text := ltrim(regexp_replace(folded, '[^[:alnum:]]', '', 'g'), '0');
    whole constant text := CASE WHEN length(pieces) > 3 THEN '%' || pieces || '%' END;
    words text[];
    patterns text[];
    written text;
    misspelt text;
    condition text;
    ranks text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
                   WHERE c.relname = resource AND c.relnamespace = 'public'::regnamespace
                     AND a.attname = 'search_text' AND a.attgenerated = 's' AND NOT a.attisdropped) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('%s cannot be searched', resource);
    END IF;
    -- Shorter than a trigram: the beginning of a word only, which the index can still find.
    SELECT array_agg(word ORDER BY place),
           array_agg(CASE WHEN length(word) < 3 THEN '% ' ELSE '%' END
                     || regexp_replace(word, '([%_\\\\])', '\\\\\\1', 'g') || '%' ORDER BY place),
           string_agg(format('search_text LIKE $2[%s]', place), ' AND '),
           string_agg(CASE WHEN length(word) < 3 OR length(word) < 6 AND word ~ '[0-9]'
                           THEN format('search_text LIKE $2[%s]', place)
                           ELSE format('(search_text LIKE $2[%1$s] OR $3[%1$s] <%% search_text)', place) END, ' AND '),
           string_agg(format('CASE WHEN search_text LIKE ''%% '' || ltrim($2[%1$s], ''%% '') THEN 1.0'
                             ' WHEN search_text LIKE $2[%1$s] THEN 0.9'
                             ' ELSE 0.8 * word_similarity($3[%1$s], search_text) END', place), ' + ')
    INTO words, patterns, written, misspelt, ranks
    FROM (SELECT word, row_number() OVER (ORDER BY place) AS place
          FROM unnest(string_to_array(folded, ' ')) WITH ORDINALITY AS s(raw, place),
               btrim(raw, '.,;:!?()[]{}<>"''*+#/\\_-') AS word
          WHERE word <> '' LIMIT 8) AS found;
    IF tenant IS NULL OR words IS NULL THEN
        RETURN;
    END IF;
    FOREACH condition IN ARRAY ARRAY[written, misspelt] LOOP
        RETURN QUERY EXECUTE format(
            'SELECT id, (CASE WHEN search_text LIKE $5 THEN 1.0 ELSE (%s) / $6 END)::real AS rank FROM public.%I'
            ' WHERE tenant_id = $1 AND ((%s)%s) ORDER BY rank DESC, search_text, id LIMIT $4',
            ranks, resource, condition, CASE WHEN whole IS NOT NULL THEN ' OR search_text LIKE $5' END)
            USING tenant, patterns, words, least(greatest(max, 0), 1000), whole, cardinality(words);
        IF FOUND THEN
            RETURN;
        END IF;
    END LOOP;
END $$
"""

DEFINERS = frozenset({"jemeti.search(text, text, integer)"}) | audit.DEFINERS

INSTALL: tuple[str, ...] = (
    CURRENT_TENANT,
    FOLD,
    audit.UUID7,
    audit.AUDIT,
    "GRANT EXECUTE ON FUNCTION jemeti.current_tenant() TO jemeti_migrate, jemeti_app, jemeti_platform, jemeti_search",
    "GRANT EXECUTE ON FUNCTION jemeti.fold(text) TO jemeti_migrate, jemeti_app, jemeti_platform, jemeti_search",
    "GRANT CREATE ON SCHEMA jemeti TO jemeti_search",
    "SET ROLE jemeti_search",
    # loads pg_trgm, so that the server knows the setting named in the function's SET clause
    "SELECT extensions.show_trgm('')",
    SEARCH,
    "GRANT EXECUTE ON FUNCTION jemeti.search(text, text, integer) TO jemeti_app, jemeti_platform",
    "SET ROLE jemeti_owner",
    "REVOKE CREATE ON SCHEMA jemeti FROM jemeti_search",
)

REMOVE: tuple[str, ...] = (
    "DROP FUNCTION jemeti.audit()",
    "DROP FUNCTION jemeti.uuid7()",
    "SET ROLE jemeti_search",
    "DROP FUNCTION jemeti.search(text, text, integer)",
    "SET ROLE jemeti_owner",
    "DROP FUNCTION jemeti.fold(text)",
    "DROP FUNCTION jemeti.current_tenant()",
)
