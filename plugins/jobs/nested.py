"""What belongs to a job and has paths below it: lines, parts, notes, images, milestones, checks. One way for all.

Whatever changes one locks the job first, so that its totals and states are decided on what holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.paged import Page
from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.errors import NotFound
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.paged import PageQuery, answer_of
from jemeti_platform.rest.preconditions import check_version, merged, wanted_versions
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.resource import Resource
from jemeti_platform.rest.service import Service
from jemeti_platform.work import Work

from . import jobs

__all__ = ["Nested"]

Fill = Callable[[Work, Row, dict[str, Any], Row | None], Mapping[str, Any]]


def _as_given(work: Work, job: Row, values: dict[str, Any], record: Row | None) -> Mapping[str, Any]:
    return values


@dataclass(frozen=True, slots=True)
class Nested:
    """Records of a job at ``/jobs/{id}/<word>``. ``resource`` says what they are made of; it has no path of its own.

    ``fill`` completes and checks the values of a new one, or the changes of one that is there; ``settle`` is called
    after every change with the locked job, ``spare`` before one is deleted. ``adding`` are the states of the job in
    which one may be added, where that is not as long as anything of it changes.
    """

    resource: Resource
    word: str
    add: str
    change: str | None = None
    deletable: bool = False
    fill: Fill = _as_given
    settle: Callable[[Work, Row], None] | None = None
    spare: Callable[[Row], None] | None = None
    adding: tuple[str, ...] | None = None

    @property
    def parameter(self) -> str:
        return f"{self.word.removesuffix('s')}_id"

    @property
    def path(self) -> str:
        return f"/jobs/{{id}}/{self.word}"

    def services(self) -> list[Service]:
        """The services of the list and of one of them."""
        resource, title = self.resource, self.resource.title
        many = Service(resource.name, self.path, resource.feature, resource.description, tag=resource.name)
        many.add(
            "GET", self.on_list, permission=resource.read, query=PageQuery, answer=resource.answer_schema, many=True,
            errors=(404,), summary=f"List: every {title} of a job",
        )  # fmt: skip
        many.add(
            "POST", self.on_create, permission=self.add, body=resource.schema, answer=resource.answer_schema,
            status=201, errors=(404, 409), summary=f"Add: {title} of a job",
        )  # fmt: skip
        one = Service(
            f"{resource.name}.record", f"{self.path}/{{{self.parameter}}}", resource.feature, tag=resource.name
        )
        one.add(
            "GET", self.on_get, permission=resource.read, answer=resource.answer_schema, errors=(404,),
            summary=f"Read: {title} of a job",
        )  # fmt: skip
        if self.change is not None:
            one.add(
                "PATCH", self.on_change, permission=self.change, body=resource.change or resource.schema, patch=True,
                answer=resource.answer_schema, errors=(404, 409, 412), summary=f"Change: {title} of a job",
            )  # fmt: skip
        if self.deletable:
            one.add(
                "DELETE", self.on_delete, permission=self.add, status=204, errors=(404, 409, 412),
                summary=f"Delete: {title} of a job",
            )  # fmt: skip
        return [many, one]

    def on_list(self, request: Any) -> Answer:
        job_id, query = path_id(request), request.query
        page, count = self.resource.listing.statements({**query, "job_id": [job_id]})
        assert count is not None
        there, rows, counted = request.work.read(jobs.EXISTS(id=job_id), page, count)
        if not there:
            raise NotFound(f"Job {job_id} does not exist")
        return answer_of(query, Page(rows, counted[0]["total"]))

    def on_get(self, request: Any) -> Answer:
        identity = path_id(request, self.parameter)
        (rows,) = request.work.read(self.resource.plain_get(id=identity))
        if not rows or rows[0]["job_id"] != path_id(request):
            raise self.resource.missing(identity)
        return self.resource.answer(rows[0])

    def on_create(self, request: Any) -> Answer:
        work, identity = request.work, uuid7()
        job = jobs.locked(work, path_id(request), self.adding)
        values = self.fill(work, job, request.validated, None)
        work.queue(insert_row(self.resource.model, identity, {"job_id": job["id"], **values}))
        answer = self._settled(work, job, identity)
        answer.status, answer.location = 201, f"/v1/jobs/{job['id']}/{self.word}/{identity}"
        return answer

    def on_change(self, request: Any) -> Answer:
        work, changes = request.work, request.validated
        job, record = self._both(request)
        resource = self.resource
        check_version(wanted_versions(request), record["version"], resource.answer(dict(record)))
        if not changes:
            return resource.answer(record)
        if resource.rules is not None:
            resource.rules(merged(record, changes), request.schema_context)
        changes = self.fill(work, job, changes, record)
        work.queue(update_row(resource.model, record["id"], changes))
        return self._settled(work, job, record["id"])

    def on_delete(self, request: Any) -> None:
        work = request.work
        job, record = self._both(request)
        resource = self.resource
        check_version(wanted_versions(request), record["version"], resource.answer(dict(record)))
        if self.spare is not None:
            self.spare(record)
        work.write(resource.plain_delete(id=record["id"]))
        if self.settle is not None:
            self.settle(work, job)

    def _both(self, request: Any) -> tuple[Row, Row]:
        """The job and the record, both locked. Raises NotFound, and Conflict where the job does not change any more."""
        work, identity = request.work, path_id(request, self.parameter)
        job = jobs.locked(work, path_id(request))
        record = self.resource.locked(work, identity)
        if record["job_id"] != job["id"]:
            raise self.resource.missing(identity)
        return job, record

    def _settled(self, work: Work, job: Row, identity: Any) -> Answer:
        if self.settle is not None:
            self.settle(work, job)
        (rows,) = work.write(self.resource.plain_get(id=identity))
        return self.resource.answer(rows[0])
