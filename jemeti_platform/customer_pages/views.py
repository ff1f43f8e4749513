"""Whether a customer has opened a page: noted when a browser shows its pictures, in a table of the plugin's own.

Programs that follow every link in a mail before people do, and those that draw a preview, load the page and not what
stands in it. That is why a page itself notes nothing: a picture of one pixel on it does.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from html import escape
from typing import Any

from pyramid.response import Response
from sqlalchemy import Boolean, Column, ColumnElement, Integer, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert

from ..db.base import uuid7
from ..db.statement import Statement
from ..rest.filters import Comparison
from ..types import StrictBool
from ..work import Work

__all__ = ["GIF", "PageViews", "dot", "dot_response"]

GIF = "image/gif"
_DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def dot(address: str) -> str:
    """The picture, as HTML, by which a page tells that somebody looks; at ``address`` is ``dot_response``."""
    return f'<img class="seen" src="{escape(address, quote=True)}" alt="">'


def dot_response() -> Response:
    """A picture of one transparent pixel, which no browser keeps."""
    response = Response(_DOT, content_type=GIF, charset=None)
    response.headers["Cache-Control"] = "no-store"
    return response


class PageViews:
    """The views of the pages of one kind of record.

    ``table`` is a tenant table with ``id``, ``first_viewed_at``, ``last_viewed_at`` and ``views``, and the unique
    column ``of``, which refers to the ``id`` of the ``records``. ``word`` is their column with the word of the public
    address; of one for which the condition ``shown`` does not hold, nothing is noted.
    """

    def __init__(self, table: Any, of: str, records: Any, *, word: str, shown: ColumnElement[bool], title: str) -> None:
        view, own = table.__table__, records.__table__
        # Whoever reloads the page within a minute is still looking at it.
        looked = insert(view).from_select(
            ["id", of],
            select(bindparam("view", type_=Uuid), own.c.id).where(own.c[word] == bindparam("word"), shown),
            include_defaults=False,
        )
        self._note = Statement(
            looked.on_conflict_do_update(
                index_elements=["tenant_id", of],
                set_={"views": view.c.views + 1, "last_viewed_at": func.now()},
                where=view.c.last_viewed_at < func.now() - timedelta(minutes=1),
            )
        )
        of_it = view.c[of] == own.c.id

        def seen(column: Column[Any], kind: Any) -> Any:
            return select(func.max(column, type_=kind)).where(of_it).scalar_subquery()

        self.computed: dict[str, Any] = {
            "first_viewed_at": seen(view.c.first_viewed_at, TIMESTAMP(timezone=True)),
            "last_viewed_at": seen(view.c.last_viewed_at, TIMESTAMP(timezone=True)),
            "views": func.coalesce(seen(view.c.views, Integer), 0, type_=Integer),
        }
        self.filter = Comparison(
            "viewed",
            StrictBool(),
            select(view.c.id).where(of_it).exists() == bindparam("f_viewed", type_=Boolean),
            f"Only {title} that the customer has opened, or has not",
        )

    def note(self, work: Work, word: str) -> None:
        """Note that the page behind a word was opened just now; of a word that leads nowhere, nothing.

        One round trip, in a transaction of its own: like when a key was last used, it is no change of a record.
        """
        work.read(self._note(view=uuid7(), word=word))
