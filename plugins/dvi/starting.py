"""An inspection starts: the template is copied into it, so that no later edit of the template reaches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row
from jemeti_platform.work import Work

from .models import Item

__all__ = ["copied", "copy_items"]

_COPIED = ("key", "title", "hint", "kind", "unit", "limits", "choices", "required", "advice")


def copy_items(work: Work, record: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Make an unanswered item of each item of the template, as it is at this moment."""
    work.queue(
        *(
            insert_row(Item, uuid7(), {"inspection_id": record["id"], **values})
            for values in copied(record["template"][0]["sections"])
        )
    )


def copied(sections: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The columns of every item of a template, in order."""
    position = 0
    for section in sections:
        for item in section["items"]:
            position += 1
            asked = {"position": position, "section": section["title"], "photos_required": item["photos"]}
            yield asked | {name: item[name] for name in _COPIED}
