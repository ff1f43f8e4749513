"""`jemeti db bootstrap`: roles and database on a server of one's own."""

from __future__ import annotations

import os

import click
import psycopg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..platform import BootError
from .database import DATABASE, LOGINS, Admin, libpq, prepare_database

__all__ = ["db"]


@click.group()
def db() -> None:
    """Prepare a PostgreSQL server."""


@db.command()
@click.option("--admin-url", required=True, metavar="URL", help="Such as postgresql://postgres@localhost/jemeti")
def bootstrap(admin_url: str) -> None:
    """Make roles and database on a server of your own.

    The administrator is a superuser or, on PostgreSQL 16 and newer, has CREATEROLE, CREATEDB and BYPASSRLS. The
    database is the one named in the URL. Passwords come from the environment (JEMETI_APP_PASSWORD,
    JEMETI_PLATFORM_PASSWORD, JEMETI_MIGRATE_PASSWORD, JEMETI_BACKUP_PASSWORD) or are asked for; left empty, a role
    keeps the one it has. May be run again: what is there stays.
    """
    url = _read(admin_url)
    name = url.database or DATABASE
    passwords = {role: word for role in LOGINS if (word := _password(role))}

    def connect(database: str) -> Admin:
        return psycopg.connect(libpq(url.set(database=database)), autocommit=True, connect_timeout=10)

    made = prepare_database(connect, name, passwords)
    click.echo(
        f"The database {name} {'has been made' if made else 'was there already'} and is prepared. For the ini:\n"
    )
    for role, key in LOGINS.items():
        if key:
            login = url.set(username=role, password="PASSWORD" if role in passwords else None, database=name)
            click.echo(f"    {key} = {libpq(login)}")
    click.echo("\nNext: jemeti migrate --ini …")


def _read(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        raise BootError(
            "--admin-url is no database URL; write it like postgresql://postgres@localhost/jemeti"
        ) from None
    if url.get_backend_name() != "postgresql":
        raise BootError(f"--admin-url names {url.drivername}; the platform stores its data in PostgreSQL only")
    return url


def _password(role: str) -> str:
    variable = f"{role.upper()}_PASSWORD"
    if variable in os.environ:
        return os.environ[variable]
    word: str = click.prompt(f"Password of {role} (empty: as it is)", default="", hide_input=True, show_default=False)
    return word
