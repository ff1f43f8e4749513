"""Plans and workspaces as ini files (``tenants/``): read strictly, every fault named with its file."""

from __future__ import annotations

import configparser
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadRequest
from ..manifest import FEATURE_VALUES
from ..types import CountryCode, Email, Refused, Slug, Strict, Text
from .plans import Plan

__all__ = ["WorkspaceFile", "read_plans", "read_workspaces"]

_UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class WorkspaceFile:
    """A workspace that should exist."""

    slug: str
    name: str
    plan: str
    country: str
    owner_name: str
    owner_email: str


def read_plans(folder: Path) -> list[Plan]:
    """The plans of ``folder/plans``, in their order. Raises BadRequest naming file and fault."""
    found = [_plan(*found) for found in _files(folder / "plans", {"plan", "features", "limits"})]
    return sorted(found, key=lambda plan: (plan.position, plan.slug))


def read_workspaces(folder: Path) -> list[WorkspaceFile]:
    """The workspaces of ``folder/workspaces``, by slug. Raises BadRequest naming file and fault."""
    return [_workspace(*found) for found in _files(folder / "workspaces", {"workspace"})]


def _files(folder: Path, sections: Collection[str]) -> Iterator[tuple[Path, dict[str, dict[str, str]]]]:
    for path in sorted(folder.glob("*.ini")):
        parser = configparser.ConfigParser(interpolation=None, default_section="", inline_comment_prefixes=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # capitals are faults, not spellings
        try:
            parser.read_string(path.read_text(encoding="utf-8"), path.name)
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise BadRequest(f"{path}: {' '.join(str(error).split())}") from None
        unknown = set(parser.sections()) - set(sections)
        if unknown:
            raise _fault(path, f"there is no section [{min(unknown)}]; there are {', '.join(sorted(sections))}")
        yield path, {name: dict(parser[name]) for name in parser.sections()}


def _plan(path: Path, sections: Mapping[str, Mapping[str, str]]) -> Plan:
    about = _fields(
        path, "plan", sections, {"title": Text(max=80)}, {"description": Text(max=500), "position": Text(4)}
    )
    position = about.get("position", "0")
    if not position.isascii() or not position.isdecimal():
        raise _fault(path, f"[plan] position is {position!r}; it must be a whole number")
    features = dict(sections.get("features", {}))
    for slug, value in features.items():
        if value not in FEATURE_VALUES:
            raise _fault(path, f"[features] {slug} is {value!r}; it may be {', '.join(reversed(FEATURE_VALUES))}")
    limits = {slug: _limit(path, slug, value) for slug, value in sections.get("limits", {}).items()}
    return Plan(_slug(path), about["title"], about.get("description", ""), int(position), features, limits)


def _limit(path: Path, slug: str, value: str) -> int | None:
    if value == _UNLIMITED:
        return None
    if not value.isascii() or not value.isdecimal() or len(value) > 15:
        raise _fault(path, f"[limits] {slug} is {value!r}; it must be a whole number, or {_UNLIMITED}")
    return int(value)


def _workspace(path: Path, sections: Mapping[str, Mapping[str, str]]) -> WorkspaceFile:
    needed: dict[str, Strict] = {
        "name": Text(max=120),
        "plan": Slug(),
        "country": CountryCode(),
        "owner_name": Text(max=120),
        "owner_email": Email(),
    }
    return WorkspaceFile(_slug(path), **_fields(path, "workspace", sections, needed, {}))


def _fields(
    path: Path,
    section: str,
    sections: Mapping[str, Mapping[str, str]],
    needed: Mapping[str, Strict],
    possible: Mapping[str, Strict],
) -> dict[str, Any]:
    given = sections.get(section, {})
    known = {**needed, **possible}
    for name in given:
        if name not in known:
            raise _fault(path, f"[{section}] has no {name!r}; it may have {', '.join(known)}")
    found = {}
    for name, kind in known.items():
        if name not in given:
            if name in needed:
                raise _fault(path, f"[{section}] lacks {name!r}")
            continue
        try:
            found[name] = kind.read(given[name], {})
        except Refused as refused:
            raise _fault(path, f"[{section}] {name}: {refused}") from None
    return found


def _slug(path: Path) -> str:
    try:
        return Slug().read(path.stem, {})
    except Refused as refused:
        raise _fault(path, f"the file's name is the slug. {refused}") from None


def _fault(path: Path, what: str) -> BadRequest:
    return BadRequest(f"{path}: {what}")
