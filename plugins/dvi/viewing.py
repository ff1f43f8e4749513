"""Whether the customer has opened the report that was shared: noted when a browser shows its pictures.

Programs that follow every link in a mail before people do, and those that draw a preview, load the page and not what
stands in it. That is why the page itself notes nothing.
"""

from __future__ import annotations

import base64
from typing import Any

from sqlalchemy import Boolean, Integer, bindparam, func, select
from sqlalchemy.dialects.postgresql import TIMESTAMP

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement
from jemeti_platform.rest.filters import Comparison
from jemeti_platform.types import StrictBool
from jemeti_platform.work import Work

from .models import Inspection, ReportView

__all__ = ["BY_VIEWED", "COMPUTED", "DOT", "note_view"]

DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A picture of one transparent pixel, as a GIF."""

# Whoever reloads the page within a minute is still looking at it.
_NOTE = Statement(
    "INSERT INTO dvi_report_views AS v (id, inspection_id) SELECT %(id)s, i.id FROM dvi_inspections i"
    " WHERE i.share_token = %(token)s AND i.status = 'shared' ON CONFLICT (tenant_id, inspection_id) DO UPDATE"
    " SET views = v.views + 1, last_viewed_at = now() WHERE v.last_viewed_at < now() - interval '1 minute'"
)
_VIEW, _OWN = ReportView.__table__, Inspection.__table__
_OF_IT = _VIEW.c.inspection_id == _OWN.c.id


def _seen(column: Any, kind: Any) -> Any:
    return select(func.max(column, type_=kind)).where(_OF_IT).scalar_subquery()


COMPUTED: dict[str, Any] = {
    "first_viewed_at": _seen(_VIEW.c.first_viewed_at, TIMESTAMP(timezone=True)),
    "last_viewed_at": _seen(_VIEW.c.last_viewed_at, TIMESTAMP(timezone=True)),
    "views": func.coalesce(_seen(_VIEW.c.views, Integer), 0, type_=Integer),
}
"""What an inspection shows of it; ``views`` is 0 where nobody has opened the report."""

BY_VIEWED = Comparison(
    "viewed",
    StrictBool(),
    select(_VIEW.c.id).where(_OF_IT).exists() == bindparam("f_viewed", type_=Boolean),
    "Only inspections whose report was opened by the customer, or was not",
)


def note_view(work: Work, token: str) -> None:
    """Note that the report behind a link was opened just now; of a link that leads nowhere, nothing.

    One round trip, in a transaction of its own: like when a key was last used, it is no change of a record.
    """
    work.read(_NOTE(id=uuid7(), token=token))
