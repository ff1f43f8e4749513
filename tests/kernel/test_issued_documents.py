"""A document is rendered once, when it is issued; what is shown later are those bytes, or an error."""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pypdf
import pytest
from PIL import Image
from structlog.testing import capture_logs

from jemeti_platform.db.refusals import refusal_of
from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import Issued, issue
from jemeti_platform.documents.catalogue import catalogue_of
from jemeti_platform.documents.issuing import key_of_document
from jemeti_platform.documents.rendering import Renderer
from jemeti_platform.documents.sweep import sweep
from jemeti_platform.errors import Conflict
from jemeti_platform.files.storage import Storage
from jemeti_platform.testing.round_trips import count_round_trips

DIE = Statement("SELECT pg_terminate_backend(pg_backend_pid())")()
DATA: dict[str, Any] = {
    "date": date(2026, 3, 4),
    "customer": {"name": "Rahim Uddin"},
    "lines": [{"description": "Brake pads", "quantity": Decimal(2), "amount": Decimal("1250.00")}],
    "totals": {"total": Decimal("1250.00")},
}


def issue_in(workspace: Any, number: str = "INV-2026-00001", kind: str = "invoice", **more: Any) -> Issued:
    given = {"subject_type": "billing.invoice", "subject_id": uuid4(), **more}
    with workspace.work() as work:
        return issue(work, kind, given.pop("data", DATA), number=number, **given)


