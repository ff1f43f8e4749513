"""The public address of a record: shown to the staff, revoked, made anew; and what whoever follows it is answered.

Behind the QR code of a paper and in the message to the customer stands the address. One that was revoked leads to a
page that says so; a new one does not bring back the QR codes that are printed already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from pyramid.response import Response

from ..db.base import uuid7
from ..db.pipeline import Row, Rows
from ..db.statement import Statement
from ..errors import Conflict, Gone, NotFound
from ..work import Work
from .addresses import address, enter_by, new_word
from .closed import revoked_page, unknown_page

__all__ = ["LINK", "PublicLinks"]

LINK: dict[str, Any] = {
    "type": "object",
    "title": "Public address",
    "properties": {
        "url": {
            "type": ["string", "null"],
            "format": "uri",
            "description": "Whoever has it sees the record; null until that was given out, and where it was revoked",
        },
        "revoked_at": {"type": ["string", "null"], "format": "date-time"},
    },
}
"""The schema of what ``PublicLinks`` answers."""

_Found = TypeVar("_Found")

# Of records that keep word and moment in columns of their own; the names are a plugin's.
_READ = "SELECT {word} AS word, {revoked_at} AS revoked_at, {given} AS given FROM {table} WHERE id = %(id)s"
_RENEW = (
    "UPDATE {table} SET {word} = %(word)s, {revoked_at} = NULL, version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND {given}"
)
_REVOKE = (
    "UPDATE {table} SET {revoked_at} = now(), version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND {given} AND {revoked_at} IS NULL"
)
_REVOKED = "SELECT 1 FROM {table} WHERE {word} = %(word)s AND {revoked_at} IS NOT NULL"


class PublicLinks:
    """The public addresses of one kind of records, at ``/{path}/{workspace}.{word}``.

    ``title`` is the word for one of the records. The statements are given its ``id``: ``read`` finds the columns
    ``word``, ``revoked_at`` and ``given``, whether anybody has the address yet; ``renew`` writes the ``word`` (and may
    take ``link``, the id of a new row) where it is, ``revoke`` the moment. ``revoked`` finds a row for the ``word`` of
    an address that was revoked. ``not_given`` refuses both for a record whose address nobody has.
    """

    def __init__(
        self,
        path: str,
        title: str,
        *,
        read: Statement,
        renew: Statement,
        revoke: Statement,
        revoked: Statement,
        not_given: str = "",
    ) -> None:
        self.path, self.title, self.not_given = path, title, not_given
        self._read, self._renew, self._revoke, self._revoked = read, renew, revoke, revoked

    @classmethod
    def on(
        cls,
        table: str,
        path: str,
        title: str,
        *,
        given: str,
        not_given: str,
        word: str = "share_token",
        revoked_at: str = "link_revoked_at",
    ) -> PublicLinks:
        """The addresses of records that keep word and moment in two columns of their own.

        ``given`` is the condition, in SQL, under which somebody has the address.
        """
        names = {"table": table, "word": word, "revoked_at": revoked_at, "given": given}
        read, renew, revoke, revoked = (Statement(text.format(**names)) for text in (_READ, _RENEW, _REVOKE, _REVOKED))
        return cls(path, title, read=read, renew=renew, revoke=revoke, revoked=revoked, not_given=not_given)

    # -- for the staff --------------------------------------------------------------------------

    def address(self, work: Work, word: str) -> str:
        """The public address that a word makes. It leads nowhere before it is given out."""
        return address(work, self.path, word)

    def of(self, work: Work, identity: UUID) -> dict[str, Any]:
        """Where a record is seen, and since when that is revoked; null until it is given out. Raises NotFound."""
        (rows,) = work.read(self._read(id=identity))
        return self._shown(work, self._found(rows, identity))

    def renew(self, work: Work, identity: UUID) -> dict[str, Any]:
        """Give a record a new address; the one before, and the QR codes with it, lead nowhere.

        Raises NotFound, and Conflict (``state``) for one whose address nobody has yet.
        """
        _, rows = work.write(self._renew(id=identity, word=new_word(), link=uuid7()), self._read(id=identity))
        return self._shown(work, self._given(rows, identity))

    def revoke(self, work: Work, identity: UUID) -> None:
        """Have the address of a record lead to nothing any more; once more changes nothing. Raises as ``renew``."""
        _, rows = work.write(self._revoke(id=identity), self._read(id=identity))
        self._given(rows, identity)

    # -- for whoever has the address --------------------------------------------------------------

    def show(self, request: Any, draw: Callable[[Work, str], Response]) -> Response:
        """The page behind the address in the path, by ``draw``, which raises NotFound for a word that it does not know.

        That a link was revoked is told with the status 410, that nobody knows it with 404.
        """
        try:
            work, word = enter_by(request)
            try:
                return draw(work, word)
            except NotFound:
                if not self._was_revoked(work, word):
                    raise
                return revoked_page(work)
        except NotFound:
            _ = request.workspace_slug  # a foreign name that resolves to this machine gets no page
            return unknown_page()

    def find(self, request: Any, read: Callable[[Work, str], _Found]) -> tuple[Work, _Found]:
        """What ``read`` finds by the address in the path, for what is no page.

        Raises NotFound, and Gone where the link was revoked.
        """
        try:
            work, word = enter_by(request)
            try:
                return work, read(work, word)
            except NotFound:
                if not self._was_revoked(work, word):
                    raise
        except NotFound:
            _ = request.workspace_slug
            raise NotFound("This link is not known here.") from None
        raise Gone("This link was revoked.")

    def _was_revoked(self, work: Work, word: str) -> bool:
        (rows,) = work.read(self._revoked(word=word))
        return bool(rows)

    def _found(self, rows: Rows, identity: UUID) -> Row:
        if not rows:
            raise NotFound(f"{self.title} {identity} does not exist")
        return rows[0]

    def _given(self, rows: Rows, identity: UUID) -> Row:
        row = self._found(rows, identity)
        if not row["given"]:
            raise Conflict(self.not_given, reason="state")
        return row

    def _shown(self, work: Work, row: Row) -> dict[str, Any]:
        works = row["given"] and row["word"] is not None and row["revoked_at"] is None
        return {"url": self.address(work, row["word"]) if works else None, "revoked_at": row["revoked_at"]}
