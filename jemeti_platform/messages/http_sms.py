"""Any SMS gateway that takes a message by one HTTP request: which request, and what counts as taken, says the ini.

    jemeti.sms.url = https://sms.example.com/send
    jemeti.sms.method = POST
    jemeti.sms.headers = Authorization: Bearer 0f3a…
    jemeti.sms.body = {"recipient": "{to}", "sender": "{sender}", "message": "{text}"}
    jemeti.sms.success = messages.0.status = PENDING, ACCEPTED
    jemeti.sms.reference = messages.0.id

A body that begins with a brace is JSON, any other a form; for GET it is the query. The places are filled in after the
template has been taken apart, so that no text can add a field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx

from ..platform import BootError
from .failures import Refused, Unreachable
from .sms import Sms

__all__ = ["HttpSmsGateway"]

_PREFIX = "jemeti.sms."
_PLACES = ("to", "digits", "text", "sender", "id")
_DEFAULT_BODY = "to={to}&from={sender}&text={text}"
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_LONGEST_ANSWER = 64 * 1024
_RETRY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class HttpSmsGateway:
    """A gateway as the ini describes it. ``success`` is a path into the JSON answer and the words that mean yes."""

    url: str = field(repr=False)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None
    success: tuple[Sequence[str], frozenset[str]] | None = None
    reference: Sequence[str] = ()

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Raises BootError naming the key that cannot be read, without its value: that may hold a password."""
        url = settings.get("jemeti.sms.url", "").strip()
        try:
            parts = urlsplit(url)
            fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment
            _ = parts.port
        except ValueError:
            fits = False
        if not fits:
            raise _unreadable("url", "write it like https://sms.example.com/send")
        method = settings.get("jemeti.sms.method", "POST").strip().upper()
        if method not in ("GET", "POST", "PUT"):
            raise _unreadable("method", "it may be GET, POST or PUT")
        return cls(
            url,
            method,
            _headers(settings.get("jemeti.sms.headers", "")),
            _body(settings.get("jemeti.sms.body", "").strip() or _DEFAULT_BODY, method),
            _success(settings.get("jemeti.sms.success", "").strip()),
            tuple(filter(None, settings.get("jemeti.sms.reference", "").strip().split("."))),
        )

    def send(self, sms: Sms) -> str | None:
        """Send one request and return the gateway's reference. Raises Refused or Unreachable."""
        try:
            # proxies and certificates of the environment are for other programs; a redirect would take the key along
            with (
                httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client,
                client.stream(self.method, self.url, headers=self.headers, **self._filled(sms)) as response,
            ):
                status, raw = response.status_code, _beginning(response.iter_bytes())
        except httpx.HTTPError as error:
            raise Unreachable("The SMS gateway cannot be reached", type(error).__name__) from None
        if status in _RETRY or status >= 500:
            raise Unreachable(f"The SMS gateway answered {status}")
        if not 200 <= status < 300:
            raise Refused(f"The SMS gateway answered {status}", _shown(raw))
        answer = _parsed(raw)
        if self.success is not None:
            path, words = self.success
            if _word(_at(answer, path)) not in words:
                raise Refused("The SMS gateway did not take it", _shown(raw))
        return _word(_at(answer, self.reference))[:200] or None if self.reference else None

    def _filled(self, sms: Sms) -> dict[str, Any]:
        values = {
            "to": sms.to,
            "digits": sms.to.removeprefix("+"),
            "text": sms.text,
            "sender": sms.sender,
            "id": sms.id,
        }
        if isinstance(self.body, list):
            pairs = [(name, _fill(text, values)) for name, text in self.body]
            return {"params": pairs} if self.method == "GET" else {"data": dict(pairs)}
        return {"json": _fill_all(self.body, values)}


def _headers(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not (line.isascii() and line.isprintable()):
            raise _unreadable("headers", "one on each line, like Authorization: Bearer 0f3a")
        found[name.strip()] = value.strip()
    return found


def _body(text: str, method: str) -> Any:
    """JSON as it is, a form as a list of pairs."""
    found: Any
    if text.startswith("{"):
        if method == "GET":
            raise _unreadable("body", "a GET takes a query, like to={to}&text={text}")
        try:
            found = json.loads(text)
        except ValueError as error:
            raise _unreadable("body", f"it begins with a brace, but is no JSON ({error})") from None
    else:
        try:
            found = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
        except ValueError:
            raise _unreadable("body", "write JSON, or a form like to={to}&text={text}") from None
    leaves = "\n".join(_leaves(found))
    if ("{to}" not in leaves and "{digits}" not in leaves) or "{text}" not in leaves:
        raise _unreadable("body", "it must have the places {to} (or {digits}) and {text}")
    return found


def _success(text: str) -> tuple[Sequence[str], frozenset[str]] | None:
    if not text:
        return None
    path, equals, words = text.partition("=")
    wanted = frozenset(filter(None, (word.strip() for word in words.split(","))))
    if not equals or not path.strip() or not wanted:
        raise _unreadable("success", "write a path into the answer and what it must say, like status = ok, queued")
    return tuple(path.strip().split(".")), wanted


def _leaves(body: Any) -> Iterator[str]:
    match body:
        case str():
            yield body
        case dict():
            for inner in body.values():
                yield from _leaves(inner)
        case list() | tuple():
            for inner in body:
                yield from _leaves(inner)


def _fill_all(body: Any, values: Mapping[str, str]) -> Any:
    match body:
        case str():
            return _fill(body, values)
        case dict():
            return {name: _fill_all(inner, values) for name, inner in body.items()}
        case list():
            return [_fill_all(inner, values) for inner in body]
    return body


def _fill(text: str, values: Mapping[str, str]) -> str:
    """Every place once: what has been filled in is not looked at again."""
    parts = text.split("{")
    found = [parts[0]]
    for part in parts[1:]:
        name, brace, rest = part.partition("}")
        found.append(values[name] + rest if brace and name in _PLACES else "{" + part)
    return "".join(found)


def _beginning(chunks: Iterator[bytes]) -> bytes:
    found = b""
    for chunk in chunks:
        found += chunk
        if len(found) >= _LONGEST_ANSWER:
            break
    return found[:_LONGEST_ANSWER]


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _at(answer: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        elif isinstance(answer, dict):
            answer = answer.get(step)
        else:
            return None
    return answer


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _shown(raw: bytes) -> str:
    text = " ".join(raw.decode("utf-8", "replace").split())
    return "".join(sign for sign in text if sign.isprintable())[:200] or "nothing"


def _unreadable(key: str, why: str) -> BootError:
    return BootError(f"{_PREFIX}{key}: {why}")
