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
from uuid_utils.compat import uuid7

from jemeti_platform.tenancy.state import ENTER
from plugins.crm.resources import CUSTOMERS

__all__ = ["bare_program"]

Start = Callable[..., Any]


def bare_program(url: str, key: str) -> tuple[Callable[[dict[str, Any], Start], list[bytes]], psycopg.Connection[Any]]:
    """The WSGI function and its one connection."""
    connection: psycopg.Connection[Any] = psycopg.connect(
        url.replace("postgresql+psycopg", "postgresql"), autocommit=True, row_factory=dict_row, prepare_threshold=0
    )
    listing = CUSTOMERS.listing
    page_sql, count_sql = (bound.sql for bound in listing.statements({"page": 1, "per_page": 25}) if bound)
    get_sql = CUSTOMERS._plain_get.sql  # the bench compares with the very same SQL
    enter_sql = ENTER.sql

    def entering(environ: dict[str, Any]) -> dict[str, str]:
        token = environ["HTTP_AUTHORIZATION"][7:]
        claims = jwt.decode(token, key, algorithms=["HS256"], audience="workspace")
        return {"tenant": claims["tid"], "session": claims["sid"]}

    def program(environ: dict[str, Any], start: Start) -> list[bytes]:
        who = entering(environ)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method == "POST":
            return _create(connection, who, environ, start)
        with connection.pipeline():
            entered = connection.execute(enter_sql, who)
            if path.endswith("/customers"):
                page = connection.execute(page_sql, {"limit": 25, "offset": 0})
                count = connection.execute(count_sql, {})
            else:
                page = connection.execute(get_sql, {"id": UUID(path.rpartition("/")[2])})
                count = None
        if not (row := entered.fetchone()) or not row["alive"]:
            return _send(start, "401 Unauthorized", {"error": {"code": "unauthorized"}})
        rows = page.fetchall()
        if count is None:
            return _send(start, "200 OK", {"data": rows[0]})
        total = (count.fetchone() or {})["total"]
        meta = {"page": 1, "per_page": 25, "total": total, "total_pages": -(-total // 25)}
        return _send(start, "200 OK", {"data": rows, "meta": meta})

    def _create(connection: Any, who: dict[str, str], environ: dict[str, Any], start: Start) -> list[bytes]:
        body = orjson.loads(environ["wsgi.input"].read())
        if not isinstance(body.get("name"), str):
            return _send(start, "400 Bad Request", {"error": {"code": "bad_request"}})
        with connection.pipeline():
            connection.execute("BEGIN")
            entered = connection.execute(enter_sql, who)
        if not (row := entered.fetchone()) or not row["alive"]:
            connection.execute("ROLLBACK")
            return _send(start, "401 Unauthorized", {"error": {"code": "unauthorized"}})
        rows = insert(connection, body)
        connection.execute("COMMIT")
        return _send(start, "201 Created", {"data": rows[0]})

    def insert(connection: Any, body: dict[str, Any]) -> list[dict[str, Any]]:
        identity = uuid7()
        values = {
            "id": identity,
            "name": body["name"],
            "phone": body["phone"],
            "email": body["email"],
        }
        columns = ", ".join(values)
        marks = ", ".join(f"%({name})s" for name in values)
        with connection.pipeline():
            connection.execute(f"INSERT INTO crm_customers ({columns}) VALUES ({marks})", values)
            found = connection.execute(get_sql, {"id": identity})
        rows: list[dict[str, Any]] = found.fetchall()
        return rows

    return program, connection


def _send(start: Start, status: str, value: Any) -> list[bytes]:
    body = orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError
