"""What has a verb in its name: deciding on lines, revising, amending; and the approval records."""

from __future__ import annotations

from typing import Any

from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.statement import Statement
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.paged import PageQuery, answer_of
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import Service

from . import quotations
from .decisions import decide
from .quotation_resources import QUOTATIONS
from .quotation_schemas import APPROVAL, AmendmentSchema, DecisionsSchema

__all__ = ["ALL"]

_FEATURE = "jobs.quotations"
_EXISTS = Statement("SELECT true AS there FROM jobs_quotations WHERE id = %(id)s")
_APPROVALS = Paged(
    "SELECT id, subject_type, revision, content_hash, decisions, name, channel, note, actor_kind, actor_id, actor_name,"
    " address, decided_at FROM jobs_approvals WHERE subject_id = %(id)s AND subject_type <> 'job'",
    "id DESC",
)

decisions = Service("jobs.quotations.decisions", "/jobs/quotations/{id}/decisions", _FEATURE, "Deciding on its lines")
revisions = Service("jobs.quotations.revisions", "/jobs/quotations/{id}/revisions", _FEATURE, "The next revision")
amendments = Service("jobs.quotations.amendments", "/jobs/quotations/{id}/amendments", _FEATURE, "Change orders to it")

ALL = (decisions, revisions, amendments)


@decisions.get(permission="jobs.quotations:read", query=PageQuery, answer=APPROVAL, many=True, errors=(404,))
def list_decisions(request: Any) -> Answer:
    """The approval records of this quotation, newest first: what exactly was decided by whom, when, and how."""
    identity, query = path_id(request), request.query
    there, rows, counted = request.work.read(
        _EXISTS(id=identity), *_APPROVALS(query["page"], query["per_page"], id=identity)
    )
    if not there:
        raise QUOTATIONS.missing(identity)
    return answer_of(query, Page(rows, counted[0]["total"]))


@decisions.post(
    permission="jobs.quotations:decide", body=DecisionsSchema, answer=QUOTATIONS.answer_schema, errors=(404, 409)
)
def decide_on_lines(request: Any) -> Answer:
    """Write down what the customer has decided on lines of this quotation; answers the quotation.

    What is approved becomes part of the job, what is declined is kept as declined work of the vehicle. Each line is
    decided on once.
    """
    identity, wish = path_id(request), request.validated
    decide(
        request.work,
        identity,
        wish["decisions"],
        name=wish["name"],
        channel=wish["channel"],
        note=wish["note"],
    )
    return QUOTATIONS.present(request.work, identity)


@revisions.post(permission="jobs.quotations:write", answer=QUOTATIONS.answer_schema, status=201, errors=(404, 409))
def revise_quotation(request: Any) -> Answer:
    """Make the next revision of this quotation, a draft of the lines that are not decided on; it replaces this one."""
    return _made(request, quotations.revise(request.work, path_id(request)))


@amendments.get(
    permission="jobs.quotations:read", query=PageQuery, answer=QUOTATIONS.answer_schema, many=True, errors=(404,)
)
def list_amendments(request: Any) -> Answer:
    """The amendments to this quotation, newest first; each is read, sent and decided on as a quotation is."""
    identity, query = path_id(request), request.query
    page, count = QUOTATIONS.listing.statements({**query, "amends_id": [identity]})
    assert count is not None
    there, rows, counted = request.work.read(_EXISTS(id=identity), page, count)
    if not there:
        raise QUOTATIONS.missing(identity)
    return answer_of(query, Page(rows, counted[0]["total"]))


@amendments.post(
    permission="jobs.quotations:write",
    body=AmendmentSchema,
    answer=QUOTATIONS.answer_schema,
    status=201,
    errors=(404, 409),
)
def amend_quotation(request: Any) -> Answer:
    """Write an amendment to this quotation, of which something must be approved. What it adds is decided on like it."""
    return _made(request, quotations.amend(request.work, path_id(request), request.validated))


def _made(request: Any, identity: Any) -> Answer:
    answer = QUOTATIONS.present(request.work, identity)
    answer.status, answer.location = 201, f"/v1/jobs/quotations/{identity}"
    return answer
