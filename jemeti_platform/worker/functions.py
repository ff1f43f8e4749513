"""The SQL function through which a workspace's work gets into the queue, whose tables the app role cannot reach.

SECURITY DEFINER with a pinned search path, executable by the app and platform roles alone. Kept here as text for the
migration.
"""

__all__ = ["DEFER", "DEFINERS", "INSTALL"]

# The workspace is added here, and locks are made its own: nobody can put a job into another workspace, or stop one of
# its jobs. A job that waits under the same queueing lock is touched, not only looked at: no worker can fetch it before
# this transaction is committed, so that it will see what this transaction has written.
DEFER = """
CREATE FUNCTION jemeti.defer(p_jobs jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, procrastinate, pg_temp AS $$
DECLARE
    v_tenant constant uuid := jemeti.current_tenant();
BEGIN
    IF v_tenant IS NULL THEN
        RAISE EXCEPTION 'a job belongs to a workspace, and none has been entered' USING ERRCODE = '42501';
    END IF;
    INSERT INTO procrastinate.procrastinate_jobs AS known
           (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
    SELECT queue, task, 0, v_tenant || ':' || lock, v_tenant || ':' || queueing_lock,
           jsonb_build_object('tenant_id', v_tenant, 'args', args), at
      FROM (SELECT DISTINCT ON (coalesce(queueing_lock, n::text)) *
              FROM ROWS FROM (jsonb_to_recordset(p_jobs)
                              AS (task text, queue text, args jsonb, lock text, queueing_lock text, at timestamptz))
                   WITH ORDINALITY AS j(task, queue, args, lock, queueing_lock, at, n)
             ORDER BY coalesce(queueing_lock, n::text), at NULLS FIRST, n) AS job
     ORDER BY queueing_lock NULLS FIRST, n
        ON CONFLICT (queueing_lock) WHERE status = 'todo'
        DO UPDATE SET scheduled_at = CASE WHEN excluded.scheduled_at IS NULL OR known.scheduled_at IS NULL THEN NULL
                                          ELSE least(excluded.scheduled_at, known.scheduled_at) END;
END $$
"""

INSTALL = {"jemeti.defer(jsonb)": DEFER}

DEFINERS = frozenset(INSTALL)
"""What the catalogue lint allows to be SECURITY DEFINER."""
