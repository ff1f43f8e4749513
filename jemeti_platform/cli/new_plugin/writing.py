"""The files of the template, filled with the words of a plugin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from jinja2 import Environment, StrictUndefined

from ..ini import DEVELOPMENT, shipped

__all__ = ["write"]

_TEMPLATE = Path(__file__).with_name("template")


def write(folder: Path, words: Mapping[str, str]) -> list[Path]:
    """Write the distribution into a folder; returns its files. Raises click's BadParameter where something is there.

    And its ClickException where the folder cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise click.BadParameter(f"the folder {folder} is not empty; choose another", param_hint="--into")
    template = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 (no HTML)
    contents = {
        _place(source.relative_to(_TEMPLATE), words): template.from_string(source.read_text("utf-8")).render(words)
        for source in sorted(_TEMPLATE.rglob("*.jinja"))
    }
    contents[Path(DEVELOPMENT)] = shipped(DEVELOPMENT).read_text("utf-8")
    try:
        for place, text in contents.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error.strerror}; choose another folder") from error
    return list(contents)


def _place(source: Path, words: Mapping[str, str]) -> Path:
    """Where a file goes: its folder, and words in capitals in its name, are the plugin's."""
    parts = [words["package"] if part == "package" else part for part in source.with_suffix("").parts]
    last = parts[-1].replace("PLURAL", words["plural"]).replace("NOUN", words["noun"])
    return Path(*parts[:-1], f".{last.removeprefix('dot_')}" if last.startswith("dot_") else last)
