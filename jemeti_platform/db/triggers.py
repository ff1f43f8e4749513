"""Promises that no CHECK can keep, for migrations: rows that are final, sums that only rows change, sums at COMMIT.

Every function runs with the rights and in the workspace of whoever writes, finds its path pinned, and can be called by
nobody but its triggers. It stands in ``public``, named after the plugin like its tables, and goes with the last trigger
that calls it. What is final is final for the application's roles: a migration may still fill in a new column, and a
workspace can be erased.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from alembic import op
from sqlalchemy import text

from .roles import APP_ROLES

__all__ = [
    "check_at_commit",
    "create_trigger",
    "create_trigger_function",
    "drop_trigger",
    "drop_unused",
    "freeze_rows",
    "only_counted",
    "trigger_functions",
]

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VERBS = ("insert", "update", "delete")
_BY_THE_APPLICATION = f"CURRENT_USER IN ({', '.join(repr(role) for role in APP_ROLES)})"
_STAMPS = ("version", "updated_at")


def create_trigger_function(name: str, body: str) -> None:
    """Create the trigger function ``name``: PL/pgSQL, from DECLARE or BEGIN to END.

    It runs with the rights of whoever writes, inside their workspace; tables need no schema in front. ``name`` begins
    with the plugin's. Raises ValueError for a name that is none.
    """
    _run(
        f"CREATE FUNCTION public.{_named(name)}() RETURNS trigger LANGUAGE plpgsql"
        f" SET search_path = pg_catalog, public, pg_temp AS $function$\n{body.strip()}\n$function$"
    )
    _run(f"REVOKE ALL ON FUNCTION public.{name}() FROM PUBLIC")


def create_trigger(
    table: str, name: str, moment: str, function: str, *, when: str = "", arguments: Sequence[str] = ()
) -> None:
    """Call ``function`` for each row of ``table``: ``create_trigger("tyres_sets", "counted", "AFTER INSERT", …)``.

    ``moment`` is what PostgreSQL calls it (``BEFORE UPDATE OF status``), ``when`` a condition on OLD and NEW,
    ``arguments`` the texts that the function finds in TG_ARGV.
    """
    given = ", ".join(_literal(argument) for argument in arguments)
    _run(
        f"CREATE TRIGGER {_named(name)} {moment} ON {_named(table)} FOR EACH ROW"
        f"{f' WHEN ({when})' if when else ''} EXECUTE FUNCTION public.{_named(function)}({given})"
    )


def drop_trigger(table: str, name: str) -> None:
    """Take a trigger of this module from a table, and its function if no other trigger calls it."""
    functions = trigger_functions(table, name)
    _run(f"DROP TRIGGER {_named(name)} ON {_named(table)}")
    drop_unused(functions)


def freeze_rows(
    table: str,
    *,
    when: str,
    message: str,
    but: Iterable[str] = (),
    of: tuple[str, str] | None = None,
    name: str = "frozen",
) -> None:
    """Rows of which ``when`` is true are final: none is changed or deleted any more, and it stays true of them.

    ``when`` is a condition on the row's columns (``sent_at IS NOT NULL``), ``but`` the columns that may go on changing
    (``version`` and ``updated_at`` do anyway), ``message`` what is wrong, in words.

    With ``of=("quotation_id", "jobs_quotations")`` the rows are parts of another: none is added, changed or deleted
    while ``when`` is true of the whole, and none moves to another whole. Whoever is just finishing the whole is waited
    for, and waits. ``name`` tells several rules of one table apart. Breaking one is SQLSTATE 55000, over HTTP 409
    ``state``. What is final from the beginning needs no trigger: leave update and delete out of its ``grants``.
    """
    free = ", ".join(_literal(_named(column)) for column in (*_STAMPS, *but))
    body = _FROZEN_ROW if of is None else _FROZEN_PART
    column, whole = of if of is not None else ("", "")
    function = f"{table}_{name}"
    create_trigger_function(
        function,
        body.replace("{free}", free)
        .replace("{when}", when)
        .replace("{message}", _literal(message))
        .replace("{rule}", _literal(function))
        .replace("{column}", column)
        .replace("{whole}", whole),
    )
    moment = "AFTER UPDATE OR DELETE" if of is None else "AFTER INSERT OR UPDATE OR DELETE"
    create_trigger(table, name, moment, function, when=_BY_THE_APPLICATION)


def only_counted(table: str, *columns: str) -> None:
    """The numbers in ``columns`` begin at 0 and are changed by triggers alone, never by a statement of the application.

    For sums of other rows: a trigger on those counts, under the lock of the row that is counted, and a CHECK holds the
    sum to what there is, so that two at once cannot both have the last of it.
    """
    function = f"{table}_only_counted"
    message = _literal(f"of {table} {', '.join(columns)} are counted, never written")
    create_trigger_function(
        function,
        f"BEGIN\n    RAISE EXCEPTION USING ERRCODE = '42501', TABLE = TG_TABLE_NAME, MESSAGE = {message};\nEND",
    )
    something = " OR ".join(f"NEW.{_named(column)} <> 0" for column in columns)
    another = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    by_hand = f"{_BY_THE_APPLICATION} AND pg_trigger_depth() = 0"  # what a trigger writes is deeper
    create_trigger(
        table, "begins_at_nothing", "BEFORE INSERT", function, when=f"{_BY_THE_APPLICATION} AND ({something})"
    )
    create_trigger(table, "only_counted", "BEFORE UPDATE", function, when=f"{by_hand} AND ({another})")


def check_at_commit(
    name: str, tables: Mapping[str, str], *, holds: str, message: str, on: str = "insert update delete"
) -> None:
    """Have ``holds`` be true of every record that a transaction has touched, when it commits.

    ``tables`` says in which column each of them names the record: ``{"billing_invoices": "id",
    "billing_invoice_lines": "invoice_id"}``. ``holds`` is a SELECT of one boolean, about ``v_record``, which is in the
    workspace ``v_tenant``; it sees that workspace whoever is at work when the transaction commits. A record that is
    gone by then is not asked about. ``on`` are the verbs after which it is checked. ``name`` begins with the plugin's.
    Breaking it is SQLSTATE 23514, as for any CHECK.
    """
    verbs = on.split()
    if not verbs or set(verbs) - set(_VERBS):
        raise ValueError(f"{name} may be checked on {', '.join(_VERBS)}; got {on!r}.")
    create_trigger_function(
        name,
        _AT_COMMIT.replace("{holds}", holds.strip())
        .replace("{message}", _literal(message))
        .replace("{rule}", _literal(name)),
    )
    # a plan that is kept from when the tables were small would read all of them for every record
    _run(f"ALTER FUNCTION public.{name}() SET plan_cache_mode = force_custom_plan")
    for table, column in tables.items():
        _run(
            f"CREATE CONSTRAINT TRIGGER {name} AFTER {' OR '.join(verbs).upper()} ON {_named(table)}"
            f" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.{name}({_literal(_named(column))})"
        )


def trigger_functions(table: str, trigger: str | None = None) -> list[str]:
    """The functions of this module that the triggers of a table call, or one of them."""
    found = op.get_bind().execute(
        text(
            "SELECT DISTINCT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE t.tgrelid = CAST(:table AS regclass) AND p.pronamespace = 'public'\\:\\:regnamespace"
            " AND t.tgname = coalesce(CAST(:trigger AS text), t.tgname)"
        ),
        {"table": f"public.{_named(table)}", "trigger": trigger},
    )
    return sorted(found.scalars())


def drop_unused(functions: Iterable[str]) -> None:
    """Drop those of the functions that no trigger calls any more."""
    used = "SELECT count(*) FROM pg_trigger WHERE tgfoid = CAST(:function AS regprocedure)"
    for name in functions:
        if not op.get_bind().execute(text(used), {"function": f"public.{name}()"}).scalar_one():
            _run(f"DROP FUNCTION public.{name}()")


# After, not before: generated columns are there, and what other triggers have made of the row is seen.
_FROZEN_ROW = """
#variable_conflict use_column
DECLARE
    v_free constant text[] := ARRAY[{free}];
