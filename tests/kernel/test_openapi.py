"""The OpenAPI document says what the server does: all of it, and nothing else."""

import re

import orjson
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from jemeti_platform.rest.openapi.document import operations
from jemeti_platform.rest.openapi.operation import open_path
from jemeti_platform.rest.service import ALWAYS, AUTHENTICATED, PUBLIC

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document(app):
    return orjson.loads(app.registry.published.whole.body)


@pytest.fixture(scope="module")
def described(document):
    """Every operation with its path and method."""
    return [
        (path, method, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item
    ]


def validator(document, schema):
    return Draft202012Validator({**schema, "components": document["components"]})


def parameter_names(document, operation):
    shared = document["components"]["parameters"]
    return [
        shared[one["$ref"].rpartition("/")[2]]["name"] if "$ref" in one else one["name"]
        for one in operation["parameters"]
    ]


def test_it_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_and_method_is_described_and_no_other(app, described):
    introspector = app.registry.introspector
    patterns = {
        route["introspectable"]["name"]: route["introspectable"]["pattern"]
        for route in introspector.get_category("routes")
    }
    served = {
        (open_path(patterns[view["route_name"]]), view["request_methods"].lower())
        for view in (found["introspectable"] for found in introspector.get_category("views"))
        if view["route_name"] and view["request_methods"] not in (None, "HEAD", "OPTIONS")
    }
    assert served == {(path, method) for path, method, _ in described}


def test_operation_ids_are_unique_and_readable(described):
    ids = [operation["operationId"] for _, _, operation in described]
    assert len(ids) == len(set(ids))
    assert all(one.isalnum() and one[0].islower() for one in ids)
    assert {"listCrmCustomers", "createCrmCustomer", "getCrmCustomer", "updateCrmCustomer"} <= set(ids)


def test_every_operation_names_its_permission_feature_plugin_and_tag(app, document, described):
    platform = app.registry.platform
    tags = {tag["name"] for tag in document["tags"]}
    for path, method, operation in described:
        where = f"{method} {path}"
        assert operation["summary"], where
        assert set(operation["tags"]) <= tags, where
        assert operation["x-plugin"] in {manifest.name for manifest in platform.all_manifests}, where
        assert operation["x-feature"] in {"always", *platform.features}, where
        assert operation["x-permission"] in {"public", "authenticated", *platform.permissions}, where
    grouped = [tag for group in document["x-tagGroups"] for tag in group["tags"]]
    assert sorted(grouped) == sorted(tags)


def test_parameters_stand_as_http_md_says(document, described):
    for path, method, operation in described:
        names = parameter_names(document, operation)
        assert len(names) == len(set(names)), path
        assert ("dry_run" in names) == (method != "get"), path
        assert "Idempotency-Key" not in names or method == "post", path
        assert "X-Request-Id" in names, path
        placed = {one["name"] for one in document["paths"][path].get("parameters", ())}
        assert placed == set(re.findall(r"{(\w+)}", path)), path
    listed = document["paths"]["/v1/crm/customers"]["get"]
    by_name = {one["name"]: one for one in listed["parameters"] if "name" in one}
    assert {"page", "per_page", "sort", "fields", "cursor", "count", "q", "status", "created_at.gte"} <= by_name.keys()
    assert (by_name["status"]["style"], by_name["status"]["explode"]) == ("form", False)
    assert "Idempotency-Key" in parameter_names(document, document["paths"]["/v1/crm/customers"]["post"])
    record = document["paths"]["/v1/crm/customers/{id}"]
    assert record["parameters"][0]["schema"] == {"type": "string", "format": "uuid"}
    assert "If-None-Match" in parameter_names(document, record["get"])
    assert "If-Match" in parameter_names(document, record["patch"])


def test_a_view_may_refuse_as_it_declares_and_as_the_order_of_refusal_says(app, document):
    for operation in operations(app.registry):
        view = operation.view
        path = open_path(operation.service.full_path)
        statuses = {int(s) for s in document["paths"][path][view.method.lower()]["responses"]}
        assert {400, 406, 500, 503, *view.errors} <= statuses, path
        assert (429 in statuses) == view.counted, path
        assert view.permission == PUBLIC or 401 in statuses, path
        assert (402 in statuses) == (view.feature != ALWAYS or 402 in view.errors), path
        assert view.permission in (PUBLIC, AUTHENTICATED) or 403 in statuses, path
        assert ({413, 415} <= statuses) == (view.body is not None or view.upload), path
        assert "{" not in path or 404 in statuses, path
        assert 405 not in statuses, path


def test_every_failure_has_a_real_example_in_the_one_shape(document):
    for name, response in document["components"]["responses"].items():
        content = response["content"]["application/json"]
        validator(document, content["schema"]).validate(content["example"])
        assert content["example"]["error"]["message"], name
    assert {r["x-status"] for r in document["components"]["responses"].values()} == {
        400, 401, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 429, 500, 503,
    }  # fmt: skip


def test_every_body_has_an_example_that_passes_its_schema_and_its_own_check(app, document):
    for operation in operations(app.registry):
        view = operation.view
        if view.body is None:
            continue
        described = document["paths"][open_path(operation.service.full_path)][view.method.lower()]
        contents = described["requestBody"]["content"]
        assert set(contents) == (
            {"application/json", "application/merge-patch+json"} if view.patch else {"application/json"}
        )
        for content in contents.values():
            where = f"{described['operationId']}: {content['example']}"
            problems = [e.message for e in validator(document, content["schema"]).iter_errors(content["example"])]
            assert problems == [], where
            view.check_body(content["example"], {"country": "BD"})


def test_every_answer_has_an_example_that_passes_its_schema(document, described):
    for path, method, operation in described:
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/json", {})
            if "example" in content:
                problems = [e.message for e in validator(document, content["schema"]).iter_errors(content["example"])]
                assert problems == [], f"{method} {path} {status}: {content['example']}"


def test_an_answer_says_what_is_in_it(document, described):
    silent = [
        f"{method} {path}"
        for path, method, operation in described
        for status, response in operation["responses"].items()
        if status < "300"
        and response.get("content", {}).get("application/json", {}).get("schema", {}).get("properties", {}).get("data")
        == {}
    ]
    assert silent == []


def test_lists_are_answered_as_csv_and_xlsx_too(document):
    answer = document["paths"]["/v1/crm/customers"]["get"]["responses"]["200"]
    assert list(answer["content"]) == [
        "application/json",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]
    meta = answer["content"]["application/json"]["schema"]["properties"]["meta"]
    assert meta == {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("PageMeta", "CursorMeta")]}


