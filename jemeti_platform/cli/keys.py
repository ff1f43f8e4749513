"""`jemeti new-key`: a signing key for tokens."""

from __future__ import annotations

import secrets

import click

__all__ = ["new_key"]


@click.command("new-key")
def new_key() -> None:
    """Print a new key for jemeti.jwt.keys.

    To change keys without logging anybody out, put the new one first, wait until the longest token lifetime (one day)
    has passed, then take the old one away.
    """
    click.echo(secrets.token_urlsafe(48))
