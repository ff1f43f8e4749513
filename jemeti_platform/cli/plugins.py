"""`jemeti plugins`: what is installed, whether it can be trusted, and where it is on."""

from __future__ import annotations

import click

from .new_plugin import new
from .plugins_check import check
from .plugins_list import list_
from .plugins_purge import purge
from .plugins_switch import disable, enable

__all__ = ["plugins"]


@click.group()
def plugins() -> None:
    """Look at the installed plugins, check them, switch them for workspaces, begin a new one."""


for command in (list_, check, enable, disable, purge, new):
    plugins.add_command(command)
