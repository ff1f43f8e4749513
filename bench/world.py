"""The world that is measured: one database, one workspace with customers, one user with a token."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from jemeti_platform import embedded, main
from jemeti_platform.admin.work import PlatformWork
from jemeti_platform.boot import transaction
from jemeti_platform.db import bootstrap, migrate, roles
from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement
from jemeti_platform.logging import set_up
from jemeti_platform.tenancy import provisioning
from jemeti_platform.work import Actor

__all__ = ["World", "world"]

_PLAN = Statement(
    "INSERT INTO plans (slug, title, features)"
    " SELECT 'bench', 'Bench', jsonb_object_agg(f, 'on') FROM unnest(%(features)s::text[]) f"
)
_ROLE = Statement("SELECT id FROM roles WHERE slug = 'owner'")
_USER = Statement(
    "INSERT INTO users (id, email, email_key, name, role_id, status, password_hash) "
    "VALUES (%(id)s, 'o@bench.example', 'o@bench.example', 'Owner', %(role)s, 'active', 'none')"
)
_SESSION = Statement(
    "INSERT INTO sessions (id, user_id, expires_at) VALUES (%(id)s, %(user)s, now() + interval '1 day')"
)
_CUSTOMERS = Statement(
    "INSERT INTO crm_customers (id, name, phone, email, kind, status) "
    "SELECT gen_random_uuid(), 'Customer ' || n, '+88017' || lpad(n::text, 8, '0'), 'c' || n || '@bench.example', "
    "'person', 'active' FROM generate_series(1, %(many)s) n"
)


@dataclass
class World:
    """The application with everything a caller needs; ``app_url`` is the database as the app role."""

    app: Any
    app_url: str
    token: str
    tenant_id: UUID
    session_id: UUID
    key: str

    def environ(self, method: str, path: str, query: str = "", body: Any = None) -> dict[str, Any]:
        """A WSGI environment as a server would make it."""
        raw = b"" if body is None else json.dumps(body).encode()
        return {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "6543",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1:6543",
            "HTTP_AUTHORIZATION": "Bearer " + self.token,
            "CONTENT_TYPE": "application/json" if raw else "",
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(raw),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


@contextmanager
def world(
    customers: int = 1000,
    includes: str = "bench.empty",
    *,
    plugins: str = "crm",
    features: Sequence[str] = ("crm", "vehicles"),
    fill: Callable[[Any], None] | None = None,
) -> Iterator[World]:
    """Make the world in a temporary folder and take it away again; ``includes`` are modules with services for it.

    ``fill`` is called with a work in the workspace, once its customers are there.
    """
    with (
        tempfile.TemporaryDirectory(prefix="jemeti-bench-") as folder,
        Path(os.devnull).open("wb") as nowhere,
        ExitStack() as stack,
    ):
        Path(folder).chmod(0o755)
        server = embedded.start(Path(folder) / "data")
        stack.callback(server.remove)
        _prepare(server)
        key = "a-signing-key-that-only-this-bench-uses-0123456789"
        settings = {
            "sqlalchemy.url": server.url("jemeti_app"),
            "jemeti.platform_url": server.url("jemeti_platform"),
            "jemeti.environment": "production",
            "jemeti.allow_embedded": "true",
            "jemeti.plugins": plugins,
            "jemeti.jwt.keys": key,
            "jemeti.pool_size": "1",
            "jemeti.ratelimit.general": "900000000 per minute",
            "jemeti.includes": includes,
        }
        set_up({"jemeti.log": "json"}, nowhere)  # the line of every request is rendered, and written to nothing
        app = main({}, **settings)
        platform = app.registry.platform
        migrate.upgrade(platform.manifests, server.url("jemeti_migrate"))
        tenant_id, user_id, session_id = _populate(platform, customers, features, fill)
        _analyze(server)
        tokens = app.registry.security_policy.tokens
        token = tokens.issue("access", user_id, session_id, 86_400, tenant_id=tenant_id, workspace="bench")
        yield World(app, server.url("jemeti_app"), token, tenant_id, session_id, key)
        for engine in platform.engines.values():
            engine.dispose()


def _prepare(server: embedded.EmbeddedServer) -> None:
    def connect(database: str) -> psycopg.Connection[Any]:
        url = server.url(server.superuser, database).replace("postgresql+psycopg", "postgresql")
        return psycopg.connect(url, autocommit=True)

    with connect("postgres") as admin:
        roles.create_roles(admin)
        roles.create_database(admin, "jemeti")
    with connect("jemeti") as admin:
        bootstrap.prepare(admin)


def _analyze(server: embedded.EmbeddedServer) -> None:
    """Statistics as a server has them that has been up for more than a minute."""
    url = server.url("jemeti_migrate").replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url, autocommit=True) as migrate_role:
        migrate_role.execute("SET ROLE jemeti_owner")
        migrate_role.execute("ANALYZE")


def _populate(
    platform: Any, customers: int, features: Sequence[str], fill: Callable[[Any], None] | None
) -> tuple[UUID, UUID, UUID]:
    user_id, session_id = uuid7(), uuid7()
    with transaction() as manager:
        work = PlatformWork(platform, Actor("system", "bench"), manager)
        work.write(_PLAN(features=list(features)))
        tenant_id = provisioning.create(work, slug="bench", name="Bench", plan="bench", country="BD")
        with work.inside(tenant_id) as inside:
            ((role,),) = inside.write(_ROLE())
            inside.write(_USER(id=user_id, role=role["id"]), _SESSION(id=session_id, user=user_id))
            inside.write(_CUSTOMERS(many=customers))
            if fill is not None:
                fill(inside)
    return tenant_id, user_id, session_id
