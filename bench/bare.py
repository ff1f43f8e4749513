"""The same answers by a bare WSGI function: psycopg, PyJWT and orjson, no framework, no product.

It sends exactly the statements that the platform sends (their text is taken from the resource), in as
few messages, and checks the token's signature on every request, as a hand-written program would.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import jwt
import orjson
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb, set_json_loads
from uuid_utils.compat import uuid7

from jemeti_platform.db.rows import insert_row
from jemeti_platform.tenancy.state import ACT, ENTER
from plugins.crm.models import Customer
from plugins.crm.resources import CUSTOMERS

__all__ = ["Bare", "connect", "send"]

Start = Callable[..., Any]
FIELDS = ("name", "kind", "phone", "email", "address", "tax_id", "tags", "notes", "credit_limit", "status")
"""What the platform inserts of a customer whose body has name, telephone and e-mail."""


class Bare:
    """The program: call it as WSGI. ``connection`` is its one connection."""

    def __init__(self, url: str, key: str) -> None:
        self.key = key
        self.connection = connect(url)
        page, count = CUSTOMERS.listing.statements({"page": 1, "per_page": 25})
        assert count is not None
        self.page, self.count, self.get = page.sql, count.sql, CUSTOMERS.plain_get.sql
        inserting = insert_row(Customer, uuid7(), dict.fromkeys(FIELDS))
        self.insert, self.defaults = inserting.sql, dict(inserting.params)

    def __call__(self, environ: dict[str, Any], start: Start) -> list[bytes]:
        token = environ["HTTP_AUTHORIZATION"][7:]
        claims = jwt.decode(token, self.key, algorithms=["HS256"], audience="workspace")
        who = {"tenant": claims["tid"], "session": claims["sid"]}
        if environ["REQUEST_METHOD"] == "POST":
            return self.create(who, environ, start)
        path = environ["PATH_INFO"]
        return self.list(who, start) if path.endswith("/customers") else self.one(who, path, start)

    def list(self, who: dict[str, str], start: Start) -> list[bytes]:
        with self.connection.pipeline():
            entered = self.connection.execute(ENTER.sql, who)
            page = self.connection.execute(self.page, {"limit": 25, "offset": 0})
            count = self.connection.execute(self.count, {})
        if not (row := entered.fetchone()) or not row["alive"]:
            return send(start, "401 Unauthorized", {"error": {"code": "unauthorized"}})
        total = (count.fetchone() or {})["total"]
        meta = {"page": 1, "per_page": 25, "total": total, "total_pages": -(-total // 25)}
        return send(start, "200 OK", {"data": page.fetchall(), "meta": meta})

    def one(self, who: dict[str, str], path: str, start: Start) -> list[bytes]:
        with self.connection.pipeline():
            entered = self.connection.execute(ENTER.sql, who)
            found = self.connection.execute(self.get, {"id": UUID(path.rpartition("/")[2])})
        if not (row := entered.fetchone()) or not row["alive"]:
            return send(start, "401 Unauthorized", {"error": {"code": "unauthorized"}})
        return send(start, "200 OK", {"data": found.fetchone()})

    def create(self, who: dict[str, str], environ: dict[str, Any], start: Start) -> list[bytes]:
        body = orjson.loads(environ["wsgi.input"].read())
        if not isinstance(body.get("name"), str):
            return send(start, "400 Bad Request", {"error": {"code": "bad_request"}})
        values = {**self.defaults, "kind": "person", "status": "active", "tags": Jsonb([]), **body}
        identity = uuid7()
        actor = orjson.dumps({"kind": "user", "id": who["session"], "address": environ["REMOTE_ADDR"]}).decode()
        with self.connection.pipeline():
            self.connection.execute("BEGIN")
            entered = self.connection.execute(ENTER.sql, who)
            self.connection.execute(ACT.sql, {"actor": actor})
        if not (row := entered.fetchone()) or not row["alive"]:
            self.connection.execute("ROLLBACK")
            return send(start, "401 Unauthorized", {"error": {"code": "unauthorized"}})
        with self.connection.pipeline():
            self.connection.execute(self.insert, {**values, "id": identity})
            found = self.connection.execute(self.get, {"id": identity})
        self.connection.execute("COMMIT")
        return send(start, "201 Created", {"data": found.fetchone()})


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection as somebody sets it up who minds speed: statements prepared at once, JSON read by orjson."""
    made = psycopg.connect(
        url.replace("postgresql+psycopg", "postgresql"), autocommit=True, row_factory=dict_row, prepare_threshold=0
    )
    set_json_loads(orjson.loads, made)
    return made


def send(start: Start, status: str, value: Any) -> list[bytes]:
    """An answer as JSON."""
    body = orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError
