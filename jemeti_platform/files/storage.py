"""Where bytes are kept that do not belong into a database: a folder, or an S3-compatible object store, by obstore.

``jemeti.files.url`` says where:

- ``file:///var/lib/jemeti/files``: a folder that all processes share; by default ``files`` in ``jemeti.data``
- ``s3://KEY:SECRET@bucket/prefix?endpoint=https://…&region=…``: S3 or what speaks like it; without key and secret
  those of the environment or the machine's role; ``virtual_hosted_style_request=true`` and other settings of obstore's
  S3 configuration may stand in the query
- ``memory://``: in this process, forgotten at its end

A key is ``<workspace>/<part>/<uuid>``: what people call a file never stands in one. Each part of the platform has its
own word, so that none sweeps what another keeps.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import obstore
import structlog
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, S3Store

from ..errors import Unavailable
from ..platform import BootError
from .disposition import disposition
from .tickets import Ticket, Tickets

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["Kept", "SignedPut", "Storage", "key_of"]

log = structlog.get_logger("jemeti.files")

_URL = "jemeti.files.url"
_PIECE = 256 * 1024
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(/[A-Za-z0-9_.-]+)+").fullmatch
_UNFINISHED = re.compile(r"#\d+$").search
"""How obstore names what it is still writing into a folder."""
GET_SECONDS, PUT_SECONDS = 300, 900


class Kept(NamedTuple):
    """An object that is there: ``size`` in bytes, ``modified`` aware in UTC."""

    key: str
    size: int
    modified: datetime


class SignedPut(NamedTuple):
    """Where and how a client may write one object by itself, and until when."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


def key_of(tenant_id: UUID, part: str, identity: UUID, variant: str = "") -> str:
    """The key of an object: ``variant`` tells a picture's thumbnail from the picture."""
    return f"{tenant_id}/{part}/{identity}{'-' + variant if variant else ''}"


