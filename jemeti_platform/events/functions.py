"""The SQL function that writes events: the only way into the table, so that positions cannot be made up.

SECURITY DEFINER with a pinned search path, executable by the app and platform roles alone. Kept here as text for the
migration.
"""

__all__ = ["DEFINERS", "WRITE_EVENTS"]

# The counter's row is locked from here to the end of COMMIT, which comes in the same message: whoever counts next sees
# this transaction committed, so that positions are given in the order in which transactions become visible, without
# gaps. A transaction that decided who listens before plugins were switched (its stamp is older) must decide anew.
WRITE_EVENTS = """
CREATE FUNCTION jemeti.write_events(p_stamp bigint, p_events jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant constant uuid := jemeti.current_tenant();
    v_actor constant jsonb := coalesce(nullif(current_setting('app.actor', true), ''), '{"kind": "system"}')::jsonb;
    v_count constant bigint := jsonb_array_length(p_events);
    v_last bigint;
    v_stamp bigint;
BEGIN
    INSERT INTO public.event_counters AS c (tenant_id, last) VALUES (v_tenant, v_count)
        ON CONFLICT (tenant_id) DO UPDATE SET last = c.last + v_count
        RETURNING c.last, c.stamp INTO v_last, v_stamp;
    IF v_stamp > p_stamp THEN
        RAISE EXCEPTION 'plugins of this workspace were switched meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO public.events (tenant_id, id, position, type, object_id, actor_kind, actor_id, request_id, data)
    SELECT v_tenant, e.id, v_last - v_count + e.n, e.type, e.object_id,
           v_actor ->> 'kind', (v_actor ->> 'id')::uuid, v_actor ->> 'request_id', e.data
      FROM jsonb_to_recordset(p_events) AS e(n bigint, id uuid, type text, object_id uuid, data jsonb);
    RETURN v_last;
END $$
"""

DEFINERS = frozenset({"jemeti.write_events(bigint, jsonb)"})
