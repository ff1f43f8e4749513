"""Examples out of schemas: what a node or its type shows, else a plain value of the kind; checked before shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import Invalid

__all__ = ["AN_ID", "body_example", "example_of", "patch_example"]

AN_ID = "0193597a-6c00-7d3b-9f21-5b6c7d8e9f01"
_A_MOMENT = "2026-03-01T10:00:00Z"
_MUCH_LATER = "2099-01-01T00:00:00Z"
_CONTEXT = {"country": "BD"}

_BY_FORMAT: dict[str, Any] = {
    "uuid": AN_ID,
    "date-time": _A_MOMENT,
    "date": "2026-03-01",
    "email": "rahim@example.com",
    "phone": "+8801712345678",
    "country": "BD",
    "currency": "BDT",
    "time-zone": "Asia/Dhaka",
    "colour": "#1f6feb",
    "decimal": "1250.00",
    "uri": "https://example.com/",
}
_BY_NAME: dict[str, str] = {
    "name": "Rahim Ahmed",
    "title": "A title",
    "notes": "Prefers a call in the afternoon",
    "note": "Agreed by telephone",
    "reason": "Asked for by the customer",
    "message": "A short message",
    "description": "What it is, in a sentence",
    "password": "a long and private sentence",
    "new_password": "another long and private sentence",
    "old_password": "a long and private sentence",
    "confirm": "dhaka-motors",
    "currency": "BDT",
    "timezone": "Asia/Dhaka",
    "locale": "en",
    "slug": "dhaka-motors",
    "workspace": "demo",
    "plan": "pro",
    "country": "BD",
    "city": "Dhaka",
    "line1": "House 12, Road 5",
    "postal_code": "1205",
    "region": "Dhaka Division",
    "tax_id": "001234567-0101",
    "tags": "regular",
    "access_token": "eyJhbGciOiJIUzI1NiIs…",
    "refresh_token": "demo.kX3vQ0c…",
    "token": "demo.kX3vQ0c…",
    "role.slug": "manager",
    "role.name": "Manager",
    "workspace.name": "Dhaka Motors",
    "workspace.slug": "dhaka-motors",
    "plan.name": "Professional",
    "plan.title": "Professional",
    "plan.slug": "pro",
}
"""For texts without an example: by the field's name, or by the record's and the field's."""
_NUMBERS = {"expires_in": 900, "token_ttl_seconds": 900}
_SLUG_LIKE = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"

Check = Callable[[Any, Mapping[str, Any]], Any]


def example_of(shape: Any, name: str = "", within: str = "") -> Any:
    """A value for a JSON Schema without references; what only ``?expand=`` would add is left out.

    ``name`` is the field that it is for, ``within`` the record around it.
    """
    if not isinstance(shape, dict) or not shape:
        return {}
    for word in ("const", "example"):
        if word in shape:
            return shape[word]
    if shape.get("examples"):
        return shape["examples"][0]
    if "enum" in shape:
        return next((word for word in shape["enum"] if word is not None), None)
    if "anyOf" in shape or "oneOf" in shape:
        return example_of((shape.get("anyOf") or shape["oneOf"])[0], name, within)
    kind = shape.get("type")
    if isinstance(kind, list):
        kind = next((word for word in kind if word != "null"), "null")
    return _of_kind(kind, shape, name, within)


def _of_kind(kind: Any, shape: dict[str, Any], name: str, within: str) -> Any:
    if kind == "object":
        inner, record = shape.get("properties", {}), str(name or shape.get("title") or within).lower()
        return {field: example_of(part, field, record) for field, part in inner.items() if "x-expand" not in part}
    if kind == "array":
        one = example_of(shape.get("items"), name, within)
        return [one] * max(1, shape.get("minItems", 1)) if one not in ({}, None) else []
    if kind == "string":
        return _text(shape, name, within)
    if kind in ("integer", "number"):
        return _NUMBERS.get(name) or max(shape.get("minimum", 1), min(1, shape.get("maximum", 1)))
    return True if kind == "boolean" else None


def _text(shape: dict[str, Any], name: str, within: str) -> str:
    if name in ("expires_at", "until") and shape.get("format") == "date-time":
        return _MUCH_LATER
    if shape.get("format") in _BY_FORMAT:
        return str(_BY_FORMAT[shape["format"]])
    if shape.get("pattern") == _SLUG_LIKE and not {name, f"{within}.{name}"} & _BY_NAME.keys():
        return _BY_NAME["slug"]
    text = (
        _BY_NAME.get(f"{within}.{name}")
        or _BY_NAME.get(name)
        or (name.replace("_", " ").capitalize() if name else "Text")
    )
    least = shape.get("minLength", 0)
    return text[: shape.get("maxLength", 200)].strip().ljust(least, "x")


def body_example(shape: dict[str, Any], check: Check, record: str = "") -> dict[str, Any]:
    """A body that its own check accepts: everything that can be shown, or as much of it as passes together."""
    found: dict[str, Any] = {k: v for k, v in example_of(shape, within=record).items() if v is not None}
    required = set(shape.get("required", ()))
    for _ in range(len(found) + 1):
        wrong = _faulty(found, check)
        if not wrong:
            return found
        droppable = (wrong & found.keys()) - required
        found = {k: v for k, v in found.items() if k not in (droppable or found.keys() - required)}
        if found.keys() <= required and not droppable:
            break
    return found


def patch_example(whole: dict[str, Any], required: list[str], check: Check) -> dict[str, Any]:
    """A merge patch of one or two fields that its check accepts, taken from the example of a whole body."""
    names = [*(name for name in whole if name not in required), *required]
    chosen: dict[str, Any] = {}
    for name in names:
        if name in whole and not _faulty({name: whole[name]}, check):
            chosen[name] = whole[name]
        if len(chosen) == 2:
            break
    return chosen


def _faulty(body: dict[str, Any], check: Check) -> set[str]:
    try:
        check(body, _CONTEXT)
    except Invalid as invalid:
        return {problem["field"].partition(".")[0] for problem in invalid.problems}
    return set()
