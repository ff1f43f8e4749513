"""What the plugin uses of the platform that the next major version will do without."""

from __future__ import annotations

import importlib
from contextlib import suppress

from ...deprecation import DEPRECATED, PlatformDeprecation
from .imports import KERNEL, imports_of
from .report import Outcome
from .stage import Stage

__all__ = ["deprecations"]


def deprecations(stage: Stage, found: Outcome) -> None:
    """Imports as they are written; everything else where it was used while the plugin was tried."""
    for source in stage.subject.sources:
        for one in imports_of(source):
            if one.module.startswith(KERNEL):
                with suppress(ImportError):  # told by the check of imports
                    importlib.import_module(one.module)
            for name in one.names:
                if (warning := DEPRECATED.get(f"{one.module}.{name}")) is not None:
                    _warn(found, warning, one.place)
    with suppress(Exception):  # why it does not boot is told by the check that boots it
        _ = stage.app
    for use in stage.uses:
        if stage.subject.owns(use.file):
            _warn(found, use.warning, f"{stage.subject.short(use.file)}:{use.line}")
    found.figures |= {"deprecated names": len(DEPRECATED)}


def _warn(found: Outcome, warning: PlatformDeprecation, place: str) -> None:
    remedy = f"Use {warning.instead} instead."
    found.warn(f"uses {warning.name}, deprecated since {warning.since} and gone in {warning.gone_in}", place, remedy)
