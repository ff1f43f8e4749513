"""Telling a plugin of what happened while it was off: every event that it wants to hear even then, once, in order.

A plugin with listeners of that kind is *behind* from the first such event that it is not told of; a row of
``replay_positions`` says since when. While it is behind it hears nothing of that kind at once, so that nothing comes
out of order. It catches up in the transaction that switches it on; where it was paused without being switched (a kill
switch, an override that ended), in a job that the next event brings about, or at night.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..db.statement import Bound, Statement

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["catch_up", "catch_up_later", "catch_up_nightly", "hold"]

_BATCH = 500
_HOLD: Bound = Statement("SELECT jemeti.hold_events()")()
_BEHIND = Statement("SELECT jemeti.behind(%(plugin)s) AS position")
_CAUGHT_UP = Statement("SELECT jemeti.caught_up(%(plugin)s)")
_PAST = Statement(
    "SELECT id, position, type, occurred_at, data FROM events WHERE position > %(after)s AND type = ANY(%(types)s)"
    " ORDER BY position LIMIT %(batch)s"
)


def hold(work: Work) -> None:
    """Until this transaction ends let nobody else write events of the workspace; see who is behind now."""
    work.write_events()
    work.write(_HOLD)
    work.refresh()


def catch_up(work: Work, plugin: str) -> int:
    """Tell the plugin of everything it has missed, in this transaction; returns of how many events.

    Most of it is told while others go on emitting; what they added meanwhile, with the workspace's events held still.
    Raises RuntimeError for an event that the plugin's code cannot read any more, and whatever a listener raises.
    """
    teller = _Teller(work, plugin)
    position = teller.behind()
    if position is not None:
        position = teller.tell(position)
        hold(work)
        teller.tell(position)
        work.write(_CAUGHT_UP(plugin=plugin))
        work.refresh()
    return teller.told


class _Teller:
    """Reads past events in batches and tells a plugin's listeners of each."""

    def __init__(self, work: Work, plugin: str) -> None:
        self.told = 0
        self._work = work
        self._plugin = plugin
        heard = {cls: by_plugin[plugin] for cls, by_plugin in work.platform.replays.items() if plugin in by_plugin}
        self._kinds = {kind.name: kind for cls, kind in work.platform.events.items() if cls in heard}
        self._listeners = {kind.name: heard[kind.cls] for kind in self._kinds.values()}

    def behind(self) -> int | None:
        (((row,)),) = self._work.write(_BEHIND(plugin=self._plugin))
        found: int | None = row["position"]
        return found

    def tell(self, position: int) -> int:
        """Tell of what comes after a position, what the listeners emit themselves included; returns the new one."""
        while True:
            self._work.write_events()
            (rows,) = self._work.write(_PAST(after=position, types=list(self._kinds), batch=_BATCH))
            if not rows:
                return position
            for row in rows:
                event = self._read(row)
                with self._work.hearing(event, row["occurred_at"]):
                    for listener in self._listeners[row["type"]]:
                        self._work.tell(self._plugin, listener, event, row["type"], row["id"])
            self.told += len(rows)
            position = rows[-1]["position"]

    def _read(self, row: dict[str, Any]) -> Any:
        try:
            return self._kinds[row["type"]].decode(row["data"])
        except ValueError as error:
            raise RuntimeError(
                f"the event {row['id']} was stored as {row['type']}, whose class cannot read it any more ({error});"
                " a field that was added needs a default"
            ) from error


def catch_up_later(work: Work, plugin: str) -> None:
    """The task that an event defers which meets a plugin that is on again but behind."""
    if plugin in work.enabled_plugins:
        catch_up(work, plugin)


def catch_up_nightly(work: Work) -> None:
    """Let every plugin catch up that is on and behind, in workspaces where nothing happens."""
    for plugin in work.platform.manifests:
        if plugin in work.behind and plugin in work.enabled_plugins:
            catch_up(work, plugin)
