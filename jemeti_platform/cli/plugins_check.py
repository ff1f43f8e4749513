"""`jemeti plugins check`: what an administrator reads before a plugin is switched on."""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from ..embedded import EmbeddedError
from ..platform import BootError

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
@click.argument("plugin", metavar="NAME|PATH")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the report for programs.")
@click.option("--html", "html_file", type=click.Path(dir_okay=False), help="Write the report as a page.")
@click.option("--only", multiple=True, metavar="CHECK", help="Run this check alone; may be given several times.")
def check(plugin: str, json_file: str | None, html_file: str | None, only: tuple[str, ...]) -> None:
    """Try whether a plugin keeps the platform's promises: an installed one, or a source folder or wheel.

    It is run in a scratch database, with what it requires and nothing else. The plugin's code is run: check what you
    would be willing to install. Exit status: 0 green, 1 findings, 2 it could not be tried.
    """
    with tempfile.TemporaryDirectory(prefix="jemeti-check-") as folder:
        try:
            report = _tried(plugin, Path(folder), only)
        except (BootError, EmbeddedError) as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(_COULD_NOT_RUN)
    if json_file:
        Path(json_file).write_bytes(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2))
    if html_file:
        from ..testing.plugin_check.page import page

        Path(html_file).write_text(page(report), encoding="utf-8")
    sys.exit(0 if report.is_green else _FINDINGS)


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
    warnings.simplefilter("ignore")  # of libraries: what the plugin does is what is looked at
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
