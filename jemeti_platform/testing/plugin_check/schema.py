"""Everything that migrations can make, as text by name, so that two moments of a database can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from ..databases import Database

__all__ = ["Schema", "read_schema"]

_RELATIONS = "c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'jemeti', 'procrastinate'))"
_NAME = "CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END"
_QUERY = f"""
SELECT 'relation ' || {_NAME}, concat_ws(' ', c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relacl,
       pg_get_userbyid(c.relowner), CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {_RELATIONS} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
UNION ALL
SELECT 'column ' || {_NAME} || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attgenerated, a.attidentity, a.attacl, pg_get_expr(d.adbin, d.adrelid))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE {_RELATIONS} AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
UNION ALL
SELECT 'index ' || {_NAME} || '.' || i.relname, pg_get_indexdef(i.oid)
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_RELATIONS}
UNION ALL
SELECT 'constraint ' || {_NAME} || '.' || k.conname, pg_get_constraintdef(k.oid)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {_RELATIONS} AND k.contype <> 'n'
UNION ALL
SELECT 'trigger ' || {_NAME} || '.' || t.tgname, pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {_RELATIONS} AND NOT t.tgisinternal
UNION ALL
SELECT 'policy ' || {_NAME} || '.' || p.polname, concat_ws(' ', p.polpermissive, p.polcmd, p.polroles,
       pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid))
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {_RELATIONS}
UNION ALL
SELECT 'function ' || p.oid::regprocedure, concat_ws(' ', p.proacl, pg_get_functiondef(p.oid))
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN ('public', 'jemeti', 'procrastinate') AND p.prokind IN ('f', 'p')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT 'type ' || t.oid::regtype, concat_ws(' ', t.typtype, t.typacl,
       (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE n.nspname IN ('public', 'jemeti') AND t.typtype IN ('e', 'd')
UNION ALL
SELECT 'schema ' || nspname, nspacl::text FROM pg_namespace WHERE nspname !~ '^pg_'
UNION ALL
SELECT 'extension ' || extname, extversion FROM pg_extension
UNION ALL
SELECT 'privilege ' || pg_get_userbyid(defaclrole) || ' ' || defaclobjtype::text, defaclacl::text FROM pg_default_acl
"""  # noqa: S608 (nothing in it comes from outside)


@dataclass(frozen=True)
class Schema:
    """``objects`` are texts by kind and name: ``index tyres_sets_pkey``."""

    objects: dict[str, str]

    @property
    def tables(self) -> frozenset[str]:
        """The tables, views not among them."""
        words = ((*key.split(" ", 1), text[:1]) for key, text in self.objects.items())
        return frozenset(name for kind, name, sort in words if kind == "relation" and sort in ("r", "p", "f"))

    def foreign(self, plugin: str, before: Schema) -> list[str]:
        """What is new here and is no part of a table that is new, nor a function or type named after the plugin."""
        made = {key.split(" ", 1)[1] for key in before.lacking(self) if key.startswith("relation ")}
        found = []
        for key in before.lacking(self):
            kind, name = key.split(" ", 1)
            if kind in ("column", "index", "constraint", "trigger", "policy"):
                is_own = any(name.startswith(f"{table}.") for table in made)
            elif kind == "relation":
                is_own = "." not in name  # in the schema of plugins, public
            else:
                is_own = kind in ("function", "type") and name.startswith(f"{plugin}_")
            if not is_own:
                found.append(key)
        return found

    def changed(self, other: Schema) -> list[str]:
        """What both have, and ``other`` has differently."""
        return [name for name, text in self.objects.items() if other.objects.get(name, text) != text]

    def lacking(self, other: Schema) -> list[str]:
        """What ``other`` has and this one has not."""
        return [name for name in other.objects if name not in self.objects]


def read_schema(database: Database) -> Schema:
    """All objects of the platform's schemas as they are now."""
    with database.connect() as connection:
        return Schema({name: text or "" for name, text in connection.execute(_QUERY).fetchall()})
