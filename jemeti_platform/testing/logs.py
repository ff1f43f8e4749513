"""The log during tests: a line for every request would bury what a failed test has to say, and cost as much as it."""

from __future__ import annotations

import logging
from typing import Any

import structlog

__all__ = ["only_warnings", "silent"]


def only_warnings() -> None:
    """Print warnings and worse only. ``structlog.testing.capture_logs`` still sees everything."""
    structlog.configure(
        processors=[_drop_lesser, structlog.processors.format_exc_info, structlog.dev.ConsoleRenderer()]
    )


def silent() -> None:
    """Print nothing: for a program whose own words are what counts."""
    structlog.configure(processors=[_drop])


def _drop(logger: Any, method: str, event: Any) -> Any:
    raise structlog.DropEvent


def _drop_lesser(logger: Any, method: str, event: Any) -> Any:
    if logging.getLevelName(method.upper()) in (logging.DEBUG, logging.INFO):
        raise structlog.DropEvent
    return event
