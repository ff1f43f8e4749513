"""`jemeti plugins enable` and `disable`: a whole plugin switched for workspaces, each in a transaction of its own."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psycopg

from ..db.statement import Bound
from ..db.transaction import is_retryable
from ..errors import PlatformError
from .bars import bar
from .context import open_platform, working
from .ini import DEVELOPMENT, ini_option

if TYPE_CHECKING:
    from ..admin.switching import Switching
    from ..admin.work import PlatformWork
    from ..events.replay import Watch
    from ..platform import Platform

__all__ = ["disable", "enable"]

_PATIENT = Bound("SET LOCAL lock_timeout = '1min'", ())
"""Whoever is switching the same workspace just now is waited for: what they did may be all there is to do."""


@dataclass(frozen=True, slots=True)
class Where:
    """The workspaces that are meant: some, those on a plan, or all. Whoever means many is asked, unless ``yes``."""

    workspaces: tuple[str, ...]
    plan: str | None
    everywhere: bool
    yes: bool

    def find(self, platform: Platform, plugin: str, value: str) -> list[str]:
        """Their slugs, or what was given for them. Raises NotFound for an unknown plugin or plan; click's Abort."""
        from ..admin import plans
        from ..admin.switching import installed
        from ..admin.workspaces import every

        if [bool(self.workspaces), self.plan is not None, self.everywhere].count(True) != 1:
            raise click.UsageError("Say where: --workspace SLUG, once or several times, --plan SLUG, or --all.")
        with working(platform, dry_run=True) as work:
            installed(work, plugin)
            if self.workspaces:
                return list(dict.fromkeys(self.workspaces))
            if self.plan is not None:
                plans.find(work, self.plan)
            found = [row["slug"] for row in every(work, plan=self.plan) if row["status"] != "closed"]
        if found and not self.yes:
            click.confirm(f"Switch {plugin} {value} in {len(found)} workspaces?", abort=True)
        return found


