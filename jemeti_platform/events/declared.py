"""Declared events: the name under which a dataclass is stored, and how it is written as JSON and read again."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
import orjson

__all__ = ["EventType", "declare", "type_name"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")
_encoder = msgspec.json.Encoder(decimal_format="string")


class EventType:
    """One declared event class of a plugin: its type name, and its fields with their types."""

    __slots__ = ("_decode", "_object", "cls", "fields", "name", "plugin")

    def __init__(self, cls: type, name: str, plugin: str, fields: Mapping[str, Any], decode: Any) -> None:
        self.cls = cls
        self.name = name
        self.plugin = plugin
        self.fields = fields
        self._decode = decode
        first = next(iter(fields))
        self._object: str | None = first if fields[first] is UUID else None

    @property
    def description(self) -> str:
        """The first line of the class's docstring."""
        return (self.cls.__doc__ or "").strip().partition("\n")[0]

    def object_id(self, event: Any) -> UUID | None:
        """The id of what it happened to: the first field, where that is a UUID."""
        return getattr(event, self._object) if self._object else None

    def encode(self, event: Any) -> bytes:
        """The event's fields as JSON: decimals as strings, moments and ids as text."""
        return _encoder.encode(event)

    def decode(self, data: Any) -> Any:
        """The event that was stored as ``data`` (a decoded JSON object). Raises ValueError where it does not fit."""
        return self._decode(orjson.dumps(data))


def declare(cls: type, plugin: str, prefix: str | None = None) -> EventType:
    """Check an event class and give it its type name, which begins with the plugin's unless ``prefix`` says otherwise.

    Raises ValueError, saying what is wrong with it.
    """
    what = f"{cls.__module__}.{cls.__qualname__}"
    if not dataclasses.is_dataclass(cls) or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # set by @dataclass
        raise ValueError(f"the event {what} is no frozen dataclass; write @dataclass(frozen=True, slots=True)")
    fields = dataclasses.fields(cls)
    if not fields:
        raise ValueError(f"the event {what} has no fields; its first one names the object, as customer_id does")
    name = type_name(cls, prefix or plugin)
    try:
        hints = get_type_hints(cls)
        decoder = msgspec.json.Decoder(cls)
    except (TypeError, NameError) as error:
        raise ValueError(f"the event {what} cannot be read from JSON again: {error}") from error
    return EventType(cls, name, plugin, {one.name: hints[one.name] for one in fields}, decoder.decode)


def type_name(cls: type, plugin: str) -> str:
    """``SalarySheetFinalized`` of the plugin ``staff`` is ``staff.salary_sheet.finalized``: the last word is the verb.

    Raises ValueError for a name of one word.
    """
    words = [word.lower() for word in _WORD.findall(cls.__name__)]
    if len(words) < 2:
        raise ValueError(
            f"the event {cls.__module__}.{cls.__qualname__} must be named by an object and what happened to it,"
            " like CustomerCreated"
        )
    return f"{plugin}.{'_'.join(words[:-1])}.{words[-1]}"
