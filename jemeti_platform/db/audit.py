"""The trigger that writes the audit log: every insert, update and delete of tenant data, whoever made it.

It stands on every tenant table by construction (``create_tenant_table``), so that no view, domain function
or plugin can forget it, and the app role may read the log but has no right to write it.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from .rls import create_tenant_table
from .shape import Indexed

__all__ = ["AUDIT", "DEFINERS", "UUID7", "create_audit_log"]

UUID7 = """
CREATE FUNCTION jemeti.uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN pg_catalog.encode(pg_catalog.set_bit(pg_catalog.set_bit(pg_catalog.overlay(
    pg_catalog.uuid_send(pg_catalog.gen_random_uuid()),
    pg_catalog.substring(pg_catalog.int8send(
        (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 1000)::pg_catalog.int8), 3),
    1, 6), 52, 1), 53, 1), 'hex')::pg_catalog.uuid
"""

# The arguments of the trigger are the secret columns: that they changed is written, what they hold is not.
AUDIT = """
CREATE OR REPLACE FUNCTION jemeti.audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_old jsonb;
    v_new jsonb;
    v_row jsonb;
    v_actor jsonb := coalesce(nullif(current_setting('app.actor', true), ''), '{"kind": "system"}')::jsonb;
    v_secret text;
    v_name text := v_actor ->> 'name';
    v_entered text := current_setting('app.tenant_id', true);
    v_tenant uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        v_old := to_jsonb(OLD) - 'tenant_id' - 'search_text';
    END IF;
    IF TG_OP <> 'DELETE' THEN
        v_new := to_jsonb(NEW) - 'tenant_id' - 'search_text';
    END IF;
    v_row := coalesce(v_new, v_old);
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, v_new -> o.key)
          INTO v_old, v_new
          FROM jsonb_each(v_old) o
         WHERE o.value IS DISTINCT FROM v_new -> o.key AND o.key NOT IN ('version', 'updated_at');
        IF v_new IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    FOREACH v_secret IN ARRAY coalesce(TG_ARGV, '{}') LOOP
        v_old := CASE WHEN v_old ? v_secret THEN v_old || jsonb_build_object(v_secret, '(secret)') ELSE v_old END;
        v_new := CASE WHEN v_new ? v_secret THEN v_new || jsonb_build_object(v_secret, '(secret)') ELSE v_new END;
    END LOOP;
    IF v_actor ->> 'kind' = 'user' THEN
        SELECT u.name INTO v_name FROM public.users u
         WHERE u.tenant_id = v_tenant AND u.id = (v_actor ->> 'id')::uuid;
    ELSIF v_actor ->> 'kind' = 'api_key' THEN
        SELECT k.name INTO v_name FROM public.api_keys k
         WHERE k.tenant_id = v_tenant AND k.id = (v_actor ->> 'id')::uuid;
    END IF;
    -- only a login without row security (migrations) changes rows of a workspace it has not entered
    PERFORM set_config('app.tenant_id', v_tenant::text, true);
    INSERT INTO public.audit_log (tenant_id, id, actor_kind, actor_id, actor_name, address, request_id,
                                  resource, record_id, action, before, after)
    VALUES (v_tenant, jemeti.uuid7(), v_actor ->> 'kind', (v_actor ->> 'id')::uuid, v_name, v_actor ->> 'address',
            v_actor ->> 'request_id', TG_TABLE_NAME, (v_row ->> 'id')::uuid, lower(TG_OP), v_old, v_new);
    PERFORM set_config('app.tenant_id', coalesce(v_entered, ''), true);
    RETURN NULL;
END $$
"""

DEFINERS = frozenset({"jemeti.audit()"})


def create_audit_log() -> None:
    """Make the table that the trigger writes into; the application roles may read it, no more."""
    create_tenant_table(
        "audit_log",
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("actor_kind", Text, nullable=False),
        Column("actor_id", Uuid),
        Column("actor_name", Text),
        Column("address", Text),
        Column("request_id", Text),
        Column("resource", Text, nullable=False),
        Column("record_id", Uuid),
        Column("action", Text, nullable=False),
        Column("before", JSONB),
        Column("after", JSONB),
        Indexed("at"),
        Indexed("resource", "record_id"),
        Indexed("actor_id"),
        CheckConstraint("action IN ('insert', 'update', 'delete')", name="action_known"),
        grants="select",
        stamps=False,
        audited=False,
    )
