"""`jemeti init`: the settings that commands start with, where there is no checkout to take them from."""

from __future__ import annotations

from pathlib import Path

import click

from ..platform import BootError
from .ini import DEVELOPMENT, PRODUCTION, shipped

__all__ = ["init"]


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--production", is_flag=True, help=f"Write {PRODUCTION}, which explains every setting there is.")
def init(folder: Path, production: bool) -> None:
    """Write development.ini into FOLDER, the current one without any; then `jemeti up` starts there."""
    name = PRODUCTION if production else DEVELOPMENT
    path = folder / name
    text = shipped(name).read_text("utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BootError(f"There is a file {path} already; it is left as it is") from None
    except OSError as error:
        raise BootError(f"{path} cannot be written: {error.strerror}") from None
    click.echo(f"{path}: read it, then `jemeti {'serve' if production else 'up'} --ini {path}`")
