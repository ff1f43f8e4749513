"""`jemeti plugins check`: whether a plugin keeps the platform's promises, tried and not believed.

- ``subject``: the plugin's files; ``building``: a plugin from a folder or a wheel
- ``stage``: a scratch database and a platform with nothing else in it; ``schema``: what migrations make
- ``manifest``, ``imports``, ``database_access``, ``reach``, ``migrations``, ``tables``, ``functions``, ``routes``,
  ``gates``, ``isolation``, ``seeds``, ``documents``, ``exports``, ``cost``: the checks; ``running``: in their order
- ``report``: what was found; ``page``: as HTML
"""

from __future__ import annotations

from .report import Finding, Outcome, Report
from .running import CHECKS, Check, check_plugin
from .subject import Subject

__all__ = ["CHECKS", "Check", "Finding", "Outcome", "Report", "Subject", "check_plugin"]
