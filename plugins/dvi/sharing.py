"""The public address of a shared report: a random word kept with the inspection, and no signature.

Signing keys are rotated within a day; a customer looks at a report for as long as the message with it is kept.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from jemeti_platform.auth.door import enter
from jemeti_platform.auth.links import Links
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

__all__ = ["address", "enter_by", "link"]

_FORM = re.compile(r"([a-z0-9-]{1,63})\.([0-9a-f]{32})").fullmatch
_TOKEN = Statement("SELECT share_token, status FROM dvi_inspections WHERE id = %(id)s")


def link(work: Work, identity: UUID) -> str | None:
    """Where the customer sees the report; None until it is shared. Raises NotFound."""
    (rows,) = work.read(_TOKEN(id=identity))
    if not rows:
        raise NotFound(f"Inspection {identity} does not exist")
    if rows[0]["status"] != "shared":
        return None
    return address(work, rows[0]["share_token"])


def address(work: Work, token: str) -> str:
    """The public address of an inspection by its token. It shows nothing before the inspection is shared."""
    slug = work.state.slug
    return work.platform.part(Links).at(slug, f"inspection-report/{slug}.{token}")


def enter_by(request: Any) -> tuple[Work, str]:
    """A work in the workspace that the link in the path is of, and the token. Raises NotFound."""
    found = _FORM(request.matchdict["token"])
    if found is None or request.workspace_slug not in (None, found[1]):
        raise NotFound("This link is not known here.")
    work = enter(request, found[1])
    return work, found[2]
