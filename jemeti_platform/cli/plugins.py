"""`jemeti plugins`: what is installed, and whether it can be trusted."""

from __future__ import annotations

import click

from .ini import DEVELOPMENT, ini_option, read_ini
from .inspection import platform_of, print_table
from .new_plugin import new
from .plugins_check import check

__all__ = ["plugins"]


@click.group()
def plugins() -> None:
    """Look at the installed plugins, check them, begin a new one."""


@plugins.command("list")
@ini_option(DEVELOPMENT)
def list_(ini: str) -> None:
    """List the plugins in the order in which they start."""
    platform = platform_of(read_ini(ini).app)
    rows = [
        [
            m.name,
            m.version,
            m.title,
            ", ".join(m.requires) or "–",
            ", ".join(f.slug for f in m.features) or "–",
            m.package,
        ]
        for m in platform.manifests.values()
    ]
    print_table(["plugin", "version", "title", "requires", "features", "package"], rows)


plugins.add_command(new)
plugins.add_command(check)
