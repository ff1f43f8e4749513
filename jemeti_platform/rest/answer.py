"""What a view returns, and how it becomes JSON: the envelopes of ``http.md`` in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyramid.response import Response

from ..json import to_json

__all__ = ["Answer", "make_response"]


@dataclass(slots=True)
class Answer:
    """A good answer. ``data`` goes into the envelope; a view may also return just the data.

    ``etag`` is the strong entity tag without quotes; ``location`` the path of what was created. The fields of ``data``
    that are shown ``once`` are null where the answer is given again under an Idempotency-Key.
    """

    data: Any = None
    status: int = 200
    meta: Mapping[str, Any] | None = None
    etag: str | None = None
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    once: tuple[str, ...] = ()

    def body(self) -> bytes:
        envelope: dict[str, Any] = {"data": self.data}
        if self.meta is not None:
            envelope["meta"] = self.meta
        return to_json(envelope)


def make_response(request: Any, answer: Answer) -> Response:
    """The response of an answer: 204 without data, 304 where the client has it already, else its JSON."""
    headers = [(name, value) for name, value in answer.headers.items()]
    if answer.location is not None:
        # absolute at once: WebOb would make it so with urllib, at ten times the price
        headers.append(("Location", request.host_url + answer.location))
    if answer.etag is not None:
        headers.append(("ETag", f'"{answer.etag}"'))
        if request.method == "GET" and _matches(request.environ.get("HTTP_IF_NONE_MATCH"), answer.etag):
            return Response(status=304, headerlist=headers)
    if answer.data is None and answer.meta is None:
        return Response(status=204 if answer.status == 200 else answer.status, headerlist=headers)
    body = answer.body()
    if answer.once:
        request.kept_body = replace(answer, data={**answer.data, **dict.fromkeys(answer.once)}).body()
    headers.append(("Content-Type", "application/json"))
    headers.append(("Content-Length", str(len(body))))
    return Response(app_iter=[body], status=answer.status, headerlist=headers)


def _matches(header: str | None, etag: str) -> bool:
    if not header:
        return False
    return header.strip() == "*" or any(tag.strip().removeprefix("W/") == f'"{etag}"' for tag in header.split(","))
