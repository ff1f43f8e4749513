"""The SQL functions through which the app role reaches what it has no right to: nothing else crosses workspaces.

All are SECURITY DEFINER with a pinned search path, owned by ``jemeti_owner`` (which row-level security
binds too), executable by the app and platform roles alone. Kept here as text for the migrations.
"""

__all__ = [
    "BUMP_OWN_STAMP",
    "BUMP_PLATFORM_STAMP",
    "BUMP_STAMP",
    "ENTER",
    "FIND_WORKSPACE",
    "SIGNATURES",
    "WORKSPACE_FACTS",
]

ENTER = """
CREATE OR REPLACE FUNCTION jemeti.enter(p_tenant uuid, p_session uuid)
RETURNS TABLE (tenant_id uuid, slug text, status text, stamp bigint, platform_stamp bigint,
               user_id uuid, user_name text, role_id uuid, alive boolean)
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
                        AND u.status = 'active', false)
          FROM public.tenants t
         CROSS JOIN public.platform_state g
          LEFT JOIN public.sessions s ON s.tenant_id = t.id AND s.id = p_session
          LEFT JOIN public.users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
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
        'kill_switches', coalesce((SELECT jsonb_object_agg(k.feature, k.value) FROM public.kill_switches k), '{}'),
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

SIGNATURES = (
    "jemeti.enter(uuid, uuid)",
    "jemeti.workspace_facts()",
    "jemeti.find_workspace(text)",
    "jemeti.bump_stamp()",
    "jemeti.bump_own_stamp()",
    "jemeti.bump_platform_stamp()",
)
