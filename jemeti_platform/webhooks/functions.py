"""The SQL functions of webhooks. Kept here as text for the migration.

Deliveries are made where events are written, by a trigger: no path by which an event gets into the table can forget
them, and they cost the writer no round trip. They come in the order of the events, whose counter is locked by then.
"""

__all__ = ["DEFINERS", "DELIVER_EVENTS", "DELIVER_EVENTS_TRIGGER", "HASTEN", "SIGNATURES"]

# Run by jemeti.write_events() with the rights of the owner, whom row security holds as well. Jobs of one endpoint and
# one object share a lock: the queue begins none of them while an earlier one is at work or waits to be tried again.
DELIVER_EVENTS = """
CREATE FUNCTION jemeti.deliver_events() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_jobs jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM public.webhook_endpoints) THEN
        RETURN NULL;
    END IF;
    WITH made AS (
        INSERT INTO public.webhook_deliveries (tenant_id, id, endpoint_id, event_id, event_type, object_id)
        SELECT e.tenant_id, jemeti.uuid7(), w.id, e.id, e.type, e.object_id
          FROM written e JOIN public.webhook_endpoints w ON w.tenant_id = e.tenant_id
         WHERE CASE WHEN e.type = 'webhooks.endpoint.tested' THEN w.id = e.object_id
               ELSE w.status = 'active' AND EXISTS (
                    SELECT FROM jsonb_array_elements_text(w.event_types) AS p
                     WHERE p IN ('*', e.type) OR (right(p, 2) = '.*' AND starts_with(e.type, left(p, -1)))) END
        RETURNING id, endpoint_id, event_id
    )
    SELECT jsonb_agg(jsonb_build_object(
               'task', 'webhooks.deliver', 'queue', 'webhooks',
               'args', jsonb_build_object('delivery_id', m.id, 'round', 1),
               'lock', concat_ws(':', 'webhooks', w.id, w.generation, coalesce(e.object_id, e.id)))
               ORDER BY e.position, w.id)
      INTO v_jobs
      FROM made m JOIN written e ON e.id = m.event_id
      JOIN public.webhook_endpoints w ON w.tenant_id = e.tenant_id AND w.id = m.endpoint_id;
    IF v_jobs IS NOT NULL THEN
        PERFORM jemeti.defer(v_jobs);
    END IF;
    RETURN NULL;
END $$
"""

DELIVER_EVENTS_TRIGGER = """
CREATE TRIGGER deliver_events AFTER INSERT ON events REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION jemeti.deliver_events()
"""

# The app role has no right to the queue. What it may do there is to have the workspace's own jobs tried now.
HASTEN = """
CREATE FUNCTION jemeti.hasten(p_lock text) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH hastened AS (
        UPDATE procrastinate.procrastinate_jobs SET scheduled_at = NULL
         WHERE status = 'todo' AND lock = jemeti.current_tenant() || ':' || p_lock
        RETURNING id
    )
    SELECT count(*) FROM hastened
$$
"""

SIGNATURES = ("jemeti.hasten(text)",)
DEFINERS = frozenset(SIGNATURES)
