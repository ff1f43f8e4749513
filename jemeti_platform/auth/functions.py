"""The SQL function by which the database itself keeps a workspace from losing its last owner."""

__all__ = ["KEEP_AN_OWNER", "KEEP_AN_OWNER_TRIGGER"]

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
