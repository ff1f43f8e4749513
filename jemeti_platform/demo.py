"""The accounts that everybody knows: made in development, refused in production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from sqlalchemy.exc import OperationalError

from .db.pipeline import read_once
from .db.statement import Statement
from .platform import BootError

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from .platform import Platform

__all__ = [
    "ADMIN_EMAIL",
    "ADMIN_PASSWORD",
    "OWNER_EMAIL",
    "OWNER_PASSWORD",
    "WORKSPACE",
    "includeme",
    "refuse_demo_accounts",
]

WORKSPACE = "demo"
OWNER_EMAIL = "owner@demo.example"
OWNER_PASSWORD = "workshop-demo-1234"  # noqa: S105 (public by intention)
ADMIN_EMAIL = "admin@platform.example"
ADMIN_PASSWORD = "platform-admin-1234"  # noqa: S105 (public by intention)

log = structlog.get_logger("jemeti.demo")

_ADMIN = Statement("SELECT password_hash FROM platform_admins WHERE email_key = %(email)s")
_GO_INSIDE = Statement(
    "SELECT set_config('app.tenant_id', coalesce((SELECT id::text FROM tenants WHERE slug = %(slug)s), ''), true)"
)
_OWNER = Statement("SELECT password_hash FROM users WHERE email_key = %(email)s AND password_hash IS NOT NULL")


def includeme(config: Configurator) -> None:
    """Look for the demo accounts when the application is complete, unless this is development."""
    from pyramid.events import ApplicationCreated

    if not config.registry.is_development:
        config.add_subscriber(_look, ApplicationCreated)


def refuse_demo_accounts(platform: Platform) -> None:
    """Raise BootError where one of the two demo accounts still has its published password.

    A database without tables has no accounts. Raises OperationalError where it cannot be asked.
    """
    from .auth.passwords import Passwords

    asked = (_ADMIN(email=ADMIN_EMAIL), _GO_INSIDE(slug=WORKSPACE), _OWNER(email=OWNER_EMAIL))
    try:
        admins, _, owners = read_once(platform.engines["platform"], asked)
    except psycopg.errors.UndefinedTable:
        return
    for email, known, rows in ((ADMIN_EMAIL, ADMIN_PASSWORD, admins), (OWNER_EMAIL, OWNER_PASSWORD, owners)):
        if any(platform.part(Passwords).verify(row["password_hash"], known) for row in rows):
            raise BootError(
                f"The account {email} has the password that the README tells everybody. This database was made for "
                "development; give production one of its own, or change that password"
            )


def _look(event: Any) -> None:
    platform = event.app.registry.platform
    try:
        refuse_demo_accounts(platform)
    except (OperationalError, psycopg.OperationalError) as error:
        # A database that is away keeps no process from starting; nor can anybody log in while it is.
        log.warning("the database is away: not looked for demo accounts", exc_info=error)
    finally:
        # No connection is carried from here into forked workers.
        platform.engines["platform"].dispose()
