"""Rewrites the calls that `whole-day.md` shows: `python docs/whole_day.py` starts a platform of its own and has
`examples/whole-day/whole_day.py` write down what it asks and hears. A test fails when the page is stale.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

PAGE = Path(__file__).with_name("whole-day.md")
SCRIPT = PAGE.parent.parent / "examples" / "whole-day" / "whole_day.py"
WIDTH = 104

_BLOCK = re.compile(r"(<!-- call: (\w+) (\S+)((?: \w+=\S+)*) \|((?: [\w.]+)*) -->).*?(<!-- to here -->)", re.DOTALL)
_CODE = re.compile(r"(<!-- code: (\S+) (\w+) -->).*?(<!-- to here -->)", re.DOTALL)
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_INSTANT = r"\d{4}-\d\d-\d\dT[\d:.]+Z|\d{4}-\d\d-\d\d"
_NUMBER = re.compile(r"\b([A-Z]{2,3})-\d{4}-(\d{5})\b")


def fresh(text: str, exchanges: list[dict[str, Any]]) -> str:
    """The page with every call as it went this time, and the code as it stands.

    What differs from run to run (ids, times) is left out. A marker names method, path, values of the body and the
    fields of the answer to show. The first call that fits counts. Raises LookupError for a marker that no call fits.
    """
    exchanges = _same_numbers(exchanges)

    def call(match: re.Match[str]) -> str:
        begin, method, path, values, fields, end = match.groups()
        wanted = dict(value.split("=") for value in values.split())
        for one in exchanges:
            if one["method"] == method and _path(one) == path and _has(one["body"], wanted):
                return f"{begin}\n\n```http\n{_shown(one, fields.split())}\n```\n\n{end}"
        raise LookupError(f"no call fits {begin}")

    def code(match: re.Match[str]) -> str:
        begin, file, name, end = match.groups()
        return f"{begin}\n\n```python\n{_function(SCRIPT.with_name(file), name)}\n```\n\n{end}"

    return _CODE.sub(code, _BLOCK.sub(call, text))


def _function(file: Path, name: str) -> str:
    """A function of the script as it stands there. Raises LookupError."""
    source = file.read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])
    raise LookupError(f"{file.name} has no {name}")


def _same_numbers(exchanges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With document numbers in the order of their appearance, as in a workspace where nothing was before."""
    seen: dict[str, list[str]] = {}

    def renumbered(match: re.Match[str]) -> str:
        own = seen.setdefault(match[1], [])
        if match[0] not in own:
            own.append(match[0])
        return f"{match[1]}-2026-{own.index(match[0]) + 1:05}"

    found: list[dict[str, Any]] = json.loads(_NUMBER.sub(renumbered, json.dumps(exchanges)))
    return found


def _path(exchange: dict[str, Any]) -> str:
    return re.sub(_ID, "{id}", exchange["path"])


def _has(body: Any, wanted: dict[str, str]) -> bool:
    return not wanted or (isinstance(body, dict) and all(str(body.get(name)) == wanted[name] for name in wanted))


def _shown(exchange: dict[str, Any], fields: list[str]) -> str:
    """Request and answer as they are on the wire, the answer with the wanted fields only."""
    query = urlencode(exchange["params"] or {})
    lines = [f"{exchange['method']} {_path(exchange)}" + (f"?{query}" if query else "")]
    if exchange["body"] is not None:
        lines.append(_json(exchange["body"]))
    status = HTTPStatus(exchange["status"])
    lines += ["", f"{status.value} {status.phrase}", _json(_picked(exchange["answer"], fields))]
    return re.sub(f"{_ID}|{_INSTANT}", "…", "\n".join(lines).replace("{id}", "\0")).replace("\0", "{id}")


def _picked(value: Any, fields: list[str]) -> Any:
    """Of what an answer holds under these dotted names; of each one, where it is a list."""
    if isinstance(value, list):
        return [_picked(one, fields) for one in value]
    if not fields or not isinstance(value, dict):
        return value
    wanted: dict[str, list[str]] = {}
    for field in fields:
        head, _, rest = field.partition(".")
        wanted.setdefault(head, []).extend([rest] if rest else [])
    return {name: _picked(value[name], rest) for name, rest in wanted.items()}


def _json(value: Any, room: int = WIDTH, before: int = 0) -> str:
    """JSON on one line where there is room after the ``before`` characters of its name, else a line for each member."""
    text = json.dumps(_cut(value), ensure_ascii=False)
    if len(re.sub(_ID, "…", text)) + before <= room or not isinstance(value, dict | list):
        return text
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return begin + "\n  " + ",\n  ".join(_members(value, room - 2)) + f"\n{end}"


def _members(value: dict[str, Any] | list[Any], room: int) -> Iterator[str]:
    if isinstance(value, list):
        yield from (_json(one, room).replace("\n", "\n  ") for one in value)
        return
    for name, one in value.items():
        yield f'"{name}": ' + _json(one, room, len(name) + 4).replace("\n", "\n  ")


def _cut(value: Any) -> Any:
    """A text that is longer than the page is wide ends where it would not fit."""
    return f"{value[: WIDTH - 40]} …" if isinstance(value, str) and len(value) > WIDTH else value


def a_day() -> list[dict[str, Any]]:
    """Every exchange of the script on a platform where nobody has been before."""
    from jemeti_platform.testing.running import Running, command, data_folder

    with data_folder() as data, Running(data, command("up", "--data", data)) as run:
        told = data / "transcript.json"
        subprocess.run(
            [sys.executable, SCRIPT, "--address", run.url, "--papers", data / "papers", "--transcript", told],
            check=True,
        )
        found: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))
        return found


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text(encoding="utf-8"), a_day()), encoding="utf-8")
