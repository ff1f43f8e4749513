"""Real answers are what the OpenAPI document says they are."""

from urllib.parse import urlencode

import pytest

from jemeti_platform.rest.conformance import Conformance

ID = "0193597a-6c00-7d3b-9f21-5b6c7d8e9f01"
CUSTOMERS = "/v1/crm/customers"


@pytest.fixture(scope="module")
def conformance(app):
    return Conformance(app.registry.published.whole.document)


@pytest.fixture
def ask(api, conformance):
    """Send a request and hold its answer against the document."""

    def ask(method, path, body=None, *, expect=None, client=api, **more):
        reply = client.request(method, path, body, expect=expect, **more)
        conformance.check(method, path, reply.status, reply.headers, reply.body)
        return reply

    return ask


def test_a_customers_life(ask):
    made = ask("POST", CUSTOMERS, {"name": "Rahim Ahmed", "phone": "+8801712345678"}, expect=201)
    path = f"{CUSTOMERS}/{made.data['id']}"
    read = ask("GET", path)
    ask("GET", path, headers={"If-None-Match": read.headers["ETag"]}, expect=304)
    ask("GET", f"{path}?fields=id,name")
    ask("PATCH", path, {"notes": "Prefers a call"})
    ask("PATCH", path, {"notes": None}, headers={"If-Match": read.headers["ETag"]}, expect=412)
    ask("POST", f"{CUSTOMERS}?dry_run=true", {"name": "Nobody"}, expect=201)


def test_a_vehicles_life(ask):
    owner = ask("POST", CUSTOMERS, {"name": "Rahim Ahmed"}, expect=201).data["id"]
    made = ask("POST", "/v1/vehicles/customer", {"customer_id": owner, "plate": "DHAKA-11-2222"}, expect=201)
    path = f"/v1/vehicles/customer/{made.data['id']}"
    ask("POST", f"{path}/odometer", {"reading_km": 48250}, expect=201)
    for part in ("", "?expand=customer", "/odometer", "/history"):
        ask("GET", path + part)
    ask("GET", f"{CUSTOMERS}/{owner}/timeline")


def test_lists_in_every_form(ask):
    for n in range(3):
        ask("POST", CUSTOMERS, {"name": f"Customer {n}"}, expect=201)
    assert ask("GET", f"{CUSTOMERS}?per_page=2").meta["total_pages"] == 2
    assert ask("GET", f"{CUSTOMERS}?cursor=&per_page=2").meta["next_cursor"]
    assert "total" not in ask("GET", f"{CUSTOMERS}?count=none").meta
    ask("GET", f"{CUSTOMERS}?page=9")
    ask("GET", CUSTOMERS, headers={"Accept": "text/csv"})


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", CUSTOMERS, {}, 400),
        ("POST", CUSTOMERS, {"name": "A", "nmae": "B"}, 400),
        ("POST", CUSTOMERS, b"[1", 400),
        ("GET", f"{CUSTOMERS}?colour=red", None, 400),
        ("GET", "/v1/vehicles/customer?year.gte=99999999999", None, 400),
        ("GET", f"{CUSTOMERS}/{ID}", None, 404),
        ("GET", f"{CUSTOMERS}/no-uuid", None, 404),
        ("PATCH", f"{CUSTOMERS}/{ID}", {"name": "A"}, 404),
        ("DELETE", CUSTOMERS, None, 405),
        ("GET", "/v1/nowhere", None, 404),
    ],
)
def test_refusals(ask, method, path, body, status):
    ask(method, path, body, expect=status)


def test_refusals_of_who_asks_and_how(ask, api, tenant):
    ask("GET", CUSTOMERS, client=api.anonymous, expect=401)
    ask("POST", CUSTOMERS, {"name": "A"}, client=api.as_role("viewer"), expect=403)
    ask("GET", CUSTOMERS, headers={"Accept": "image/png"}, expect=406)
    ask("POST", CUSTOMERS, b"name=A", content_type="application/x-www-form-urlencoded", expect=415)
    tenant.set_feature("crm.customers", "off")
    ask("GET", CUSTOMERS, expect=402)


def test_a_duplicate_is_a_conflict(ask):
    ask("POST", CUSTOMERS, {"name": "A", "email": "twice@example.com"}, expect=201)
    assert ask("POST", CUSTOMERS, {"name": "B", "email": "twice@example.com"}, expect=409).error["details"]["reason"]


def test_the_kernels_own_reads(ask, app):
    """Every GET of the kernel without an id in its path, as the owner."""
    for path, item in app.registry.published.whole.document["paths"].items():
        if "get" in item and "{" not in path and item["get"]["x-plugin"] == "kernel" and path.startswith("/v1/"):
            needed = {
                p["name"]: p["schema"]["examples"][0] for p in item["get"].get("parameters", ()) if p.get("required")
            }
            ask("GET", path + (f"?{urlencode(needed)}" if needed else ""))


def test_the_administrators_reads(ask, api, app):
    for path, item in app.registry.published.whole.document["paths"].items():
        if "get" in item and "{" not in path and path.startswith("/platform/"):
            ask("GET", path, client=api.platform)


def test_a_wrong_answer_is_found(conformance):
    good = {"X-Request-Id": "12345678", "Content-Type": "application/json"}
    found = conformance.problems("GET", "/healthz", 200, good, b'{"data": {"status": "ok", "more": 1}}')
    assert found
    assert "more" in found[0]
    assert conformance.problems(
        "GET", "/healthz", 200, {"Content-Type": "application/json"}, b'{"data": {"status": "ok"}}'
    ) == ["X-Request-Id is missing"]
    (wrong,) = conformance.problems("GET", "/healthz", 418, good, b"")
    assert wrong.startswith("the status 418 is not documented; 200, ")
    assert conformance.problems("GET", "/healthz", 200, {**good, "Content-Type": "text/html"}, b"")
    assert conformance.problems("GET", "/v1/nowhere", 200, good, b"{}")
