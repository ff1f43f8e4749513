"""An inspection starts: the template is copied into it, so that no later edit of the template reaches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row
from jemeti_platform.work import Work
from plugins.jobs.contract import InspectedJobs

from .models import Item

__all__ = ["begin", "copied"]

_COPIED = ("key", "title", "hint", "kind", "unit", "limits", "choices", "required", "advice")


def begin(work: Work, record: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Make an unanswered item of each item of the template, as it is at this moment, and tell the job.

    Raises Conflict where the job is closed.
    """
    work.queue(
        *(
            insert_row(Item, uuid7(), {"inspection_id": record["id"], **values})
            for values in copied(record["template"][0]["sections"])
        )
    )
    jobs = work.port(InspectedJobs)  # type: ignore[type-abstract]  # that is what a port is
    if record["job_id"] is not None and jobs is not None:
        jobs.begin(record["job_id"], note=record["number"])


def copied(sections: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The columns of every item of a template, in order."""
    position = 0
    for section in sections:
        for item in section["items"]:
            position += 1
            asked = {"position": position, "section": section["title"], "photos_required": item["photos"]}
            yield asked | {name: item[name] for name in _COPIED} | _proposed(item.get("proposed") or {})


def _proposed(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "proposed_kind": said.get("kind", "labour"),
        "proposed_service_id": said.get("service_id"),
        "proposed_quantity": said.get("quantity"),
        "proposed_price": said.get("unit_price"),
    }
