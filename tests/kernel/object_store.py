"""An object store that speaks as much S3 as the platform uses, on a loopback port."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

__all__ = ["ObjectStoreServer"]

_BUCKET = "/bucket/"


class ObjectStoreServer:
    """Keeps objects in ``objects`` and what they were put with in ``headers``; signatures are not looked at."""

    def __enter__(self) -> Self:
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.headers: dict[str, dict[str, str]] = {}
        handler = type("Handler", (_Handler,), {"kept": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What stands in ``jemeti.files.url``."""
        return f"s3://KEY:SECRET@bucket?endpoint=http://127.0.0.1:{self._server.server_port}&region=test"


class _Handler(BaseHTTPRequestHandler):
    kept: ObjectStoreServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *ignored: Any) -> None:
        pass

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(_BUCKET)

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.kept.objects[self.key] = data, datetime.now(UTC)
        self.kept.headers[self.key] = {name.title(): value for name, value in self.headers.items()}
        self._answer(200, headers={"ETag": '"1"'})

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "list-type" in asked:
            prefix, delimiter = asked.get("prefix", [""])[0], asked.get("delimiter", [""])[0]
            self._answer(200, self._listing(prefix, delimiter))
            return
        self._send_object()

    do_HEAD = do_GET  # noqa: N815

    def do_DELETE(self) -> None:
        self.kept.objects.pop(self.key, None)
        self._answer(204)

    def do_POST(self) -> None:
        """Many at once: what is named in the XML."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        keys = [piece.partition("</Key>")[0] for piece in body.split("<Key>")[1:]]
        for key in keys:
            self.kept.objects.pop(key, None)
        gone = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def _send_object(self) -> None:
        found = self.kept.objects.get(self.key)
        if found is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        data, modified = found
        headers = {"ETag": '"1"', "Last-Modified": format_datetime(modified, usegmt=True)}
        wanted = self.headers.get("Range", "").removeprefix("bytes=")
        if not wanted:
            self._answer(200, data, headers)
            return
        start, _, end = wanted.partition("-")
        last = min(int(end or len(data) - 1), len(data) - 1)
        headers["Content-Range"] = f"bytes {start}-{last}/{len(data)}"
        self._answer(206, data[int(start) : last + 1], headers)

    def _listing(self, prefix: str, delimiter: str) -> bytes:
        contents, prefixes = "", set()
        for key, (data, modified) in sorted(self.kept.objects.items()):
            if not key.startswith(prefix):
                continue
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                prefixes.add(prefix + rest.partition(delimiter)[0] + delimiter)
                continue
            contents += (
                f"<Contents><Key>{escape(key)}</Key><LastModified>{modified:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
                f"<ETag>1</ETag><Size>{len(data)}</Size></Contents>"
            )
        common = "".join(f"<CommonPrefixes><Prefix>{one}</Prefix></CommonPrefixes>" for one in sorted(prefixes))
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}{common}</ListBucketResult>".encode()

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
