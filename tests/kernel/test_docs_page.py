"""The reference that people read shows every operation, and lets nothing in from elsewhere."""

import re
from html.parser import HTMLParser

import orjson
import pytest


class Page(HTMLParser):
    """What a page links to, loads, names and says."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loaded, self.ids, self.words, self.inline = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a":
            self.links.append(given["href"])
        self.loaded += [given[name] for name in ("src",) if name in given]
        if tag == "link":
            self.loaded.append(given["href"])
        if "id" in given:
            self.ids.append(given["id"])
        self.inline += [name for name in given if name == "style" or name.startswith("on")]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def page(api):
    """A page as a browser gets it."""

    def load(path):
        reply = api.anonymous.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
        return Page(reply.text)

    return load


@pytest.fixture(scope="module")
def document(app):
    return app.registry.published.whole.document


def chapters(document):
    return [group["key"] for group in document["x-tagGroups"]]


def test_every_operation_has_its_place_in_a_chapter_and_in_the_overview(page, document):
    overview = page("/docs")
    for group in document["x-tagGroups"]:
        chapter = page(f"/docs/{group['key']}")
        wanted = [
            operation["operationId"]
            for item in document["paths"].values()
            for method, operation in item.items()
            if method != "parameters" and operation["tags"][0] in group["tags"]
        ]
        assert set(wanted) <= set(chapter.ids)
        assert {f"/docs/{group['key']}#{one}" for one in wanted} <= set(overview.links)


def test_no_link_within_the_reference_leads_nowhere(page, document):
    pages = {path: page(path) for path in ("/docs", *(f"/docs/{key}" for key in chapters(document)))}
    for path, one in pages.items():
        assert len(one.ids) == len(set(one.ids)), path
        for link in one.links:
            target, _, anchor = link.partition("#")
            target = target or path
            if target.startswith("/docs"):
                assert target in pages, f"{path} links to {link}"
                assert not anchor or anchor in pages[target].ids, f"{path} links to {link}"


def test_an_operation_shows_permission_feature_body_example_and_errors(page):
    text = " ".join(" ".join(page("/docs/crm").words).split())
    assert "crm.customers:write" in text
    assert "/v1/crm/customers/{id}" in text
    assert "409 conflict" in text
    assert "application/merge-patch+json" in text


def test_the_curl_lines_name_the_server_as_the_reader_does(api):
    reply = api.anonymous.at("demo.localhost:6543").get("/docs/crm")
    assert 'curl "http://demo.localhost:6543/v1/crm/customers"' in reply.text.replace("&#34;", '"')
    assert "@@" not in reply.text


def test_a_host_that_is_not_ours_is_never_printed(api):
    assert "evil" not in api.anonymous.at("evil.example").get("/docs", expect=404).text
    assert "<script>x" not in api.anonymous.at("demo.localhost:1<script>x").get("/docs", anything=True).text


def test_everything_a_page_loads_is_its_own_and_may_be_kept(api, page):
    loaded = page("/docs").loaded
    assert loaded
    for path in loaded:
        assert re.fullmatch(r"/docs/assets/[a-z]+-[0-9a-f]{12}\.(css|js|svg)", path)
        reply = api.anonymous.get(path, headers={"Accept": "*/*"})
        assert "immutable" in reply.headers["Cache-Control"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "//" not in re.sub(r"https?://www\.w3\.org/\S+|^// .*$", "", reply.text, flags=re.MULTILINE)
    api.anonymous.get("/docs/assets/style-000000000000.css", expect=404)
    api.anonymous.get("/docs/assets/..%2fpages.py", expect=404)


def test_the_browser_is_told_to_let_nothing_in(api, page):
    for path in ("/", "/docs", "/docs/kernel"):
        policy = api.anonymous.get(path).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert page(path).inline == []


def test_the_index_leads_on(page):
    assert {"/docs", "/v1/openapi.json", "/readyz"} <= set(page("/").links)


def test_a_page_that_has_not_changed_is_not_sent_again(api):
    etag = api.anonymous.get("/docs").headers["ETag"]
    assert api.anonymous.get("/docs", headers={"If-None-Match": etag}, expect=304).body == b""


def test_an_unknown_chapter_is_404_in_the_usual_shape(api):
    assert api.anonymous.get("/docs/nowhere", expect=404).error["code"] == "not_found"


def test_what_the_document_says_is_text_and_never_markup(app):
    from jemeti_platform.rest.docs_page.pages import Assets, Pages

    text = orjson.dumps(app.registry.published.whole.document).decode()
    spoiled = orjson.loads(text.replace("Health, metrics", "<script>alert(1)</script>"))
    page = Pages(spoiled, Assets())
    assert "<script>alert" not in page.overview("") + page.chapter("kernel", "")
    assert "&lt;script&gt;alert" in page.chapter("kernel", "")
