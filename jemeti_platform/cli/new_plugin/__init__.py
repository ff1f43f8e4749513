"""`jemeti plugins new`: a complete distribution to begin with, which installs, migrates and passes its tests.

- ``naming``: what may be called how, and the words that are made of a name
- ``writing``: the files of ``template``, filled with these words
"""

from __future__ import annotations

from pathlib import Path

import click

from ..ini import DEVELOPMENT
from .naming import words_for
from .writing import write

__all__ = ["new"]


@click.command()
@click.argument("name")
@click.option("--title", help="What people call it; the name with a capital letter otherwise.")
@click.option("--resource", default="item", show_default=True, help="One of what it keeps, in a word: `rack`.")
@click.option("--plural", help="Several of them, where English makes that of no rule: `shelves`.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="A folder that is empty or not there.")
def new(name: str, title: str | None, resource: str, plural: str | None, into: Path | None) -> None:
    """Write a plugin to begin with: a distribution of its own, with everything a plugin is made of.

    It has one resource with a lifecycle, an operation, an event, a listener, a document, a migration, first rows and
    tests.
    """
    words = words_for(name, title, resource, plural)
    folder = into or Path(words["distribution"])
    files = write(folder, words)
    inside = folder / words["package"]
    click.echo(f"{len(files)} files in {folder}; begin reading at {inside / '__init__.py'}. Then:\n")
    click.echo(f"  cd {folder} && python -m pip install -e '.[dev]'")
    click.echo(f"  jemeti migrate && pytest      # with {DEVELOPMENT}, on a database in {folder / 'var'}")
    click.echo(
        f"  jemeti up                     # and in another window: jemeti plugins enable {name} --workspace demo"
    )
