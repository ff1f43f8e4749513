"""The report of an inspection: what it shows (``reading``), in which words, as a page, with a damage map."""

from __future__ import annotations

from .page import HTML, report_page, unknown_page
from .reading import read_report, read_shared

__all__ = ["HTML", "read_report", "read_shared", "report_page", "unknown_page"]
