"""Telling a plugin of what happened while it was off: every event that it wants to hear even then, once, in order.

A plugin with listeners of that kind is *behind* from the first such event that it is not told of; a row of
``replay_positions`` says since when. While it is behind it hears nothing of that kind at once, so that nothing comes
out of order. It catches up in the transaction that switches it on; where it was paused without being switched (a kill
switch, an override that ended), in a job that the next event brings about, or at night.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..db.statement import Bound, Statement
from ..plugin_faults import name_of

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["Watch", "catch_up", "catch_up_later", "catch_up_nightly", "hold"]

Watch = Callable[[str, int, int], None]
"""What is told how far a plugin is: its name, of how many events it has been told, and of how many it will be."""

_BATCH = 500
_HOLD: Bound = Statement("SELECT jemeti.hold_events()")()
_BEHIND = Statement("SELECT jemeti.behind(%(plugin)s) AS position")
_CAUGHT_UP = Statement("SELECT jemeti.caught_up(%(plugin)s)")
_PAST = Statement(
    "SELECT id, position, type, occurred_at, data FROM events WHERE position > %(after)s AND type = ANY(%(types)s)"
    " ORDER BY position LIMIT %(batch)s"
)
_COUNT = Statement("SELECT count(*) AS n FROM events WHERE position > %(after)s AND type = ANY(%(types)s)")


def hold(work: Work) -> None:
    """Until this transaction ends let nobody else write events of the workspace; see who is behind now."""
    work.write_events()
    work.write(_HOLD)
    work.refresh()


def catch_up(work: Work, plugin: str, watch: Watch | None = None) -> int:
    """Tell the plugin of everything it has missed, in this transaction; returns of how many events.

    Most of it is told while others go on emitting; what they added meanwhile, with the workspace's events held still.
    ``watch`` is told how far it is. Raises RuntimeError for an event that the plugin's code cannot read any more, and
    whatever a listener raises, with a note that names the event and the listener.
    """
    teller = _Teller(work, plugin, watch)
    position = teller.behind()
    if position is not None:
        teller.count(position)
        position = teller.tell(position)
        hold(work)
        teller.tell(position)
        work.write(_CAUGHT_UP(plugin=plugin))
        work.refresh()
    return teller.told


class _Teller:
    """Reads past events in batches and tells a plugin's listeners of each."""

    def __init__(self, work: Work, plugin: str, watch: Watch | None) -> None:
        self.told = 0
        self._all = 0
        self._watch = watch
        self._work = work
        self._plugin = plugin
        heard = {cls: by_plugin[plugin] for cls, by_plugin in work.platform.replays.items() if plugin in by_plugin}
        self._kinds = {kind.name: kind for cls, kind in work.platform.events.items() if cls in heard}
        self._listeners = {kind.name: heard[kind.cls] for kind in self._kinds.values()}

    def behind(self) -> int | None:
        (((row,)),) = self._work.write(_BEHIND(plugin=self._plugin))
        found: int | None = row["position"]
        return found

    def count(self, position: int) -> None:
        """Say how much there is to tell, if anybody watches."""
        if self._watch is not None:
            self._work.write_events()
            (((row,)),) = self._work.write(_COUNT(after=position, types=list(self._kinds)))
            self._all = row["n"]
            self._watch(self._plugin, 0, self._all)

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
                        try:
                            self._work.tell(self._plugin, listener, event, row["type"], row["id"])
                        except Exception as error:
                            error.add_note(_note(self._plugin, listener, row))
                            raise
                self.told += 1
                if self._watch is not None:
                    self._watch(self._plugin, self.told, max(self.told, self._all))
            position = rows[-1]["position"]

    def _read(self, row: dict[str, Any]) -> Any:
        try:
            return self._kinds[row["type"]].decode(row["data"])
        except ValueError as error:
            raise RuntimeError(
                f"the event {row['id']} was stored as {row['type']}, whose class cannot read it any more ({error});"
                " a field that was added needs a default"
            ) from error


def _note(plugin: str, listener: Callable[..., None], row: dict[str, Any]) -> str:
    happened = f"{row['occurred_at']:%Y-%m-%d %H:%M} UTC"
    return f"{name_of(listener)} of {plugin!r} was being told of the event {row['id']}, {row['type']} of {happened}"


def catch_up_later(work: Work, plugin: str) -> None:
    """The task that an event defers which meets a plugin that is on again but behind."""
    if plugin in work.enabled_plugins:
        catch_up(work, plugin)


def catch_up_nightly(work: Work) -> None:
    """Let every plugin catch up that is on and behind, in workspaces where nothing happens."""
    for plugin in work.platform.manifests:
        if plugin in work.behind and plugin in work.enabled_plugins:
            catch_up(work, plugin)
