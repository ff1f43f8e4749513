"""The report as a page: one file, nothing loaded from anywhere, to be kept beside the decision it led to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

__all__ = ["page"]

_TEMPLATE = Path(__file__).with_name("page.html.jinja")
_STATES = {"passed": "Passed", "warned": "Warnings", "failed": "Failed", "not_run": "Not run"}


def page(reports: Sequence[Mapping[str, Any]]) -> str:
    """Reports, as ``Report.as_dict`` gives them, as HTML."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"figure": _figure, "moment": _moment}
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(reports=reports, states=_STATES)


def _figure(name: str, value: Any) -> str:
    """``routes`` 28 as ``28 routes``, ``boot_added_ms`` 1200 as ``boot added 1,200 ms``."""
    words = name.removesuffix("_ms").replace("_", " ")
    if name.endswith("_ms"):
        return f"{words} {value:,} ms"
    if isinstance(value, int):
        return f"{value:,} {words.removesuffix('s') if value == 1 else words}"
    return f"{words} {value}"


def _moment(written: str) -> str:
    return datetime.fromisoformat(written).strftime("%-d %B %Y, %H:%M UTC")
