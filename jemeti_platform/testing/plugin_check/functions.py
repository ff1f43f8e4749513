"""The functions that the plugin's migrations make: they run as whoever calls them, and read what they say they read."""

from __future__ import annotations

from .report import Outcome
from .stage import Stage

__all__ = ["functions"]

_QUERY = """
SELECT p.oid::regprocedure::text AS name, l.lanname AS language, p.proleakproof AS leakproof,
       coalesce(p.proconfig, '{}') AS settings, p.prorettype = 'trigger'::regtype AS for_triggers,
       array(SELECT coalesce(r.rolname, 'PUBLIC') FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
               LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner) AS callers
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
 WHERE n.nspname = 'public' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1
"""
_REMEDY = "Make it with create_trigger_function (jemeti_platform.db.triggers)."


def functions(stage: Stage, found: Outcome) -> None:
    """Named after the plugin, path pinned, called by nobody but triggers. (Their rights: rule R10.)"""
    before = {key for key in stage.schema_before.objects if key.startswith("function ")}
    count = 0
    with stage.database.connect() as connection:
        rows = connection.execute(_QUERY).fetchall()
    for name, language, leakproof, settings, for_triggers, callers in rows:
        if f"function {name}" in before:
            continue
        count += 1
        place = stage.subject.place_of_text(name.partition("(")[0])
        if not name.startswith(f"{stage.subject.name}_"):
            found.error(f"the function {name} is not named {stage.subject.name}_…", place, "Rename it.")
        if language not in ("sql", "plpgsql"):
            found.error(f"the function {name} is written in {language}, which may leave the database", place, _REMEDY)
        if leakproof:
            found.error(f"the function {name} is LEAKPROOF: it may see rows before row security does", place, _REMEDY)
        if not any(setting.startswith("search_path=pg_catalog") for setting in settings):
            found.error(f"the function {name} does not pin its search_path", place, _REMEDY)
        if "PUBLIC" in callers or (for_triggers and callers):
            found.error(f"the function {name} may be called by {', '.join(callers)}", place, _REMEDY)
    found.figures |= {"functions": count}
