"""Rules about keys and indexes: what must differ, what may be referenced, and what row security lets an index do."""

from __future__ import annotations

from collections.abc import Iterable

from .scope import Scope

__all__ = [
    "indexes_are_leakproof",
    "indexes_begin_with_the_workspace",
    "no_delete_empties_tenant_id",
    "references_stay_in_the_workspace",
    "unique_within_a_workspace",
]


def unique_within_a_workspace(scope: Scope) -> Iterable[tuple[str, str]]:
    """R5: unique and exclusion constraints begin with ``tenant_id``; else they tell one workspace what another has."""
    for row in scope.ask(
        "SELECT name, index_name FROM idx WHERE (indisunique OR indisexclusion) AND indkey[0] <> tenant"
        " ORDER BY name, index_name"
    ):
        yield row.name, f"is unique across workspaces by {row.index_name}: put tenant_id first, Unique(…) does it."


def references_stay_in_the_workspace(scope: Scope) -> Iterable[tuple[str, str]]:
    """R6: foreign keys between tenant tables pair ``tenant_id`` with ``tenant_id``; each table references tenants."""
    for row in scope.ask(
        "SELECT c.conname, s.name, t.name AS target, s.tenant IS NULL AS outside,"
        " c.convalidated AND coalesce((to_jsonb(c) ->> 'conenforced')::bool, true) AS holds,"
        " EXISTS (SELECT FROM unnest(c.conkey, c.confkey) AS k(own, theirs)"
        "         WHERE k.own = s.tenant AND k.theirs = t.tenant) AS paired"
        " FROM pg_constraint AS c JOIN rel AS s ON s.oid = c.conrelid JOIN tenant_table AS t ON t.oid = c.confrelid"
        " WHERE c.contype = 'f' AND c.conparentid = 0 ORDER BY s.name, c.conname"
    ):
        if row.outside:
            yield row.name, f"is global but references {row.target} by {row.conname}: drop the foreign key."
        elif not row.paired:
            yield row.name, f"may reference another workspace's {row.target} by {row.conname}: use Reference(…)."
        elif not row.holds:
            yield row.name, f"has the foreign key {row.conname}, which does not hold yet: VALIDATE CONSTRAINT."
    for row in scope.ask(
        "SELECT t.name FROM tenant_table AS t WHERE NOT EXISTS (SELECT FROM pg_constraint AS c"
        " JOIN rel AS w ON w.oid = c.confrelid AND w.name = 'tenants'"
        " WHERE c.conrelid = t.oid AND c.contype = 'f' AND c.conkey = ARRAY[t.tenant]) ORDER BY t.name"
    ):
        yield row.name, "has a tenant_id that references nothing: FOREIGN KEY (tenant_id) REFERENCES tenants (id)."


def no_delete_empties_tenant_id(scope: Scope) -> Iterable[tuple[str, str]]:
    """R7: no foreign key sets ``tenant_id`` to NULL or its default, nor changes it on update."""
    for row in scope.ask(
        "SELECT t.name, c.conname FROM tenant_table AS t JOIN pg_constraint AS c ON c.conrelid = t.oid"
        " WHERE c.contype = 'f' AND t.tenant = ANY (c.conkey) AND (c.confupdtype IN ('n', 'd', 'c')"
        "   OR c.confdeltype IN ('n', 'd') AND t.tenant = ANY (coalesce(c.confdelsetcols, c.conkey)))"
        " ORDER BY t.name, c.conname"
    ):
        yield row.name, f"would lose its tenant_id by {row.conname}: use ON DELETE RESTRICT, and no ON UPDATE."


def indexes_begin_with_the_workspace(scope: Scope) -> Iterable[tuple[str, str]]:
    """R17: every index begins with ``tenant_id``, and every table has one."""
    for row in scope.ask(
        "SELECT name, index_name FROM idx WHERE NOT (indisunique OR indisexclusion) AND indkey[0] <> tenant"
        " UNION SELECT name, NULL FROM tenant_table AS t WHERE relkind <> 'f'"
        " AND NOT EXISTS (SELECT FROM idx WHERE idx.table_oid = t.oid AND idx.indkey[0] = t.tenant) ORDER BY 1, 2"
    ):
        if row.index_name is None:
            yield row.name, "has no index that begins with tenant_id: PRIMARY KEY (tenant_id, id)."
        else:
            yield row.name, f"has the index {row.index_name} without tenant_id in front: use Indexed(…)."


def indexes_are_leakproof(scope: Scope) -> Iterable[tuple[str, str]]:
    """R18: row security can use the index, because its operators are leakproof.

    Exclusion constraints only forbid. The trigram index of a table registered for ``jemeti.search`` is read past row
    security.
    """
    for row in scope.ask(
        "SELECT name, index_name, pg_get_indexdef(indexrelid, place + 1, true) AS shown FROM ("
        "  SELECT idx.*, k.place, idx.indkey[k.place] AS attnum, o.oid AS opclass, o.opcname"
        "  FROM idx, generate_series(0, idx.indnkeyatts - 1) AS k(place), pg_opclass AS o"
        "  WHERE o.oid = idx.indclass[k.place] AND NOT idx.indisexclusion) AS part"
        " WHERE (EXISTS (SELECT FROM operator WHERE operator.opclass = part.opclass AND NOT proleakproof)"
        "        OR attnum = 0 AND (indexprs::text ~ 'COERCEVIAIO|ARRAYCOERCEEXPR' OR EXISTS ("
        "          SELECT FROM regexp_matches(indexprs::text, '\\:(?\\:funcid|opfuncid) (\\d+)', 'g') AS f(ids)"
        "          JOIN pg_proc AS p ON p.oid = f.ids[1]::oid WHERE NOT p.proleakproof)))"
        "   AND NOT (opcname = 'gin_trgm_ops' AND EXISTS ("
        "     SELECT FROM pg_attribute AS a WHERE a.attrelid = part.table_oid AND a.attnum = part.attnum"
        "       AND a.attname = 'search_text' AND a.attgenerated = 's'"
        "       AND has_column_privilege('jemeti_search', a.attrelid, a.attnum, 'SELECT')))"
        " ORDER BY name, index_name, place"
    ):
        remedy = "Use uuid, integers, text, bool, date or timestamptz, or Search(…) for text"
        yield row.name, f"has the index {row.index_name} on {row.shown}, not leakproof under row security: {remedy}."
