"""The SQL functions that write events and keep account of who has not been told of them.

All are SECURITY DEFINER with a pinned search path, executable by the app and platform roles alone. Kept here as text
for the migration.
"""

__all__ = ["BEHIND", "CAUGHT_UP", "DEFINERS", "HOLD_EVENTS", "INSTALL", "WRITE_EVENTS"]

# The only way into the table, so that positions cannot be made up. The counter's row is locked from here to the end of
# COMMIT, which comes in the same message: whoever counts next sees this transaction committed, so that positions are
# given in the order in which transactions become visible, without gaps. A transaction that decided who listens before
# that was changed (its stamp is older) must decide anew. `p_behind` are plugins that are not told now and have missed
# nothing before: from here on they are behind. The workspace's row is locked before the counter, as by all others.
WRITE_EVENTS = """
CREATE FUNCTION jemeti.write_events(p_stamp bigint, p_behind text[], p_events jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant constant uuid := jemeti.current_tenant();
    v_actor constant jsonb := coalesce(nullif(current_setting('app.actor', true), ''), '{"kind": "system"}')::jsonb;
    v_count constant bigint := jsonb_array_length(p_events);
    v_last bigint;
    v_stamp bigint;
BEGIN
    IF cardinality(p_behind) > 0 THEN
        PERFORM FROM public.tenants t WHERE t.id = v_tenant FOR NO KEY UPDATE;
    END IF;
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
    INSERT INTO public.replay_positions (tenant_id, plugin, position)
    SELECT v_tenant, b, v_last - v_count FROM unnest(p_behind) AS b ON CONFLICT DO NOTHING;
    IF FOUND THEN
        UPDATE public.tenants t SET stamp = t.stamp + 1 WHERE t.id = v_tenant RETURNING t.stamp INTO v_stamp;
        UPDATE public.event_counters c SET stamp = v_stamp WHERE c.tenant_id = v_tenant;
    END IF;
    RETURN v_last;
END $$
"""

# From here to the end of the transaction nobody else writes events of this workspace, and whoever decided before who
# listens must decide anew.
HOLD_EVENTS = """
CREATE FUNCTION jemeti.hold_events() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant constant uuid := jemeti.current_tenant();
    v_stamp bigint;
BEGIN
    UPDATE public.tenants t SET stamp = t.stamp + 1 WHERE t.id = v_tenant RETURNING t.stamp INTO v_stamp;
    INSERT INTO public.event_counters AS c (tenant_id, last, stamp) VALUES (v_tenant, 0, v_stamp)
        ON CONFLICT (tenant_id) DO UPDATE SET stamp = v_stamp;
END $$
"""

# The position up to which a plugin has been told, while it is behind; locked, so that two do not tell it at once.
BEHIND = """
CREATE FUNCTION jemeti.behind(p_plugin text) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.position FROM public.replay_positions r
     WHERE r.tenant_id = jemeti.current_tenant() AND r.plugin = p_plugin FOR UPDATE
$$
"""

CAUGHT_UP = """
CREATE FUNCTION jemeti.caught_up(p_plugin text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM public.replay_positions r WHERE r.tenant_id = jemeti.current_tenant() AND r.plugin = p_plugin
$$
"""

INSTALL = {
    "jemeti.write_events(bigint, text[], jsonb)": WRITE_EVENTS,
    "jemeti.hold_events()": HOLD_EVENTS,
    "jemeti.behind(text)": BEHIND,
    "jemeti.caught_up(text)": CAUGHT_UP,
}

DEFINERS = frozenset(INSTALL)
"""What the catalogue lint allows to be SECURITY DEFINER."""
