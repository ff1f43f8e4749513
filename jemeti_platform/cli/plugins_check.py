"""`jemeti plugins check`: what an administrator reads before a plugin is switched on."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from ..embedded import EmbeddedError
from ..platform import BootError, installed_plugins

if TYPE_CHECKING:
    from ..testing.plugin_check import Check, Outcome, Report

__all__ = ["check"]

_FINDINGS, _COULD_NOT_RUN = 1, 2
_MARKS = {
    "passed": "[green]✓[/]",
    "warned": "[yellow]![/]",
    "failed": "[red]✗[/]",
    "not_run": "[dim]–[/]",
}


@click.command()
@click.argument("plugins", metavar="NAME|PATH…", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every installed plugin, besides those that are named.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the report for programs.")
@click.option("--html", "html_file", type=click.Path(dir_okay=False), help="Write the report as a page.")
@click.option("--only", multiple=True, metavar="CHECK", help="Run this check alone; may be given several times.")
def check(
    plugins: tuple[str, ...],
    every: bool,
    json_file: str | None,
    html_file: str | None,
    only: tuple[str, ...],
) -> None:
    """Try whether plugins keep the platform's promises: installed ones, source folders or wheels.

    Each is run in a scratch database, with what it requires and nothing else; several are tried in processes of their
    own, as many at once as there are processors. A plugin's code is run: check what you would be willing to install.
    Exit status: 0 green, 1 findings, 2 one could not be tried.
    """
    wanted = list(dict.fromkeys((*(sorted(installed_plugins()) if every else ()), *plugins)))
    if not wanted:
        raise click.UsageError("Name a plugin, a folder or a wheel, or say --all.")
    if len(wanted) == 1:
        reports, status = _one(wanted[0], only)
    else:
        reports, status = _several(wanted, only)
    if json_file and reports:
        whole = reports[0] if len(wanted) == 1 else {"format": reports[0]["format"], "reports": reports}
        Path(json_file).write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2))
    if html_file and reports:
        from ..testing.plugin_check.page import page

        Path(html_file).write_text(page(reports), encoding="utf-8")
    sys.exit(status)


def _one(plugin: str, only: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
    with tempfile.TemporaryDirectory(prefix="jemeti-check-") as folder:
        try:
            report = _tried(plugin, Path(folder), only)
        except (BootError, EmbeddedError) as error:
            click.echo(f"Error: {error}", err=True)
            return [], _COULD_NOT_RUN
    return [report.as_dict()], 0 if report.is_green else _FINDINGS


def _several(wanted: Sequence[str], only: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
    """Each in a process of its own: what one leaves behind in it is nothing to the others."""
    console, begun = Console(soft_wrap=True), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jemeti-check-") as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {
            pool.submit(_apart, plugin, Path(folder, f"{number}.json"), only): plugin
            for number, plugin in enumerate(wanted)
        }
        found: dict[str, tuple[dict[str, Any] | None, int]] = {}
        for done in as_completed(running):
            report, status, said = done.result()
            found[running[done]] = report, status
            console.rule(escape(running[done]), align="left")
            click.echo(said, nl=False)
    console.rule()
    red = [plugin for plugin in wanted if found[plugin][1]]
    verdict = f"[bold red]not green: {escape(', '.join(red))}[/]" if red else "[bold green]all green[/]"
    console.print(f"{len(wanted)} plugins in {time.monotonic() - begun:.1f} s: {verdict}", highlight=False)
    reports = [report for plugin in wanted if (report := found[plugin][0]) is not None]
    return reports, max(status for _, status in found.values())


def _apart(plugin: str, file: Path, only: Sequence[str]) -> tuple[dict[str, Any] | None, int, str]:
    words = [word for one in only for word in ("--only", one)]
    line = [sys.executable, "-c", "from jemeti_platform.cli import main; main()", "plugins", "check", plugin, *words]
    finished = subprocess.run(
        [*line, "--json", str(file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    report = orjson.loads(file.read_bytes()) if file.exists() else None
    return report, finished.returncode if report is not None else _COULD_NOT_RUN, finished.stdout


def _tried(plugin: str, folder: Path, only: Sequence[str]) -> Report:
    try:
        from ..testing.plugin_check import CHECKS, Subject, check_plugin
        from ..testing.plugin_check.building import install_aside
    except ModuleNotFoundError as error:
        raise BootError(
            f"plugins are checked with the test kit, which needs {error.name}; "
            "install it by pip install 'jemeti[testing]'"
        ) from error
    known = [one.id for one in CHECKS]
    if unknown := sorted(set(only) - set(known)):
        raise BootError(f"there is no check {', '.join(unknown)}; there are {', '.join(known)}")
    # what libraries say by the way: what the plugin does is what is looked at
    warnings.simplefilter("ignore")
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    path = Path(plugin)
    is_path = "/" in plugin or plugin.endswith(".whl") or plugin == "."
    if is_path and not path.exists():
        raise BootError(f"there is no folder or wheel {plugin}")
    subject = Subject(install_aside(path.resolve(), folder) if is_path else plugin)
    console = Console(soft_wrap=True)
    with console.status("…") as status:
        progress = _Progress(console, status)
        report = check_plugin(subject, only, progress.begin, progress.end)
    progress.verdict(report)
    return report


class _Progress:
    """A line for each check when it has ended, and what is wrong below it."""

    def __init__(self, console: Console, status: Status) -> None:
        self._console, self._status = console, status

    def begin(self, check: Check) -> None:
        self._status.update(f"{escape(check.title)} …")

    def end(self, outcome: Outcome) -> None:
        figures = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in outcome.figures.items())
        told = outcome.why_not or figures
        line = f"{_MARKS[outcome.status]} {outcome.id:<16} {escape(outcome.title)}"
        self._console.print(f"{line} [dim]({escape(told)})[/]" if told else line, highlight=False)
        for finding in outcome.findings:
            colour = "red" if finding.severity == "error" else "yellow"
            place = f"{finding.place}: " if finding.place else ""
            self._console.print(
                f"    [{colour}]{finding.severity}[/] {escape(place)}{escape(finding.message)}", highlight=False
            )
            if finding.remedy:
                self._console.print(f"          [dim]{escape(finding.remedy)}[/]", highlight=False)

    def verdict(self, report: Report) -> None:
        colour, word = ("green", "green") if report.is_green else ("red", "not to be switched on")
        self._console.print(
            f"[bold {colour}]{report.plugin} is {word}[/]: {report.errors} errors, {report.warnings} warnings,"
            f" {len(report.outcomes)} checks in {report.seconds:.1f} s",
            highlight=False,
        )
