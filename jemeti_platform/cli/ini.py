"""The ini file a command works with, read the way ``pserve`` reads it."""

from __future__ import annotations

import configparser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
import plaster

from ..platform import BootError

__all__ = ["DEVELOPMENT", "PRODUCTION", "Ini", "ini_option", "read_ini", "shipped"]

F = TypeVar("F", bound=Callable[..., Any])

DEVELOPMENT = "development.ini"
PRODUCTION = "production.ini"


def ini_option(default: str) -> Callable[[F], F]:
    """The option ``--ini``, with this file for its default."""
    return click.option("--ini", default=default, show_default=True, metavar="FILE", help="Settings to start with.")


def shipped(name: str) -> Path:
    """The ini file that the platform comes with: beside the code in a checkout, inside the package when installed."""
    package = Path(__file__).resolve().parent.parent
    inside, beside = package / "ini" / name, package.parent / name
    return inside if inside.is_file() else beside


@dataclass(frozen=True)
class Ini:
    """``[app:main]`` and ``[server:main]`` as written, secrets still by name (see ``jemeti_platform.settings``)."""

    path: Path
    app: Mapping[str, str]
    server: Mapping[str, str]

    @property
    def is_development(self) -> bool:
        return self.app.get("jemeti.environment", "production") == "development"


def read_ini(name: str) -> Ini:
    """Read an ini file. Raises BootError, saying where the fault is."""
    path = Path(name).resolve()
    if not path.is_file():
        remedy = "write it with `jemeti init`, or " if name in (DEVELOPMENT, PRODUCTION) else ""
        raise BootError(f"There is no file {path}; {remedy}name another one with --ini")
    try:
        loader = plaster.get_loader(str(path), protocols=["wsgi"])
        app = loader.get_wsgi_app_settings()
        server = loader.get_settings("server:main")
    except (OSError, LookupError, configparser.Error, UnicodeDecodeError, plaster.PlasterError) as error:
        raise BootError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    return Ini(path, dict(app), {key: value for key, value in server.items() if key not in ("here", "__file__")})
