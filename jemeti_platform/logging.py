"""Log lines: one a request, as JSON for machines or in columns for people, on standard error.

``jemeti.log`` is ``json`` or ``console``; without it the application leaves logging as it finds it (tests, and hosts
that have their own). What the libraries say by the standard library's logging comes out in the same form.

No line holds a secret: fields with telling names are blanked, tokens and passwords in addresses are cut out of the
finished line, and of a database's errors only code and constraint are told, for their texts hold SQL and values. Where
the statement itself is wrong (42…: there is no such column) the first line is told too: it names what the SQL names.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
import psycopg
import structlog
from sqlalchemy.exc import StatementError

from .deprecation import PlatformDeprecation
from .platform import BootError

__all__ = ["SECRETS", "describe", "set_up"]

Event = dict[str, Any]
Renderer = Callable[[str, str, Event], bytes]

SECRETS = frozenset(
    [
        "password",
        "new_password",
        "old_password",
        "password_hash",
        "secret",
        "key",
        "keys",
        "api_key",
        "authorization",
        "cookie",
        "set_cookie",
        "otp",
        "token",
        "access_token",
        "refresh_token",
        "reset_token",
        "invitation_token",
    ]
)
"""Fields whose values are never written."""

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_QUIET = {"alembic": logging.WARNING, "sqlalchemy": logging.WARNING, "waitress.queue": logging.ERROR}
"""Loggers that say more than anybody wants to read."""

_TOKEN = re.compile(rb"eyJ[\w-]{8,}(\.[\w-]*)*|jk_[a-z2-7]{52}_[a-z2-7]+")
_CREDENTIALS = re.compile(rb"(://[^:/@\s\"]*):[^@/\s\"]+@")


def set_up(settings: Mapping[str, str], stream: BinaryIO | None = None) -> None:
    """Arrange structlog and the standard library's logging as ``jemeti.log`` and ``jemeti.log_level`` say.

    Safe to repeat. Raises BootError naming the key that cannot be read.
    """
    form = settings.get("jemeti.log", "").strip()
    if not form:
        return
    level = settings.get("jemeti.log_level", "info").strip().lower()
    if form not in ("json", "console"):
        raise BootError(f"jemeti.log is {form!r}; it may be json or console")
    if level not in LEVELS:
        raise BootError(f"jemeti.log_level is {level!r}; it may be {', '.join(LEVELS)}")
    stream = stream or sys.stderr.buffer
    render = _to_json if form == "json" else _to_columns(colors=stream.isatty())
    structlog.configure(
        processors=[lambda logger, method, event: render(method, logger.name or "", dict(event))],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.BytesLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(True)
    if settings.get("jemeti.environment") == "development":
        warnings.simplefilter("default", PlatformDeprecation)
    logging.basicConfig(handlers=[_Routed(render, stream)], level=LEVELS[level], force=True)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, LEVELS[level]))


class _Routed(logging.Handler):
    """What is logged by way of the standard library, in the form of all the rest."""

    def __init__(self, render: Renderer, stream: BinaryIO) -> None:
        super().__init__()
        self._render = render
        self._write = structlog.BytesLogger(stream).msg

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event: Event = {"event": record.getMessage()}
            if record.exc_info and record.exc_info[1]:
                event["exc_info"] = record.exc_info[1]
            self._write(self._render(record.levelname.lower(), record.name, event))
        except Exception:  # noqa: BLE001 -- a log line that cannot be written must not undo what it tells of
            self.handleError(record)


def _to_json(level: str, logger: str, event: Event) -> bytes:
    now = datetime.fromtimestamp(time.time(), UTC)
    return _scrub(orjson.dumps({"at": now, "level": level, "logger": logger, **_fields(event)}, default=str))


def _to_columns(*, colors: bool) -> Renderer:
    console = structlog.dev.ConsoleRenderer(
        colors=colors, pad_event_to=0, sort_keys=False, exception_formatter=structlog.dev.plain_traceback
    )

    def render(level: str, logger: str, event: Event) -> bytes:
        fields = _fields(event)
        if fields["event"] == "request":
            fields = _one_line(fields)
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        line = console(None, level, {"timestamp": now, "level": level, "logger": logger, **fields})
        return _scrub(str(line).encode(errors="replace"))

    return render


def _one_line(fields: Event) -> Event:
    line = "{status} {method:6} {path}  {ms} ms".format_map(fields)
    return {"event": line, **{k: v for k, v in fields.items() if k not in ("event", "status", "method", "path", "ms")}}


def _fields(event: Event) -> Event:
    error = event.pop("exc_info", None)
    if error:
        error = sys.exc_info()[1] if error is True else error[1] if isinstance(error, tuple) else error
        event["exception"] = describe(error) if error else None
    if not SECRETS.isdisjoint(event):
        event = {key: "[secret]" if key in SECRETS else value for key, value in event.items()}
    return event


def _scrub(line: bytes) -> bytes:
    if b"eyJ" in line:
        line = _TOKEN.sub(b"[token]", line)
    if b"://" in line:
        line = _CREDENTIALS.sub(rb"\1:[secret]@", line)
    return line


def describe(error: BaseException) -> str:
    """Traceback and type of an error and of what caused it; no local variables, and nothing a database said."""
    return "\n".join(_told(error))


def _told(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
        yield "which led to:"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield f"{type(error).__module__}.{type(error).__qualname__}: {_message(error)}"


def _message(error: BaseException) -> str:
    cause = error.orig if isinstance(error, StatementError) else error
    if isinstance(cause, psycopg.Error):
        facts = (cause.sqlstate, cause.diag.table_name, cause.diag.column_name, cause.diag.constraint_name)
        if cause.sqlstate is None:  # libpq's own words about the connection
            return str(cause).partition("\n")[0]
        wrong = cause.diag.message_primary if cause.sqlstate.startswith("42") else None
        return " ".join(fact for fact in (*facts, wrong) if fact)
    return type(cause).__name__ if isinstance(error, StatementError) else str(error)