def pictures_in(content: bytes) -> int:
    """The pictures made of pixels; a QR code is made of squares."""
    return sum(len(page.images) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def bytes_of(workspace: Any, issued: Issued) -> bytes:
    return workspace.platform.part(Storage).get(key_of_document(workspace.id, issued.id))


def test_it_is_kept_with_its_sha256_and_shown_by_it(api, tenant):
    issued = issue_in(tenant)
    shown = api.get(f"/v1/documents/{issued.id}").data
    assert (shown["type"], shown["number"], shown["title"]) == ("invoice", "INV-2026-00001", "Invoice")
    assert (shown["subject_type"], shown["subject_id"]) == ("billing.invoice", str(issued.subject_id))
    assert shown["issued_by"] is None
    reply = api.get(f"/v1/documents/{issued.id}/pdf")
    assert reply.headers["ETag"] == f'"{issued.sha256}"'
    assert reply.headers["Content-Disposition"] == 'inline; filename="INV-2026-00001.pdf"'
    assert "immutable" in reply.headers["Cache-Control"]
    assert hashlib.sha256(reply.body).hexdigest() == issued.sha256 == shown["sha256"]
    assert len(reply.body) == issued.size == shown["size"]


def test_later_settings_change_later_documents_only(api, tenant):
    first = issue_in(tenant)
    before = api.get(f"/v1/documents/{first.id}/pdf").body
    api.patch("/v1/document-templates/invoice", {"colour": "#aa0000", "locale": "bn", "footer": "New"})
    api.patch("/v1/workspace", {"name": "Another name"})
    assert api.get(f"/v1/documents/{first.id}/pdf").body == before
    assert issue_in(tenant, "INV-2026-00002").title == "চালানপত্র"


def test_the_language_of_one_document_is_its_own(tenant):
    issued = issue_in(tenant, locale="ar-SA")
    assert (issued.locale, issued.title) == ("ar-SA", "فاتورة")


def test_who_has_it_is_not_sent_it_again(api, tenant):
    issued = issue_in(tenant)
    reply = api.get(f"/v1/documents/{issued.id}/pdf", headers={"If-None-Match": f'"{issued.sha256}"'}, expect=304)
    assert reply.body == b""


def test_reading_renders_nothing(api, tenant, platform, monkeypatch):
    issued = issue_in(tenant)
    monkeypatch.delattr(Renderer, "render")
    with count_round_trips(platform) as counted:
        assert api.get(f"/v1/documents/{issued.id}/pdf").body.startswith(b"%PDF")
    assert counted.count == 1


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_damaged_bytes_are_an_alarm_and_never_rendered_anew(api, app, tenant, damage):
    issued = issue_in(tenant)
    storage, key = tenant.platform.part(Storage), key_of_document(tenant.id, issued.id)
    if damage == "changed":
        storage.put(key, bytes_of(tenant, issued).replace(b"%PDF-1.7", b"%PDF-1.8"), "application/pdf")
    else:
        storage.delete(key)
    counter = app.registry.damaged_documents
    before = counter._value.get()
    with capture_logs() as lines:
        reply = api.get(f"/v1/documents/{issued.id}/pdf", expect=500)
    assert reply.error["code"] == "internal_error"
    assert counter._value.get() == before + 1
    (line,) = [line for line in lines if line.get("object") == key]
    assert line["log_level"] == "error"
    assert line["issued"] == issued.sha256
    assert api.get("/metrics").text.count("jemeti_damaged_documents_total") >= 1


def test_the_same_number_is_not_issued_twice(tenant):
    issue_in(tenant)
    with pytest.raises(psycopg.errors.UniqueViolation) as refused:
        issue_in(tenant)
    assert isinstance(refusal_of(refused.value), Conflict)
    issue_in(tenant, "INV-2026-00001", "receipt")


class _ChangedMyMind(Exception):
    pass


def test_undone_means_that_no_bytes_stay(tenant):
    storage = tenant.platform.part(Storage)
    kept = {one.key for one in storage.list(str(tenant.id))}
    with contextlib.suppress(_ChangedMyMind), tenant.work() as work:
        issue(work, "invoice", DATA, number="INV-1", subject_type="x", subject_id=uuid4())
        assert {one.key for one in storage.list(str(tenant.id))} - kept
        raise _ChangedMyMind
    assert {one.key for one in storage.list(str(tenant.id))} == kept


def test_bytes_stay_where_nobody_knows_whether_the_commit_was_done(tenant):
    storage = tenant.platform.part(Storage)
    kept = {one.key for one in storage.list(str(tenant.id))}
    with contextlib.suppress(psycopg.OperationalError), tenant.work() as work:
        issue(work, "invoice", DATA, number="INV-1", subject_type="x", subject_id=uuid4())
        work.queue(DIE)
    (left,) = {one.key for one in storage.list(str(tenant.id))} - kept
    with tenant.work() as work:
        assert sweep(work) == 0  # it is young: its row may be on its way
        assert sweep(work, hours=0) == 1
    assert not storage.exists(left)


def test_the_sweep_leaves_what_was_issued(api, tenant):
    issued = issue_in(tenant)
    with tenant.work() as work:
        assert sweep(work, hours=0) == 0
    assert api.get(f"/v1/documents/{issued.id}/pdf").body == bytes_of(tenant, issued)


def test_the_workspaces_logo_is_printed(api, tenant):
    plain = issue_in(tenant, "INV-2026-00001")
    assert pictures_in(bytes_of(tenant, plain)) == 0
    out = io.BytesIO()
    Image.new("RGB", (200, 100), "#7a1f3d").save(out, "PNG")
    logo = api.upload("/v1/files", out.getvalue(), "logo.png").data["id"]
    api.patch("/v1/workspace", {"logo_file_id": logo})
    assert pictures_in(bytes_of(tenant, issue_in(tenant, "INV-2026-00002"))) == 1
    assert pictures_in(api.get("/v1/document-templates/receipt/preview").body) == 1
    assert pictures_in(api.get(f"/v1/documents/{plain.id}/pdf").body) == 0


def test_an_export_holds_the_very_bytes_and_an_erasure_leaves_none(api, tenant):
    issued = issue_in(tenant)
    where, admin, whole = f"/platform/tenants/{tenant.slug}", api.platform, bytes_of(tenant, issued)
    with zipfile.ZipFile(io.BytesIO(admin.post(f"{where}/export", {}).body)) as book:
        assert book.read(f"documents/{issued.id}") == whole
        assert issued.sha256.encode() in book.read("issued_documents.jsonl")
    admin.post(f"{where}/close", {"reason": "leaving"})
    admin.post(f"{where}/erase", {"confirm": tenant.slug, "reason": "leaving"})
    assert list(tenant.platform.part(Storage).list(str(tenant.id))) == []


def test_the_application_can_neither_change_nor_delete_what_was_issued(tenant, database):
    issued = issue_in(tenant)
    with database.connect("jemeti_app") as connection:
        for statement in (
            "UPDATE issued_documents SET sha256 = repeat('0', 64) WHERE id = %s",
            "DELETE FROM issued_documents WHERE id = %s",
        ):
            with connection.transaction(force_rollback=True):
                connection.execute("SELECT jemeti.enter(%s, NULL)", [tenant.id])
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement, [issued.id])


