"""Approvals: who said so, how, to what exactly, written once; those by word, and what every one of them keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Invalid, NotFound
from jemeti_platform.json import to_json
from jemeti_platform.work import Work

from . import jobs, totals
from .contract import VerbalApprovalRecorded
from .lifecycle import OPEN
from .models import Approval

__all__ = ["PRINT_CERTIFICATE", "SHOWN", "approvals", "content", "decided", "digest", "record", "write"]

PRINT_CERTIFICATE = "jobs.print_certificate"
"""The task that issues the certificate of a decision."""

SHOWN = (
    "kind", "description", "quantity", "unit_price", "discount_percent", "discount_amount", "tax_rate",
    "insurance_percent", "note", "amount", "discount", "taxable", "tax", "total",
)  # fmt: skip
"""What the customer has seen or been told of a line, and so decided on."""

# The notes of a job's lines are the workshop's own: nobody was told them.
_TOLD = tuple(name for name in SHOWN if name not in ("kind", "note"))
_FIELDS = ", ".join(("id", *_TOLD))
_PROPOSED = "WHERE job_id = %(id)s AND approval = 'proposed' ORDER BY position, id FOR UPDATE"
_LINES = Statement(f"SELECT {_FIELDS}, kind FROM jobs_lines {_PROPOSED}")  # noqa: S608 (our own words)
_PARTS = Statement(f"SELECT {_FIELDS}, 'part' AS kind FROM jobs_parts {_PROPOSED}")  # noqa: S608 (our own words)
_SET = "SET approval = 'approved', version = version + 1, updated_at = now() WHERE id = ANY(%(ids)s)"
_APPROVE_LINES = Statement(f"UPDATE jobs_lines {_SET}")
_APPROVE_PARTS = Statement(f"UPDATE jobs_parts {_SET}")
_APPROVALS = Paged(
    "SELECT id, subject_type, subject_id, revision, content_hash, decisions, name, channel, note, actor_name AS by,"
    " address, decided_at FROM jobs_approvals WHERE job_id = %(id)s",
    "decided_at DESC, id DESC",
)


def record(work: Work, job_id: UUID, wish: dict[str, Any]) -> UUID:
    """Write down that a customer approved lines and parts by word; without ids all that are proposed.

    Raises NotFound, Conflict for a job that is done, Invalid for ids that are not proposed work of this job and for
    lists that name nothing. Emits VerbalApprovalRecorded.
    """
    job = jobs.locked(work, job_id, OPEN)
    lines, parts = work.write(_LINES(id=job_id), _PARTS(id=job_id))
    chosen_lines = _chosen(lines, wish["line_ids"], wish["part_ids"], "line_ids")
    chosen_parts = _chosen(parts, wish["part_ids"], wish["line_ids"], "part_ids")
    agreed = [*chosen_lines, *chosen_parts]
    if not agreed and not (wish["line_ids"] is None and wish["part_ids"] is None):
        raise Invalid([{"field": "line_ids", "message": "Nothing is named that was approved; leave it out for all"}])
    lines_told = decided([(row, "approved") for row in agreed], ("kind", *_TOLD))
    identity = write(
        work,
        job_id,
        subject=("job", job_id, 1),
        content=content(job["number"], 1, work.workspace["currency"], lines_told),
        decisions=lines_told,
        name=wish["name"],
        channel=wish["channel"],
        note=wish["note"],
    )
    work.queue(
        _APPROVE_LINES(ids=[row["id"] for row in chosen_lines]), _APPROVE_PARTS(ids=[row["id"] for row in chosen_parts])
    )
    totals.reckon(work, job)
    if agreed:
        work.defer(PRINT_CERTIFICATE, approval_id=identity)
    work.emit(VerbalApprovalRecorded(job_id, identity, wish["name"], wish["channel"]))
    return identity


def write(
    work: Work,
    job_id: UUID,
    *,
    subject: tuple[str, UUID, int],
    content: Sequence[Any],
    decisions: Sequence[dict[str, Any]],
    name: str,
    channel: str,
    note: str | None = None,
) -> UUID:
    """Write down a decision; returns its id.

    ``subject`` is what was decided on (``job``, ``quotation``, ``amendment``), its id and revision; ``content`` what it
    said, of which the SHA-256 is kept.
    """
    identity, actor = uuid7(), work.actor
    subject_type, subject_id, revision = subject
    values = {
        "job_id": job_id,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "revision": revision,
        "content_hash": digest(content),
        "decisions": [{**one, "line_id": str(one["line_id"])} for one in decisions],
        "name": name,
        "channel": channel,
        "note": note,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": (work.entry.user_name if actor.kind == "user" else actor.name) or None,
        "address": actor.address,
    }
    work.queue(insert_row(Approval, identity, values))
    return identity


def decided(chosen: Sequence[tuple[Mapping[str, Any], str]], names: Sequence[str] = SHOWN) -> list[dict[str, Any]]:
    """Lines with the decision on each, as an approval keeps them: their ``names`` as they are now."""
    kept: list[dict[str, Any]] = orjson.loads(
        to_json(
            [
                {"line_id": line["id"], **{name: line[name] for name in names}, "decision": decision}
                for line, decision in chosen
            ]
        )
    )
    return kept


def content(number: str, revision: int, currency: str, lines: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What was decided on, of which an approval keeps the SHA-256: ``number`` of the quotation or the job, ``lines``
    as ``decided`` made them. Keys are sorted: the same in whatever order it has been kept."""
    told = [{"number": number, "revision": revision, "currency": currency, "lines": list(lines)}]
    found: list[Any] = orjson.loads(orjson.dumps(orjson.loads(to_json(told)), option=orjson.OPT_SORT_KEYS))
    return found


def digest(content: Sequence[Any]) -> str:
    """The SHA-256, in hexadecimal, of what was decided on."""
    return hashlib.sha256(to_json(content)).hexdigest()


def approvals(work: Work, job_id: UUID, page: int, per_page: int) -> Page:
    """Every decision on a job, the latest first. Raises NotFound."""
    there, found, counted = work.read(jobs.EXISTS(id=job_id), *_APPROVALS(page, per_page, id=job_id))
    if not there:
        raise NotFound(f"Job {job_id} does not exist")
    return Page(found, counted[0]["total"])


def _chosen(rows: Sequence[Any], ids: Sequence[UUID] | None, others: Sequence[UUID] | None, field: str) -> list[Any]:
    """The rows that are meant: those named; where neither lines nor parts are named, all."""
    if ids is None:
        return list(rows) if others is None else []
    known = {row["id"]: row for row in rows}
    strange = [identity for identity in ids if identity not in known]
    if strange:
        raise Invalid([{"field": field, "message": f"{strange[0]} is no proposed work of this job"}])
    return [known[identity] for identity in dict.fromkeys(ids)]
