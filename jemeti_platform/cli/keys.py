"""`jemeti new-key`: a key for signing tokens, or for encrypting secrets."""

from __future__ import annotations

import secrets

import click

__all__ = ["new_key"]


@click.command("new-key")
def new_key() -> None:
    """Print a new key for jemeti.jwt.keys or jemeti.secrets.keys.

    To change signing keys without logging anybody out, put the new one first and take the old one away a week later,
    when the last cookie that it signed has expired.
    """
    click.echo(secrets.token_urlsafe(48))
