"""What speaks of a plugin in the kernel's tables, and goes with it when it is purged.

What has happened stays: events, whose positions have no gaps; the audit log; messages that were written; documents that
were issued, and the numbers that were given, none of which may be given again; files, which are the workspace's. Plans
stay as they are: they may sell what is not installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from ..db.statement import Bound, Statement
from ..manifest import Manifest, covering_grants
from ..platform import Platform
from ..worker.overview import INTO_THE_QUEUE

__all__ = ["Remains"]

_BACK: Bound = Statement("SELECT set_config('search_path', 'public, pg_temp', true)")()
_RUNNING = Statement(
    "SELECT count(*) AS n FROM procrastinate.procrastinate_jobs"
    " WHERE status = 'doing' AND starts_with(task_name, %(prefix)s)"
)
_SCHEDULED = Statement(
    "DELETE FROM procrastinate.procrastinate_periodic_defers WHERE starts_with(periodic_id, %(prefix)s)"
)
_JOBS = Statement(
    "DELETE FROM procrastinate.procrastinate_jobs WHERE starts_with(task_name, %(prefix)s)"
    " OR task_name = 'kernel.schedule' AND starts_with(args ->> 'schedule', %(prefix)s)"
    " OR task_name = 'kernel.catch_up' AND args -> 'args' ->> 'plugin' = %(plugin)s"
)
_BY_NAME = {
    "feature_overrides": Statement("DELETE FROM feature_overrides WHERE feature = ANY(%(features)s)"),
    "kill_switches": Statement("DELETE FROM kill_switches WHERE feature = ANY(%(features)s)"),
    "replay_positions": Statement("DELETE FROM replay_positions WHERE plugin = %(plugin)s"),
    "document_templates": Statement("DELETE FROM document_templates WHERE type = ANY(%(documents)s)"),
    "message_templates": Statement("DELETE FROM message_templates WHERE starts_with(name, %(prefix)s)"),
    "lifecycle_history": Statement("DELETE FROM lifecycle_history WHERE lifecycle = ANY(%(lifecycles)s)"),
    "webhook_endpoints switched off": Statement(
        "UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = %(reason)s,"
        " version = version + 1, updated_at = now()"
        " WHERE status = 'active' AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(event_types) AS t"
        "  WHERE NOT starts_with(t, %(prefix)s))"
    ),
    "webhook_endpoints": Statement(
        "UPDATE webhook_endpoints SET version = version + 1, updated_at = now(), event_types ="
        " (SELECT jsonb_agg(t ORDER BY n) FROM jsonb_array_elements_text(event_types) WITH ORDINALITY AS x(t, n)"
        "   WHERE NOT starts_with(t, %(prefix)s))"
        " WHERE EXISTS (SELECT FROM jsonb_array_elements_text(event_types) AS t WHERE starts_with(t, %(prefix)s))"
        " AND EXISTS (SELECT FROM jsonb_array_elements_text(event_types) AS t WHERE NOT starts_with(t, %(prefix)s))"
    ),
    "roles": Statement(
        "UPDATE roles SET version = version + 1, updated_at = now(), permissions ="
        " (SELECT coalesce(jsonb_agg(g ORDER BY n), '[]') FROM jsonb_array_elements_text(permissions)"
        "   WITH ORDINALITY AS x(g, n) WHERE g <> ALL(%(grants)s)) WHERE permissions ?| %(grants)s"
    ),
    "api_keys": Statement(
        "UPDATE api_keys SET version = version + 1, updated_at = now(), permissions ="
        " (SELECT coalesce(jsonb_agg(g ORDER BY n), '[]') FROM jsonb_array_elements_text(permissions)"
        "   WITH ORDINALITY AS x(g, n) WHERE g <> ALL(%(grants)s)) WHERE permissions ?| %(grants)s"
    ),
    "tenants": Statement(
        "UPDATE tenants SET plugins = plugins - %(plugin)s::text, add_ons = add_ons - %(features)s::text[],"
        " limits = limits - %(limits)s::text[]"
        " WHERE plugins ? %(plugin)s::text OR add_ons ?| %(features)s OR limits ?| %(limits)s"
    ),
}
_WORDS = Statement("DELETE FROM sub_states WHERE lifecycle = ANY(%(lifecycles)s)")
_REMEMBERED: Bound = Statement("UPDATE platform_state SET stamp = stamp + 1")()
"""Whoever remembers a workspace's features and roles reads them anew."""


@dataclass(frozen=True, slots=True)
class Remains:
    """Everything that a plugin is named by; each method works as a login that row security does not hold."""

    values: dict[str, Any]

    @classmethod
    def of(cls, platform: Platform, plugin: str) -> Remains:
        manifest = platform.manifests[plugin]
        own = _grants(manifest)
        others = _grants(*(one for one in platform.all_manifests if one is not manifest))
        values = {
            "plugin": plugin,
            "prefix": f"{plugin}.",
            "features": [feature.slug for feature in manifest.features],
            "limits": [limit.slug for limit in manifest.limits],
            "documents": [document.type for document in manifest.documents],
            "lifecycles": [lifecycle.name for lifecycle in manifest.lifecycles],
            "grants": sorted(own - others),
            "reason": f"The plugin {plugin!r}, whose events it wanted, has been removed.",
        }
        return cls(values)

    @property
    def lifecycles(self) -> list[str]:
        found: list[str] = self.values["lifecycles"]
        return found

    def running(self, connection: Connection[Any]) -> int:
        """How many of its jobs are at work just now."""
        bound = _RUNNING(prefix=self.values["prefix"])
        found = connection.execute(bound.sql, bound.params).fetchone()
        assert found is not None
        return int(found[0])

    def delete(self, connection: Connection[Any]) -> dict[str, int]:
        """Delete what speaks of it, except what its own tables refer to; rows by table, of those that had any."""
        counts: dict[str, int] = {}
        connection.execute(*INTO_THE_QUEUE)
        for name, statement in {"periodic jobs": _SCHEDULED, "jobs": _JOBS}.items():
            counts[name] = self._run(connection, statement)
        connection.execute(*_BACK)
        for name, statement in _BY_NAME.items():
            counts[name] = self._run(connection, statement)
        connection.execute(*_REMEMBERED)
        return {name: count for name, count in counts.items() if count}

    def delete_words(self, connection: Connection[Any]) -> int:
        """Delete the workspaces' own words for states, once the tables that refer to them are gone."""
        return self._run(connection, _WORDS)

    def _run(self, connection: Connection[Any], statement: Statement) -> int:
        bound = statement(**self.values)
        return connection.execute(bound.sql, bound.params).rowcount


def _grants(*manifests: Manifest) -> set[str]:
    """Every grant that would give a permission of these."""
    return {grant for one in manifests for permission in one.permissions for grant in covering_grants(permission.name)}
