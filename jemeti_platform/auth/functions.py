"""SQL functions: by which the database itself keeps a workspace from losing its last owner, and lets API keys in."""

__all__ = ["DEFINERS", "ENTER_WITH_KEY", "KEEP_AN_OWNER", "KEEP_AN_OWNER_TRIGGER", "SIGNATURES"]

# Two owners who unmake each other at the same moment would each see the other one still there: so they take turns, by
# the row of the owner role. Row security hides nothing of the user's own workspace; if it did, this would refuse.
KEEP_AN_OWNER = """
CREATE FUNCTION jemeti.keep_an_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM public.roles r
      WHERE r.tenant_id = OLD.tenant_id AND r.id = OLD.role_id AND r.slug = 'owner' FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (
        SELECT 1 FROM public.users u
         WHERE u.tenant_id = OLD.tenant_id AND u.role_id = OLD.role_id AND u.status = 'active') THEN
        RAISE EXCEPTION 'a workspace needs an active owner'
            USING ERRCODE = 'check_violation', TABLE = 'users', CONSTRAINT = 'users_last_owner';
    END IF;
    RETURN NULL;
END $$
"""

KEEP_AN_OWNER_TRIGGER = """
CREATE TRIGGER keep_an_owner AFTER UPDATE OF status, role_id ON users FOR EACH ROW
WHEN (OLD.status = 'active' AND (NEW.status <> 'active' OR NEW.role_id <> OLD.role_id))
EXECUTE FUNCTION jemeti.keep_an_owner()
"""

# Unlike a session, which a signed token names, a key proves itself here: before it has, the workspace is not entered,
# and whatever follows in the same message sees no rows. That it was used is written once a minute, never waiting for a
# request that is writing the same, and not where the transaction can only read.
ENTER_WITH_KEY = """
CREATE OR REPLACE FUNCTION jemeti.enter_with_key(p_tenant uuid, p_key uuid, p_hash text, p_address text)
RETURNS TABLE (tenant_id uuid, slug text, status text, stamp bigint, platform_stamp bigint,
               user_id uuid, user_name text, role_id uuid, alive boolean, key_grants jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1 AS $$
DECLARE
    r record;
BEGIN
    IF coalesce(nullif(current_setting('app.tenant_id', true), '')::uuid, p_tenant) <> p_tenant THEN
        RAISE EXCEPTION 'another workspace is already entered in this transaction' USING ERRCODE = '42501';
    END IF;
    PERFORM set_config('app.tenant_id', p_tenant::text, true);
    SELECT t.id, t.slug, t.status, t.stamp, g.stamp AS platform_stamp, u.id AS user_id, u.name AS user_name, u.role_id,
           k.permissions, coalesce(x.last_used_at < now() - interval '1 minute', true) AS unseen INTO r
      FROM public.api_keys k
      JOIN public.tenants t ON t.id = k.tenant_id AND t.status = 'active'
      JOIN public.users u ON u.tenant_id = k.tenant_id AND u.status = 'active'
       AND u.id = CASE WHEN k.key_hash = p_hash THEN k.created_by ELSE k.former_by END
      LEFT JOIN public.api_key_uses x ON x.tenant_id = k.tenant_id AND x.id = k.id
     CROSS JOIN public.platform_state g
     WHERE k.tenant_id = p_tenant AND k.id = p_key
       AND (k.key_hash = p_hash OR k.former_key_hash = p_hash AND k.former_until > now())
       AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
    IF NOT FOUND THEN
        PERFORM set_config('app.tenant_id', '', true);
        RETURN;
    END IF;
    IF r.unseen AND current_setting('transaction_read_only') = 'off' THEN
        UPDATE public.api_key_uses x SET last_used_at = now(), last_used_address = p_address
          FROM (SELECT l.id FROM public.api_key_uses l
                 WHERE l.tenant_id = p_tenant AND l.id = p_key FOR NO KEY UPDATE SKIP LOCKED) free
         WHERE x.tenant_id = p_tenant AND x.id = free.id
           AND coalesce(x.last_used_at < now() - interval '1 minute', true);
    END IF;
    RETURN QUERY SELECT r.id, r.slug, r.status, r.stamp, r.platform_stamp,
                        r.user_id, r.user_name, r.role_id, true, r.permissions;
END $$;
"""

SIGNATURES = ("jemeti.enter_with_key(uuid, uuid, text, text)",)

DEFINERS = frozenset(SIGNATURES)
"""What the catalogue lint allows to be SECURITY DEFINER, beside those of ``db.functions`` and ``tenancy.functions``."""
