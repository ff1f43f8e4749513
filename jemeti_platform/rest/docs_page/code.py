"""Examples as text: a curl line that can be pasted, JSON with its parts marked for the style sheet."""

from __future__ import annotations

import re
from typing import Any

import orjson
from markupsafe import Markup, escape

__all__ = ["ORIGIN", "curl_line", "marked_json"]

ORIGIN = "@@origin@@"
"""Stands in rendered pages for ``http://demo.localhost:6543``, whatever the reader called the server."""

_LINE = 60
_TOKENS = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)')


def curl_line(method: str, path: str, operation: dict[str, Any]) -> str:
    """The operation as a shell command, its path ids and its token as shell variables."""
    address = re.sub(r"\{(\w+)\}", lambda match: "$" + match[1].upper(), path)
    lines = [f'curl "{ORIGIN}{address}"' if method == "get" else f'curl -X {method.upper()} "{ORIGIN}{address}"']
    if operation["security"]:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        kind, body = next(iter(content.items()))
        lines.append(f'-H "Content-Type: {kind}"')
        lines.append(f"-d '{_body(body.get('example', {}))}'")
    return " \\\n  ".join(lines)


def _body(example: Any) -> str:
    text = orjson.dumps(example)
    if len(text) > _LINE:
        text = orjson.dumps(example, option=orjson.OPT_INDENT_2)
    return text.decode().replace("'", "'\\''")


def marked_json(value: Any) -> Markup:
    """A JSON value, indented, its keys, texts, numbers and words in spans of their own."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    parts: list[Markup] = []
    done = 0
    for match in _TOKENS.finditer(text):
        parts.append(escape(text[done : match.start()]))
        literal, colon, word, number = match.groups()
        kind = "k" if colon is not None else "s" if literal else "w" if word else "n"
        parts.append(Markup('<span class="{}">{}</span>{}').format(kind, literal or word or number, colon or ""))
        done = match.end()
    parts.append(escape(text[done:]))
    return Markup("").join(parts)
