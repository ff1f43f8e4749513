"""`jemeti export`: a list of a workspace as a file, all rows that a query selects."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from .context import inside, open_platform
from .ini import DEVELOPMENT, ini_option

__all__ = ["export"]


@click.command()
@click.argument("what")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--workspace", required=True, metavar="SLUG", help="Whose data it is.")
@click.option("--query", default="", help="Filters, order and fields, as behind the question mark of the list.")
@ini_option(DEVELOPMENT)
def export(what: str, file: Path, workspace: str, query: str, ini: str) -> None:
    """Write a list of a workspace into FILE (.csv or .xlsx): WHAT is its resource, such as `crm.customers`.

    The file is there when all rows are in it, or not at all.
    """
    from ..exports.writing import select, write_rows

    kind = file.suffix.lower().removeprefix(".")
    if kind not in ("csv", "xlsx"):
        raise click.ClickException(f"{file.name} is to end in .csv or .xlsx")
    with open_platform(ini) as platform, inside(platform, workspace, keep=False) as work:
        resource = platform.resources.get(what)
        if resource is None:
            known = ", ".join(sorted(platform.resources))
            raise click.ClickException(f"There is no list {what!r}; there are: {known}")
        selection = select(resource, query, country=work.workspace["country"])
        ((counted,),) = work.read(selection.total)
        with _replaced(file) as path, _bar(resource.name, counted["total"]) as progress:
            rows = write_rows(work, selection, kind, path, progress)
    click.echo(f"{rows:,} rows of {what} are in {file}.")


@contextmanager
def _replaced(file: Path) -> Iterator[Path]:
    """A file beside ``file`` that takes its place when all is done."""
    try:
        handle, name = tempfile.mkstemp(prefix=".export-", dir=file.resolve().parent)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    os.close(handle)
    path = Path(name)
    try:
        yield path
        path.chmod(0o644)
        path.replace(file)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _bar(title: str, total: int) -> Iterator[Callable[[int], object]]:
    """A bar on stderr while somebody looks at it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.update(task, completed=done)
