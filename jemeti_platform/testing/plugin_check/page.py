"""The report as a page: one file, nothing loaded from anywhere, to be kept beside the decision it led to."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from .report import Report

__all__ = ["page"]

_TEMPLATE = Path(__file__).with_name("page.html.jinja")
_WORDS = {"passed": "Passed", "warned": "Passed with warnings", "failed": "Failed", "not_run": "Not run"}


def page(report: Report) -> str:
    """The report as HTML."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(report=report, words=_WORDS)
