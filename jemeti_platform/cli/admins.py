"""`jemeti admins`: those who run the platform, made and helped from the command line."""

from __future__ import annotations

import click

from .context import open_platform, working
from .ini import DEVELOPMENT, ini_option

__all__ = ["admins"]


@click.group()
def admins() -> None:
    """Look after the platform's administrators."""


@admins.command()
@click.argument("email")
@click.option("--name", required=True, help="What the administrator is called.")
@ini_option(DEVELOPMENT)
def create(ini: str, email: str, name: str) -> None:
    """Make an administrator; asks for the password."""
    from ..admin.login import create_admin

    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with open_platform(ini) as platform, working(platform) as work:
        create_admin(work, email, name, password)
    click.echo(f"The administrator {email} can log in.")


@admins.command("reset-two-factor")
@click.argument("email")
@ini_option(DEVELOPMENT)
def reset_two_factor(ini: str, email: str) -> None:
    """Switch off the second factor of an administrator who has lost it, and end their sessions."""
    from ..admin.two_factor import reset

    with open_platform(ini) as platform, working(platform) as work:
        reset(work, email)
    click.echo(f"{email} logs in with the password alone until they set up another second factor.")
