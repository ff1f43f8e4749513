"""A refusal whose transaction is kept: whatever is raised rolls back, and a few refusals must leave a trace."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from ..errors import PlatformError
from ..rest.failures import error_response

__all__ = ["keep_and_refuse"]


def keep_and_refuse(request: Any, error: PlatformError) -> Response:
    """The answer of a refusal that lets the transaction be committed, by the word pyramid_tm understands."""
    response = error_response(error, request.request_id)
    response.headers["X-Tm"] = "commit"
    request.add_response_callback(_without_the_word)
    return response


def _without_the_word(request: Any, response: Response) -> None:
    response.headers.pop("X-Tm", None)