def test_a_record_its_input_and_its_patch_are_named_after_it(document):
    schemas = document["components"]["schemas"]
    assert {"Customer", "CustomerCreate", "CustomerPatch"} <= schemas.keys()
    assert schemas["Customer"]["properties"]["id"]["readOnly"]
    assert "name" in schemas["CustomerCreate"]["required"]
    assert "required" not in schemas["CustomerPatch"]
    assert schemas["CustomerCreate"]["additionalProperties"] is False


SHOWN_ONCE = {"WebhookAnswer", "WebhookWithItsSecret"}
"""Answers that show a secret when it is made, for the one who will need it."""


def test_no_secret_is_in_an_answer(document):
    words = ("password", "token_hash", "secret")
    answers = orjson.dumps(
        {
            n: s
            for n, s in document["components"]["schemas"].items()
            if "id" in s.get("properties", {}) and n not in SHOWN_ONCE
        }
    )
    assert document["components"]["schemas"].keys() >= SHOWN_ONCE
    assert [word for word in words if f'"{word}"'.encode() in answers] == []


# -- served -----------------------------------------------------------------------------------


def test_it_is_served_to_everybody_without_an_envelope_and_with_an_etag(api):
    reply = api.anonymous.get("/v1/openapi.json")
    assert reply.json["openapi"] == "3.1.0"
    assert reply.headers["Content-Type"] == "application/json"
    etag = reply.headers["ETag"]
    assert api.anonymous.get("/v1/openapi.json", headers={"If-None-Match": etag}, expect=304).body == b""


def test_after_the_first_time_it_is_only_sent(api):
    for path in ("/v1/openapi.json", "/v1/openapi.json?workspace=true"):
        api.get(path)
        made = api.app.registry.published
        editions = [made.whole, *made._editions.values()]
        api.get(path)
        assert all(a is b for a, b in zip([made.whole, *made._editions.values()], editions, strict=True))


def test_narrowing_it_to_a_workspace_needs_an_identity(api):
    assert api.anonymous.get("/v1/openapi.json?workspace=true", expect=401).error["code"] == "unauthorized"
    assert "/v1/crm/customers" in api.get("/v1/openapi.json?workspace=true").json["paths"]


def test_it_narrows_to_what_the_workspace_has_on_now(api, tenant):
    whole = api.get("/v1/openapi.json?workspace=true").json
    tenant.set_feature("crm.customers", "off")
    narrow = api.get("/v1/openapi.json?workspace=true").json
    assert "/v1/crm/customers" not in narrow["paths"]
    assert "Customer" not in narrow["components"]["schemas"]
    assert not any(tag["name"] == "crm.customers" for tag in narrow["tags"])
    assert not any(error for error in OpenAPIV31SpecValidator(narrow).iter_errors())
    assert "/v1/crm/customers" in api.get("/v1/openapi.json").json["paths"]
    tenant.set_feature("crm.customers", "read_only")
    reads = api.get("/v1/openapi.json?workspace=true").json["paths"]["/v1/crm/customers"]
    assert "get" in reads
    assert "post" not in reads
    tenant.set_feature("crm.customers", "on")
    assert api.get("/v1/openapi.json?workspace=true").json == whole


def test_what_administrators_do_is_not_the_workspaces(api):
    assert any(path.startswith("/platform/") for path in api.get("/v1/openapi.json").json["paths"])
    narrow = api.get("/v1/openapi.json?workspace=true").json
    assert not any(path.startswith("/platform/") for path in narrow["paths"])
    assert "platform" not in {group["key"] for group in narrow["x-tagGroups"]}
