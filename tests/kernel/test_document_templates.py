"""How a workspace wants its documents, and the preview of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from jemeti_platform.documents.catalogue import catalogue_of
from jemeti_platform.testing.round_trips import count_round_trips

BUILT_IN = ("invoice", "delivery_challan", "gate_pass", "receipt", "payslip")
ROOT = "/v1/document-templates"


def test_every_type_is_listed_with_its_defaults(api):
    rows = {row["type"]: row for row in api.get(ROOT).data}
    assert set(BUILT_IN) <= rows.keys()
    invoice = rows["invoice"]
    assert (invoice["size"], invoice["font"], invoice["text_size"], invoice["changed"]) == ("a4", "noto_sans", 10, [])
    assert invoice["sections"] == [section["name"] for section in invoice["available_sections"]]
    assert "roll_80" in rows["receipt"]["sizes"]
    assert "roll_80" not in invoice["sizes"]


def test_the_brand_colour_is_the_default_until_a_type_has_its_own(api):
    api.patch("/v1/workspace", {"brand_colour": "#7a1f3d"})
    assert api.get(f"{ROOT}/invoice").data["colour"] == "#7a1f3d"
    api.patch(f"{ROOT}/invoice", {"colour": "#0f6b5c"})
    assert api.get(f"{ROOT}/invoice").data["colour"] == "#0f6b5c"
    assert api.get(f"{ROOT}/receipt").data["colour"] == "#7a1f3d"


def test_null_takes_one_setting_back_and_delete_takes_all(api):
    api.patch(f"{ROOT}/invoice", {"title": "Tax invoice", "footer": "Thank you", "text_size": 9})
    shown = api.patch(f"{ROOT}/invoice", {"title": None}).data
    assert (shown["title"], shown["footer"], shown["changed"]) == ("Invoice", "Thank you", ["text_size", "footer"])
    api.delete(f"{ROOT}/invoice", expect=204)
    assert api.get(f"{ROOT}/invoice").data["changed"] == []
    api.delete(f"{ROOT}/invoice", expect=204)


def test_the_title_follows_the_language(api):
    assert api.patch(f"{ROOT}/invoice", {"locale": "de-DE"}).data["title"] == "Rechnung"
    assert api.patch(f"{ROOT}/invoice", {"locale": "bn"}).data["title"] == "চালানপত্র"


def test_who_has_not_seen_the_last_change_does_not_undo_it(api):
    first = api.get(f"{ROOT}/invoice").headers["ETag"]
    api.patch(f"{ROOT}/invoice", {"footer": "One"}, headers={"If-Match": first})
    refused = api.patch(f"{ROOT}/invoice", {"footer": "Two"}, headers={"If-Match": first}, expect=412)
    assert refused.error["details"]["current"]["footer"] == "One"
    api.delete(f"{ROOT}/invoice", headers={"If-Match": first}, expect=412)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "green"}, "colour"),
        ({"font": "Comic Sans"}, "font"),
        ({"size": "roll_80"}, "size"),
        ({"size": "a0"}, "size"),
        ({"text_size": 40}, "text_size"),
        ({"locale": "fr-FR"}, "locale"),
        ({"sections": ["parties", "lines"]}, "sections"),
        ({"sections": ["parties", "lines", "totals", "horoscope"]}, "sections.3"),
        ({"sections": ["parties", "lines", "totals", "lines"]}, "sections.3"),
        ({"terms": "x" * 5001}, "terms"),
        ({"template": "#eval"}, "template"),
    ],
)
def test_what_cannot_be_printed_is_refused_by_name(api, change, field):
    reply = api.patch(f"{ROOT}/invoice", change, expect=400)
    assert [problem["field"] for problem in reply.error["details"]] == [field]
    assert api.post(f"{ROOT}/invoice/preview", change, expect=400).error["details"] == reply.error["details"]
    assert api.get(f"{ROOT}/invoice").data["changed"] == []


def test_a_type_that_is_not_there_is_404(api):
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/preview"), ("POST", "/preview")):
        body = {} if method in ("PATCH", "POST") else None
        api.request(method, f"{ROOT}/horoscope{path}", body, expect=404)


@pytest.mark.parametrize("kind", BUILT_IN)
def test_the_preview_is_a_pdf_shown_in_the_browser(api, kind):
    reply = api.get(f"{ROOT}/{kind}/preview")
    assert reply.body.startswith(b"%PDF-1.")
    assert reply.headers["Content-Type"] == "application/pdf"
    assert reply.headers["Content-Disposition"] == f'inline; filename="{kind}-sample.pdf"'
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]


def test_a_preview_shows_what_is_not_saved_and_saves_nothing(api):
    before = api.get(f"{ROOT}/receipt/preview").body
    tried = api.post(f"{ROOT}/receipt/preview", {"size": "roll_80", "locale": "bn", "colour": "#aa0000"}).body
    assert tried.startswith(b"%PDF")
    assert tried != before
    assert api.get(f"{ROOT}/receipt").data["changed"] == []
    assert api.get(f"{ROOT}/receipt/preview").body == before
    saved = api.patch(f"{ROOT}/receipt", {"size": "roll_80", "locale": "bn", "colour": "#aa0000"})
    assert saved.status == 200
    assert api.get(f"{ROOT}/receipt/preview").body == tried


def test_a_preview_in_another_language(api):
    arabic = api.get(f"{ROOT}/invoice/preview", params={"locale": "ar-SA"}).body
    assert arabic != api.get(f"{ROOT}/invoice/preview").body
    api.get(f"{ROOT}/invoice/preview", params={"locale": "klingon"}, expect=400)


def test_reading_and_changing_are_two_rights(api):
    reader = api.as_one_who_may("documents:read")
    reader.get(ROOT)
    reader.get(f"{ROOT}/invoice/preview")
    reader.patch(f"{ROOT}/invoice", {"footer": "x"}, expect=403)
    reader.post(f"{ROOT}/invoice/preview", {}, expect=403)
    reader.delete(f"{ROOT}/invoice", expect=403)
    api.as_role("mechanic").get(ROOT, expect=403)


def test_reading_costs_one_round_trip(api, platform):
    api.get(ROOT)
    for path in (ROOT, f"{ROOT}/invoice", f"{ROOT}/invoice/preview"):
        with count_round_trips(platform) as counted:
            api.get(path)
        assert counted.count == 1, path


def test_settings_stay_in_their_workspace(api, api_of, other_tenant):
    api.patch(f"{ROOT}/invoice", {"footer": "Ours alone"})
    assert api_of(other_tenant).get(f"{ROOT}/invoice").data["footer"] is None


def test_every_declared_document_renders_its_samples_in_every_language(api, platform):
    kinds = catalogue_of(platform)
    assert len(kinds) >= len(BUILT_IN)
    for name, kind in kinds.items():
        for locale in ("en", "bn-BD", "ar-SA", "de-DE"):
            for size in kind.document.sizes:
                reply = api.post(f"{ROOT}/{name}/preview", {"locale": locale, "size": size})
                assert reply.body.startswith(b"%PDF"), (name, locale, size)


@pytest.mark.parametrize("begun", [False, True], ids=["the first settings", "settings that are there"])
def test_of_many_who_change_what_they_saw_one_succeeds(api, begun):
    if begun:
        api.patch(f"{ROOT}/invoice", {"footer": "Before"})
    seen = api.get(f"{ROOT}/invoice").headers["ETag"]

    def change(n: int) -> int:
        return api.patch(f"{ROOT}/invoice", {"footer": f"By {n}"}, headers={"If-Match": seen}, anything=True).status

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(change, range(6)))
    assert sorted(statuses) == [200, 412, 412, 412, 412, 412]
