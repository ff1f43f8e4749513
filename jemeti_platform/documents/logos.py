"""The workspace's logo for its documents: asked for with the settings, fetched and drawn once for each picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self
from uuid import UUID

import structlog

from ..db.pipeline import Rows
from ..db.statement import Statement
from ..files.files import KEPT
from ..files.storage import Storage, key_of
from ..work import Work
from .pictures import Logo, logo_of

__all__ = ["LOGO", "Logos"]

log = structlog.get_logger("jemeti.documents")

LOGO = Statement(
    "SELECT f.object_id FROM workspaces w JOIN files f ON f.tenant_id = w.tenant_id AND f.id = w.logo_file_id"
    " WHERE f.status = 'ready' AND f.kind = 'image'"
)()
"""The object that is the workspace's logo; no row where it has none."""

_MOST = 512


class Logos:
    """Logos ready to be printed, by the object that holds them: an object never changes."""

    def __init__(self) -> None:
        self._drawn: dict[UUID, Logo | None] = {}

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:  # noqa: ARG003  # every part is made like this
        return cls()

    def of(self, work: Work, rows: Rows) -> Logo | None:
        """The logo that ``LOGO`` has found. A picture that is gone is no reason to hand out nothing."""
        if not rows:
            return None
        object_id: Any = rows[0]["object_id"]
        if object_id not in self._drawn:
            key = key_of(work.tenant_id, KEPT, object_id)
            try:
                content = work.platform.part(Storage).get(key)
            except FileNotFoundError:
                log.warning("a workspace's logo is not in the storage", object=key)
                return None
            if len(self._drawn) >= _MOST:
                self._drawn.pop(next(iter(self._drawn)), None)
            self._drawn[object_id] = logo_of(content)
        return self._drawn[object_id]
