"""The SQL functions through which the app role reaches what it has no right to: nothing else crosses workspaces.

All are SECURITY DEFINER with a pinned search path, owned by ``jemeti_owner`` (which row-level security
binds too), executable by the app and platform roles alone. Kept here as text for the migrations.
"""

__all__ = [
    "BUMP_OWN_STAMP",
    "BUMP_PLATFORM_STAMP",
    "BUMP_STAMP",
    "DEFINERS",
    "ENTER",
    "ERASE_WORKSPACE",
    "FIND_WORKSPACE",
    "PLATFORM_SIGNATURES",
    "SIGNATURES",
    "WORKSPACE_FACTS",
]

ENTER = """
CREATE OR REPLACE FUNCTION jemeti.enter(p_tenant uuid, p_session uuid)
RETURNS TABLE (tenant_id uuid, slug text, status text, stamp bigint, platform_stamp bigint,
               user_id uuid, user_name text, role_id uuid, alive boolean, two_factor boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1 AS $$
DECLARE
    v_status text;
BEGIN
    IF coalesce(nullif(current_setting('app.tenant_id', true), '')::uuid, p_tenant) <> p_tenant THEN
        RAISE EXCEPTION 'another workspace is already entered in this transaction' USING ERRCODE = '42501';
    END IF;
    SELECT t.status INTO v_status FROM public.tenants t WHERE t.id = p_tenant;
    -- a workspace that is not active stays shut: whatever follows in the same message sees no rows
    IF v_status = 'active' THEN
        PERFORM set_config('app.tenant_id', p_tenant::text, true);
    END IF;
    RETURN QUERY
        SELECT t.id, t.slug, t.status, t.stamp, g.stamp, u.id, u.name, u.role_id,
               coalesce(t.status = 'active' AND s.ended_at IS NULL AND s.expires_at > now()
                        AND u.status = 'active', false), f.id IS NOT NULL
          FROM public.tenants t
         CROSS JOIN public.platform_state g
          LEFT JOIN public.sessions s ON s.tenant_id = t.id AND s.id = p_session
          LEFT JOIN public.users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
          LEFT JOIN public.two_factors f ON f.tenant_id = u.tenant_id AND f.id = u.id AND f.confirmed_at IS NOT NULL
         WHERE t.id = p_tenant;
END $$;
"""

WORKSPACE_FACTS = """
CREATE OR REPLACE FUNCTION jemeti.workspace_facts() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'stamp', t.stamp,
        'platform_stamp', g.stamp,
        'plan', t.plan,
        'plan_features', p.features,
        'plan_limits', p.limits,
        'add_ons', t.add_ons,
        'limits', t.limits,
        'overrides', coalesce((SELECT jsonb_object_agg(o.feature, to_jsonb(o)) FROM public.feature_overrides o
                                WHERE o.tenant_id = t.id), '{}'),
        'kill_switches', coalesce((SELECT jsonb_object_agg(k.feature, to_jsonb(k)) FROM public.kill_switches k), '{}'),
        'plans', (SELECT jsonb_agg(jsonb_build_object('slug', x.slug, 'features', x.features)
                                   ORDER BY x.position, x.slug) FROM public.plans x),
        'roles', coalesce((SELECT jsonb_agg(to_jsonb(r)) FROM public.roles r WHERE r.tenant_id = t.id), '[]'),
        'profile', to_jsonb(w))
      FROM public.tenants t
     CROSS JOIN public.platform_state g
      JOIN public.plans p ON p.slug = t.plan
      JOIN public.workspaces w ON w.tenant_id = t.id
     WHERE t.id = jemeti.current_tenant()
$$;
"""

FIND_WORKSPACE = """
CREATE OR REPLACE FUNCTION jemeti.find_workspace(p_slug text) RETURNS TABLE (id uuid, slug text, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1 AS $$
    SELECT t.id, t.slug, t.status FROM public.tenants t WHERE t.slug = p_slug
$$;
"""

BUMP_STAMP = """
CREATE OR REPLACE FUNCTION jemeti.bump_stamp() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.tenants t SET stamp = t.stamp + 1 WHERE t.id = jemeti.current_tenant();
    RETURN NULL;
END $$;
"""

BUMP_OWN_STAMP = """
CREATE OR REPLACE FUNCTION jemeti.bump_own_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.stamp := OLD.stamp + 1;
    RETURN NEW;
END $$;
"""

BUMP_PLATFORM_STAMP = """
CREATE OR REPLACE FUNCTION jemeti.bump_platform_stamp() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.platform_state SET stamp = stamp + 1;
    RETURN NULL;
END $$;
"""

# One statement deletes everything: foreign keys are looked at when it ends, so that tables which refer to each other
# in a circle need no order. What triggers write about it meanwhile (the audit log) goes in a second round. The owner
# is under row security like everybody, hence the setting.
ERASE_WORKSPACE = """
CREATE OR REPLACE FUNCTION jemeti.erase_workspace(p_tenant uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_deletes text;
    v_counts text;
    v_deleted jsonb;
BEGIN
    PERFORM FROM public.tenants t WHERE t.id = p_tenant AND t.status = 'closed' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only a closed workspace can be erased' USING ERRCODE = '55000';
    END IF;
    PERFORM set_config('app.tenant_id', p_tenant::text, true);
    SELECT string_agg(format('d%s AS (DELETE FROM %s WHERE tenant_id = $1 RETURNING 1)', c.oid, c.oid::regclass), ', '),
           string_agg(format('SELECT %L, count(*) FROM d%s', c.relname, c.oid), ' UNION ALL ' ORDER BY c.relname)
      INTO v_deletes, v_counts
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relrowsecurity AND a.attname = 'tenant_id' AND NOT a.attisdropped;
    -- rows, not arguments: of these a function takes a hundred at most
    v_deletes := format('WITH %s SELECT jsonb_object_agg(name, n) FROM (%s) AS deleted (name, n)', v_deletes, v_counts);
    EXECUTE v_deletes INTO v_deleted USING p_tenant;
    EXECUTE v_deletes USING p_tenant;
    UPDATE public.tenants t
       SET name = t.slug, add_ons = '{}', limits = '{}', plugins = '{}', erased_at = now() WHERE t.id = p_tenant;
    UPDATE public.platform_audit_log l
       SET before = l.before - 'name', after = l.after - 'name' WHERE l.tenant_id = p_tenant;
    PERFORM set_config('app.tenant_id', '', true);
    RETURN v_deleted;
END $$;
"""

SIGNATURES = (
    "jemeti.enter(uuid, uuid)",
    "jemeti.workspace_facts()",
    "jemeti.find_workspace(text)",
    "jemeti.bump_stamp()",
    "jemeti.bump_own_stamp()",
    "jemeti.bump_platform_stamp()",
)
PLATFORM_SIGNATURES = ("jemeti.erase_workspace(uuid)",)
"""Those that only the platform's own role may execute."""

DEFINERS = frozenset({*SIGNATURES, *PLATFORM_SIGNATURES} - {"jemeti.bump_own_stamp()"})
"""What the catalogue lint allows to be SECURITY DEFINER, beside ``db.functions.DEFINERS``."""
