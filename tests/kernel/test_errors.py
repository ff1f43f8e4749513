"""Errors carry what the envelope of http.md needs, and nothing else."""

import pytest

from jemeti_platform import errors

CODES = {
    errors.BadRequest: (400, "bad_request"),
    errors.Unauthorized: (401, "unauthorized"),
    errors.PaymentRequired: (402, "payment_required"),
    errors.Forbidden: (403, "forbidden"),
    errors.NotFound: (404, "not_found"),
    errors.MethodNotAllowed: (405, "method_not_allowed"),
    errors.NotAcceptable: (406, "not_acceptable"),
    errors.Conflict: (409, "conflict"),
    errors.Gone: (410, "gone"),
    errors.PreconditionFailed: (412, "precondition_failed"),
    errors.PayloadTooLarge: (413, "payload_too_large"),
    errors.UnsupportedMediaType: (415, "unsupported_media_type"),
    errors.RateLimited: (429, "rate_limited"),
    errors.InternalError: (500, "internal_error"),
    errors.Unavailable: (503, "service_unavailable"),
}


@pytest.mark.parametrize("error", CODES)
def test_status_and_code_are_the_documented_ones(error):
    assert (error.status, error.code) == CODES[error]
    assert error().body("r1")["error"]["message"] == str(error()) != ""


def test_details_are_left_out_where_there_are_none():
    assert errors.Gone("Too late").body("r1") == {"error": {"code": "gone", "message": "Too late", "request_id": "r1"}}


def test_a_conflict_says_its_reason_first():
    body = errors.Conflict("This e-mail is taken", "duplicate", field="email").body("r1")
    assert body["error"]["details"] == {"reason": "duplicate", "field": "email"}


def test_invalid_lists_every_problem():
    problems = [{"field": "name", "message": "Required"}, {"field": "", "message": "Must be an object"}]
    error = errors.Invalid(problems)
    assert error.body("r1")["error"]["details"] == problems
    assert isinstance(error, errors.BadRequest)
    assert str(error) == "name: Required; body: Must be an object"


def test_try_again_later_is_a_header():
    assert errors.RateLimited(retry_after=30).headers == {"Retry-After": "30"}
    assert errors.Unavailable(headers={"X": "1"}).headers == {"X": "1"}