def _somewhere(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say where; the command is given them as ``where``."""

    @click.option(
        "--workspace", "workspaces", multiple=True, metavar="SLUG", help="Where, by slug or id; several times."
    )
    @click.option("--plan", metavar="SLUG", help="In every workspace on this plan that is not closed.")
    @click.option("--all", "everywhere", is_flag=True, help="In every workspace that is not closed.")
    @click.option("--yes", is_flag=True, help="Do not ask before switching many.")
    @wraps(command)
    def given(workspaces: tuple[str, ...], plan: str | None, *, everywhere: bool, yes: bool, **more: object) -> None:
        command(where=Where(workspaces, plan, everywhere, yes), **more)

    return given


@click.command()
@click.argument("plugin")
@_somewhere
@click.option("--feature", "features", multiple=True, metavar="SLUG", help="Only this feature of it; several times.")
@click.option("--reason", default="switched on from the command line", help="Why, for the audit log and who asks.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="When a trial ends, in UTC.")
@ini_option(DEVELOPMENT)
def enable(
    ini: str,
    plugin: str,
    where: Where,
    features: tuple[str, ...],
    reason: str,
    until: datetime | None,
) -> None:
    """Switch PLUGIN on for a workspace, in force for its next request.

    Its features are on, its first rows are written, and it is told of the past where it wants to hear of it. If
    anything fails it stays off, and nothing of that is kept. Repeating it does no harm.
    """
    from ..admin import switching

    expires_at = until.replace(tzinfo=UTC) if until else None

    def switch(work: PlatformWork, workspace: str, watch: Watch) -> Switching:
        return switching.enable(
            work, plugin, workspace, features=features, reason=reason, expires_at=expires_at, watch=watch
        )

    with open_platform(ini) as platform:
        _each(platform, plugin, where.find(platform, plugin, "on"), "on", switch)


@click.command()
@click.argument("plugin")
@_somewhere
@click.option("--reason", default="switched off from the command line", help="Why, for the audit log and who asks.")
@ini_option(DEVELOPMENT)
def disable(ini: str, plugin: str, where: Where, reason: str) -> None:
    """Switch PLUGIN off for a workspace, in force for its next request. What it has kept there stays."""
    from ..admin import switching

    def switch(work: PlatformWork, workspace: str, watch: Watch) -> Switching:
        return switching.disable(work, plugin, workspace, reason=reason)

    with open_platform(ini) as platform:
        _each(platform, plugin, where.find(platform, plugin, "off"), "off", switch)


def _each(
    platform: Platform,
    plugin: str,
    workspaces: list[str],
    value: str,
    switch: Callable[[PlatformWork, str, Watch], Switching],
) -> None:
    """Switch workspace by workspace. One where it fails does not keep the others from it."""
    failed: list[str] = []
    for workspace in workspaces:
        try:
            with _telling(workspace) as watch:
                done = _retried(platform, lambda work: switch(work, workspace, watch))  # noqa: B023 (called at once)
        except Exception as error:
            why = f"{plugin} was not switched {value} in {workspace}, and nothing was kept. {_said(error)}"
            if len(workspaces) == 1:
                raise click.ClickException(why) from error
            click.echo(f"Error: {why}", err=True)
            failed.append(workspace)
        else:
            _tell(plugin, value, done)
    if failed:
        raise click.ClickException(f"{len(failed)} of {len(workspaces)} workspaces failed: {', '.join(failed)}")


def _retried(platform: Platform, act: Callable[[PlatformWork], Switching], attempts: int = 3) -> Switching:
    """Run ``act`` in a transaction; once more where it met with others in a way that goes well the next time."""
    try:
        with working(platform) as work:
            work.open(_PATIENT)
            return act(work)
    except Exception as error:
        if attempts == 1 or not is_retryable(error):
            raise
    return _retried(platform, act, attempts - 1)


@contextmanager
def _telling(workspace: str) -> Iterator[Watch]:
    """A bar while somebody looks; elsewhere a line for each tenth."""
    lines: dict[str, int] = {}
    with bar("events") as show:

        def watch(plugin: str, done: int, total: int) -> None:
            tenth = 10 * done // total if total else 10
            if sys.stderr.isatty():
                show(f"{plugin} hears of the past", done, total)
            elif total and lines.get(plugin) != tenth:
                lines[plugin] = tenth
                click.echo(f"{workspace}: {plugin} was told of {done:,} of {total:,} past events", err=True)

        yield watch


def _tell(plugin: str, value: str, done: Switching) -> None:
    where = done.workspace
    if done.is_empty:
        click.echo(f"{plugin} is {value} in {where} already; nothing was changed.")
        return
    click.echo(f"{plugin} is {value} in {where}.")
    for feature, decided in done.overrides.items():
        click.echo(f"  {feature}: {f'override, {decided}' if decided else 'the override was lifted'}")
    for word, names in (("on", done.on), ("off", done.off)):
        others = [name for name in names if name != plugin]
        if others:
            click.echo(f"  Switched {word} with it: {', '.join(others)}.")
    for name, told in done.told.items():
        click.echo(f"  {name} was told of {told:,} past events.")
    if done.renewed:
        click.echo("  Its first rows were written anew, as another version is installed.")
    if value == "off":
        click.echo("  What it has kept stays, and is there again when it is switched on.")


def _said(error: Exception) -> str:
    """What went wrong in a sentence; of a fault in the plugin's own code also where it is."""
    notes = "".join(f"\n  {note}" for note in getattr(error, "__notes__", ()))
    if isinstance(error, PlatformError):
        return f"{error}{notes}"
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, psycopg.errors.LockNotAvailable):
        return "Somebody else is changing it just now; try again when they have finished."
    said = f"{type(cause).__name__}: {' '.join(str(cause).split())}"
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return said + notes + "".join(f"\n  {Path(one.filename).name}, line {one.lineno}, in {one.name}" for one in last)