class Storage:
    """Keeps objects under keys. Whatever the store refuses for a reason of its own is Unavailable.

    A put is atomic: a reader sees the whole object or none.
    """

    def __init__(self, store: ObjectStore | Path, tickets: Tickets) -> None:
        self.tickets = tickets
        self.folder = store if isinstance(store, Path) else None
        self._made = None if isinstance(store, Path) else store

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build from ``jemeti.files.url``. Raises BootError naming what cannot be read; the store is not contacted."""
        tickets = Tickets(settings.get("jemeti.jwt.keys", "").split())
        url = settings.get(_URL, "").strip()
        if not url:
            url = Path(settings.get("jemeti.data", "").strip() or "var", "files").absolute().as_uri()
        parts = urlsplit(url)
        match parts.scheme:
            case "file" if parts.netloc in ("", "localhost") and len(parts.path) > 1:
                return cls(Path(unquote(parts.path)), tickets)
            case "memory":
                return cls(MemoryStore(), tickets)
            case "s3" if parts.hostname:
                return cls(_s3(parts), tickets)
        raise BootError(f"{_URL} is to be file:///a/folder or s3://bucket?endpoint=https://…, not {parts.scheme}://…")

    # -- objects --------------------------------------------------------------------------------

    def put(self, key: str, data: bytes | Path, content_type: str, *, name: str = "", inline: bool = False) -> None:
        """Keep ``data``, or what is in the file of that path, under ``key``, in place of what was there.

        An object store hands it out as ``content_type`` under the file name ``name``, to be saved unless ``inline``.
        """
        attributes: Any = None
        if isinstance(self._made, S3Store):
            attributes = {
                "Content-Type": content_type,
                "Content-Disposition": disposition(name or "file", inline=inline),
                "Cache-Control": "private",
            }
        with _telling():
            obstore.put(self._store, _checked(key), data, attributes=attributes)

    def get(self, key: str) -> bytes:
        """All bytes of an object. Raises FileNotFoundError."""
        with _telling():
            return bytes(obstore.get(self._store, _checked(key)).bytes())

    def head(self, key: str) -> Kept | None:
        """Size and time of an object; None where there is none."""
        try:
            with _telling():
                meta = obstore.head(self._store, _checked(key))
        except FileNotFoundError:
            return None
        return Kept(key, meta["size"], meta["last_modified"])

    def exists(self, key: str) -> bool:
        return self.head(key) is not None

    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes of an object from ``start`` up to ``end``, in pieces. Raises FileNotFoundError at once."""
        options: Any = {"range": (start, end)} if end is not None else {"range": {"offset": start}} if start else None
        with _telling():
            found = obstore.get(self._store, _checked(key), options=options)
        return (bytes(piece) for piece in found.stream(min_chunk_size=_PIECE))

    def delete(self, *keys: str) -> None:
        """Delete what is there under these keys."""
        for key in keys:
            try:
                with _telling():
                    obstore.delete(self._store, _checked(key))
            except FileNotFoundError:
                continue

    def list(self, prefix: str) -> Iterator[Kept]:
        """The objects below ``prefix``, which is whole words of keys: ``<workspace>`` or ``<workspace>/<part>``."""
        with _telling():
            for batch in obstore.list(self._store, prefix.rstrip("/")):
                for meta in batch:
                    yield Kept(meta["path"], meta["size"], meta["last_modified"])

    def workspaces(self) -> Iterator[UUID]:
        """The workspaces that have objects here."""
        with _telling():
            for word in obstore.list_with_delimiter(self._store)["common_prefixes"]:
                try:
                    yield UUID(word.strip("/"))
                except ValueError:
                    continue

    def discard_unfinished(self, prefix: str, before: datetime) -> int:
        """Delete what a process that died was writing below ``prefix``, if older than ``before``; returns how many.

        An object store has a lifecycle rule for its own unfinished uploads.
        """
        if self.folder is None or not (self.folder / prefix).is_dir():
            return 0
        found = [p for p in (self.folder / prefix).rglob("*") if _UNFINISHED(p.name)]
        stale = [p for p in found if datetime.fromtimestamp(p.stat().st_mtime, UTC) < before]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    # -- addresses that need no identity --------------------------------------------------------

    def signed_get(
        self, key: str, *, media_type: str, name: str, inline: bool = False, seconds: int = GET_SECONDS
    ) -> str:
        """An address from which anybody may fetch the object for some minutes.

        The store's own where it can sign; else ``/files/…`` of this platform, without a host name. An object store
        shows the type and name that the object was put with.
        """
        if isinstance(self._made, S3Store):
            return obstore.sign(self._made, "GET", _checked(key), timedelta(seconds=seconds))
        until = int(time.time()) + seconds
        ticket = Ticket("GET", _checked(key), until, media_type=media_type, name=name, inline=inline)
        return f"/files/{self.tickets.seal(ticket)}"

    def signed_put(self, key: str, *, size: int, seconds: int = PUT_SECONDS) -> SignedPut:
        """Where a client may write the object by itself, at most ``size`` bytes of it.

        An object store's signature does not hold the size: look at what has come before using it.
        """
        until = int(time.time()) + seconds
        if isinstance(self._made, S3Store):
            url = obstore.sign(self._made, "PUT", _checked(key), timedelta(seconds=seconds))
        else:
            url = f"/files/{self.tickets.seal(Ticket('PUT', _checked(key), until, size))}"
        headers = {"Content-Type": "application/octet-stream"}
        return SignedPut(url, "PUT", headers, datetime.fromtimestamp(until, UTC))

    @property
    def _store(self) -> ObjectStore:
        if self._made is None:  # a folder is made when something is first kept in it: to start needs none
            assert self.folder is not None
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._made = LocalStore(self.folder)
        return self._made


def _s3(parts: Any) -> S3Store:
    config: dict[str, Any] = dict(parse_qsl(parts.query))
    if parts.username and parts.password:
        config |= {"access_key_id": unquote(parts.username), "secret_access_key": unquote(parts.password)}
    plain = config.get("endpoint", "").startswith("http://")
    try:
        return S3Store(
            parts.hostname,
            prefix=parts.path.strip("/") or None,
            config=config,  # type: ignore[arg-type]  # obstore says which keys it does not know
            client_options={"timeout": "60s", "connect_timeout": "5s", "allow_http": plain},
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        )
    except (BaseError, ValueError, TypeError) as error:
        raise BootError(f"{_URL}: the object store cannot be configured like this: {_short(error)}") from None


def _checked(key: str) -> str:
    if not _KEY(key) or ".." in key:
        raise ValueError(f"{key!r} is no key of an object: <workspace>/<part>/<uuid>")
    return key


@contextmanager
def _telling() -> Iterator[None]:
    """FileNotFoundError as it is; whatever else a store says is a 503, the cause of which stands in the log."""
    try:
        yield
    except NotFoundError as error:
        raise FileNotFoundError(str(error)) from None
    except BaseError as error:
        log.warning("the store of files refuses", error=type(error).__name__, reason=_short(error))
        raise Unavailable("Files cannot be reached just now; please try again.", retry_after=5) from error


def _short(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error).partition("Debug source")[0]).strip()[:300]
