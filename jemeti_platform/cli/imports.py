"""`jemeti import`: other people's files into a workspace, all that can be in one go, and the rest told line by line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psycopg
from rich.markup import escape
from sqlalchemy.exc import DBAPIError

from .bars import bar
from .context import inside, open_platform
from .ini import DEVELOPMENT, ini_option
from .inspection import print_table

if TYPE_CHECKING:
    from ..imports import Importer, Report
    from ..platform import Platform

__all__ = ["import_"]

_SHOWN = 20
_WIDEST = 40


@click.command("import")
@click.argument("what")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--workspace", required=True, metavar="SLUG", help="Whose data it is.")
@click.option("--dry-run", is_flag=True, help="Do everything, say what came of it, and keep nothing.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write refused rows to this CSV file.")
@click.option("--strict", is_flag=True, help="Exit with status 1 if any row is refused.")
@click.option(
    "--ignore-unknown", is_flag=True, help="Leave out columns that nobody knows instead of refusing the file."
)
@ini_option(DEVELOPMENT)
def import_(
    what: str,
    file: Path,
    workspace: str,
    dry_run: bool,
    report: Path | None,
    strict: bool,
    ignore_unknown: bool,
    ini: str,
) -> None:
    """Import FILE (CSV or XLSX) into a workspace: WHAT is in it, such as `customers`.

    Rows that cannot be taken in are skipped and told; all others are kept together, or none if the import is
    interrupted. Repeating it adds nothing twice.
    """
    from ..imports import open_table, run_import, written_to

    table = open_table(file)
    with open_platform(ini) as platform:
        importer = _importer(platform, what)
        with (
            _explained(report),
            written_to(report) as found,
            inside(platform, workspace, keep=not dry_run) as work,
            bar("lines") as advance,
        ):
            run_import(
                work,
                importer,
                table,
                found,
                lambda: advance(importer.title, table.done, table.size),
                ignore_unknown=ignore_unknown,
            )
    _tell(found, workspace, report)
    if dry_run:
        click.echo("\nThis was a dry run: nothing was kept.")
    if strict and found.results["refused"]:
        raise click.exceptions.Exit(1)


def _importer(platform: Platform, what: str) -> Importer:
    found: Importer | None = platform.importers.get(what)
    if found is None:
        known = ", ".join(sorted(platform.importers)) or "nothing, as no plugin brings an importer"
        raise click.ClickException(f"Nobody knows how to import {what!r}; what can be imported is: {known}")
    return found


@contextmanager
def _explained(report: Path | None) -> Iterator[None]:
    """What the database or the disk refuses, as a sentence."""
    from ..db.refusals import refusal_of

    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise click.ClickException(f"{refusal} Nothing was imported; the import can be repeated") from error
    except OSError as error:
        if report is None or not error.filename:
            raise
        raise click.ClickException(f"{report} cannot be written: {error.strerror}") from error


def _tell(report: Report, workspace: str, file: Path | None) -> None:
    click.echo(f"{report.rows:,} rows for {workspace}:\n")
    words = {
        "created": "new",
        "completed": "known, and something was added",
        "unchanged": "known, nothing new",
        "refused": "not taken in",
    }
    print_table(
        ["result", "rows", ""],
        [[result, f"{report.results[result]:,}", meaning] for result, meaning in words.items()],  # type: ignore[index]  # the words are the results
    )
    if report.unread:
        click.echo(f"\nColumns left out: {', '.join(report.unread)}")
    if not report.results["refused"]:
        return
    click.echo()
    reasons = report.reasons.most_common()
    print_table(
        ["refused", "field", "reason"], [[f"{n:,}", field, escape(why)] for (field, why), n in reasons[:_SHOWN]]
    )
    if len(reasons) > _SHOWN:
        click.echo(f"… and {len(reasons) - _SHOWN:,} more reasons")
    click.echo()
    print_table(
        ["line", "field", "value", "reason", "see lines"],
        [[str(p.line), p.field, _short(p.value), p.reason, ", ".join(map(str, p.seen))] for p in report.first[:_SHOWN]],
    )
    if file is not None:
        click.echo(f"\nEvery refused row is in {file}.")
    elif report.results["refused"] > _SHOWN:
        click.echo("\nThese are the first; --report FILE writes them all.")


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…"
