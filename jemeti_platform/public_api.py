"""What plugins may import: the modules whose names keep their meaning until the next major version.

A name is public if it stands in ``__all__`` of a module listed here (of the names given, where a module serves the
kernel too). docs/plugins.md lists them, `jemeti plugins check` holds plugins to them.
"""

from __future__ import annotations

import importlib
from functools import cache

__all__ = ["FOR_TESTS", "MODULES", "public_names"]

ALL: tuple[str, ...] = ()

MODULES: dict[str, tuple[str, ...]] = {
    "jemeti_platform.customer_pages": ALL,
    "jemeti_platform.db.base": ("TenantBase", "TenantKey", "TenantRow", "uuid7"),
    "jemeti_platform.db.bulk": ALL,
    "jemeti_platform.db.paged": ALL,
    "jemeti_platform.db.pipeline": ("Row", "Rows"),
    "jemeti_platform.db.references": ALL,
    "jemeti_platform.db.rls": (
        "backfill",
        "create_tenant_table",
        "drop_tenant_table",
        "every_tenant",
        "extend_tenant_table",
        "keep_secret",
    ),
    "jemeti_platform.db.rows": ALL,
    "jemeti_platform.db.shape": ("Indexed", "NoOverlap", "Reference", "Search", "Unique"),
    "jemeti_platform.db.statement": ALL,
    "jemeti_platform.db.triggers": (
        "check_at_commit",
        "create_trigger",
        "create_trigger_function",
        "drop_trigger",
        "freeze_rows",
        "only_counted",
    ),
    "jemeti_platform.deprecation": ("PlatformDeprecation",),
    "jemeti_platform.documents": (
        "PDF",
        "Issued",
        "issue",
        "issued_pdf",
        "issued_pdf_of",
        "pdf_response",
        "postal_address",
        "render",
    ),
    "jemeti_platform.documents.printed": ALL,
    "jemeti_platform.documents.schemas": ALL,
    "jemeti_platform.documents.writing": ("Hand", "hand_of"),
    "jemeti_platform.egress": ("Reply", "Unreachable", "Unsafe", "send"),
    "jemeti_platform.errors": ALL,
    "jemeti_platform.features.limits": ("check", "reserve"),
    "jemeti_platform.files": ("Storage", "Stored", "add", "attach", "key_of", "read_stored", "require", "stored"),
    "jemeti_platform.hookspecs": ALL,
    "jemeti_platform.imports": (
        "Column",
        "Importer",
        "Outcome",
        "Problem",
        "Record",
        "Report",
        "Writer",
        "cells",
        "open_table",
        "run_import",
        "written_to",
    ),
    "jemeti_platform.imports.cells": ALL,
    "jemeti_platform.json": ALL,
    "jemeti_platform.lifecycle": (
        "Guard",
        "Lifecycle",
        "Move",
        "State",
        "SubState",
        "Transition",
        "move",
        "state_check",
    ),
    "jemeti_platform.manifest": (
        "PAPER_SIZES",
        "SYSTEM_ROLES",
        "Document",
        "Feature",
        "Limit",
        "Manifest",
        "ManifestError",
        "Permission",
        "Section",
        "Sequence",
    ),
    "jemeti_platform.messages": (
        "MessageTemplate",
        "Placeholder",
        "Recipient",
        "Texts",
        "channels_of",
        "is_daytime",
        "readers_of",
        "send",
        "send_again",
    ),
    "jemeti_platform.money": ALL,
    "jemeti_platform.numbering": ("Gap", "NumberTaken", "find_gaps", "numbered"),
    "jemeti_platform.overview": ("Figure", "Figures", "Source"),
    "jemeti_platform.platform": ("BootError", "Platform"),
    "jemeti_platform.rest.answer": ("Answer",),
    "jemeti_platform.rest.filters": ("Comparison", "Several"),
    "jemeti_platform.rest.paged": ALL,
    "jemeti_platform.rest.preconditions": ALL,
    "jemeti_platform.rest.request": ("PlatformRequest", "path_id"),
    "jemeti_platform.rest.resource": ALL,
    "jemeti_platform.rest.schema": ("Mapping", "Sequence", "StrictMapping", "StrictSequence", "list_of"),
    "jemeti_platform.rest.service": ALL,
    "jemeti_platform.rest.spreadsheet": ("CSV", "XLSX", "asked_for", "sheet_of"),
    "jemeti_platform.types": ALL,
    "jemeti_platform.types.codes": ALL,
    "jemeti_platform.work": ("Actor", "Work"),
}
"""The public modules; where names are given, these alone are public."""

FOR_TESTS: tuple[str, ...] = (
    "jemeti_platform.testing.api",
    "jemeti_platform.testing.clocks",
    "jemeti_platform.testing.contract",
    "jemeti_platform.testing.making",
    "jemeti_platform.testing.outside",
    "jemeti_platform.testing.round_trips",
    "jemeti_platform.testing.sweep",
    "jemeti_platform.testing.workspaces",
)
"""Public for the tests of plugins: what runs in production does not import them."""


@cache
def public_names(module: str) -> tuple[str, ...]:
    """The public names of a public module, in the order of its ``__all__``. Raises KeyError for any other module."""
    chosen = ALL if module in FOR_TESTS else MODULES[module]
    declared: list[str] = importlib.import_module(module).__all__
    return tuple(name for name in declared if not chosen or name in chosen)