BEGIN
    IF EXISTS (SELECT FROM (SELECT OLD.*) AS was WHERE {when})
       AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - v_free <> to_jsonb(OLD) - v_free
            OR NOT EXISTS (SELECT FROM (SELECT NEW.*) AS became WHERE {when})) THEN
        RAISE EXCEPTION USING ERRCODE = '55000', TABLE = TG_TABLE_NAME, CONSTRAINT = {rule}, MESSAGE = {message};
    END IF;
    RETURN NULL;
END
"""

# FOR SHARE waits for whoever is finishing the whole, and has them wait for this part.
_FROZEN_PART = """
#variable_conflict use_column
DECLARE
    v_free constant text[] := ARRAY[{free}];
    v_tenant constant uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
    v_whole constant uuid := CASE TG_OP WHEN 'INSERT' THEN NEW.{column} ELSE OLD.{column} END;
    v_final boolean;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.{column} IS DISTINCT FROM OLD.{column} THEN
        RAISE EXCEPTION USING ERRCODE = '55000', TABLE = TG_TABLE_NAME, CONSTRAINT = {rule},
            MESSAGE = format('a row of %s stays where it is: {column} does not change', TG_TABLE_NAME);
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - v_free = to_jsonb(OLD) - v_free THEN
        RETURN NULL;
    END IF;
    SELECT {when} INTO v_final FROM {whole} WHERE tenant_id = v_tenant AND id = v_whole FOR SHARE;
    IF v_final THEN
        RAISE EXCEPTION USING ERRCODE = '55000', TABLE = TG_TABLE_NAME, CONSTRAINT = {rule}, MESSAGE = {message};
    END IF;
    RETURN NULL;
END
"""

# At COMMIT nobody need be in the workspace of the row any more: the administrators' work enters one after another.
_AT_COMMIT = """
DECLARE
    v_entered constant text := current_setting('app.tenant_id', true);
    v_row jsonb;
    v_tenant uuid;
    v_record uuid;
    v_holds boolean;
BEGIN
    FOREACH v_row IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)] WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
                           ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)] END LOOP
        v_tenant := (v_row ->> 'tenant_id')::uuid;
        v_record := (v_row ->> TG_ARGV[0])::uuid;
        CONTINUE WHEN v_record IS NULL;
        PERFORM set_config('app.tenant_id', v_tenant::text, true);
        SELECT asked.holds INTO v_holds FROM (
{holds}
        ) AS asked(holds);
        IF FOUND AND v_holds IS NOT TRUE THEN
            RAISE EXCEPTION USING ERRCODE = '23514', TABLE = TG_TABLE_NAME, CONSTRAINT = {rule}, MESSAGE = {message};
        END IF;
    END LOOP;
    PERFORM set_config('app.tenant_id', coalesce(v_entered, ''), true);
    RETURN NULL;
END
"""


def _run(statement: str) -> None:
    op.execute(text(statement.replace(":", "\\:")))


def _named(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > 63:
        raise ValueError(f"{name!r} must be of lower-case letters, digits and _, 63 at most.")
    return name


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