def test_issuing_costs_one_round_trip(tenant, platform):
    """The settings are read; the row goes with COMMIT."""
    issue_in(tenant)
    with count_round_trips(platform) as nothing, tenant.work() as work:
        work.read()
    with count_round_trips(platform) as counted:
        issue_in(tenant, "INV-2026-00002")
    assert counted.count == nothing.count + 1


def test_data_that_the_schema_refuses_is_the_callers_fault(work):
    for name, data, words in (
        ("horoscope", DATA, "no document 'horoscope' is declared"),
        ("invoice", {**DATA, "totals": {}}, "totals.total: Required"),
        ("invoice", {**DATA, "stars": "good"}, "stars: Unknown field"),
    ):
        with pytest.raises(ValueError, match=words):
            issue(work, name, data, number="1", subject_type="x", subject_id=uuid4())


def test_documents_are_found_by_what_they_are_about(api, tenant):
    subject = uuid4()
    one = issue_in(tenant, "INV-2026-00001", subject_id=subject)
    issue_in(tenant, "INV-2026-00002")
    issue_in(tenant, "RCT-2026-00001", "receipt", subject_id=subject)

    def found(**filters: Any) -> set[str]:
        return {row["number"] for row in api.get("/v1/documents", params=filters).data}

    assert found(subject_id=subject) == {"INV-2026-00001", "RCT-2026-00001"}
    assert found(subject_id=subject, type="invoice") == {"INV-2026-00001"}
    assert found(number="INV-2026-00002") == {"INV-2026-00002"}
    assert found(**{"issued_at.gt": one.issued_at.isoformat()}) == {"INV-2026-00002", "RCT-2026-00001"}


def test_payslips_are_for_those_who_may_see_payslips(api, tenant, platform):
    sample = catalogue_of(platform)["payslip"].sample("en")
    issued = issue_in(tenant, "PSL-2026-00001", "payslip", data=sample)
    clerk = api.as_one_who_may("documents:read")
    refused = clerk.get(f"/v1/documents/{issued.id}/pdf", expect=403)
    assert refused.error["details"] == {"permission": "payslips:read"}
    api.as_one_who_may("documents:read", "payslips:read").get(f"/v1/documents/{issued.id}/pdf")


def test_another_workspace_sees_nothing_of_it(api_of, tenant, other_tenant):
    issued = issue_in(tenant)
    stranger = api_of(other_tenant)
    unknown = UUID("0193597a-6c00-7d3b-9f21-5b6c7d8e9f01")
    for path in ("", "/pdf"):
        theirs = stranger.get(f"/v1/documents/{issued.id}{path}", expect=404)
        nobodys = stranger.get(f"/v1/documents/{unknown}{path}", expect=404)
        assert theirs.error["message"].replace(str(issued.id), "") == nobodys.error["message"].replace(str(unknown), "")
    assert stranger.get("/v1/documents").data == []
