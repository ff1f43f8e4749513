"""The order in which a request is refused, in one place: 401, 429, 402, 403, 406/413/415, 400, then the view.

A view deriver around every declared view. A write opens its transaction here, so that identity,
feature and permission are decided on what the database says now. A read decides the same when its
first statement returns, before anything of it can leave: one round trip for both. So does a write that
looks first, inside its transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.viewderivers import INGRESS

from ..db.pipeline import Rows
from ..db.statement import Bound
from ..errors import Forbidden, NotAcceptable, UnsupportedMediaType
from ..work import Outdated, Work
from .idempotency import Claim, Replayed, claim_of
from .service import ALWAYS, AUTHENTICATED, PUBLIC, View

__all__ = ["gate", "guard_for", "includeme", "is_write"]


def is_write(request: Any) -> bool:
    """pyramid_tm's activate hook: reads need no transaction manager."""
    return request.method not in ("GET", "HEAD", "OPTIONS")


def guard_for(declared: View) -> Callable[[Work], None]:
    """What must hold for this view whenever a workspace is entered: session, second factor, feature, permission."""

    def guard(work: Work) -> None:
        work.require_live_session()
        if not declared.without_two_factor:
            work.require_two_factor()
        if declared.feature is not ALWAYS:
            work.require_feature(declared.feature, write=declared.is_write)
        if declared.permission is not AUTHENTICATED:
            work.require_permission(declared.permission)
        elif work.actor.kind == "api_key" and not declared.for_keys:
            raise Forbidden("This is for people who have logged in, not for API keys.", details={"reason": "api_key"})

    return guard


def gate(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """The view deriver. Views that are not declared by a ``Service`` (static files) pass untouched."""
    declared: View | None = info.options.get("declared")
    if declared is None:
        return view
    guard = guard_for(declared)
    admit = _public if declared.permission is PUBLIC else _write if declared.is_write else _read

    def gated(context: Any, request: Any) -> Any:
        request.declared, request.guard = declared, guard
        return admit(declared, view, context, request)

    return gated


gate.options = ("declared",)  # type: ignore[attr-defined]  # how Pyramid learns a deriver's options


def _public(declared: View, view: Any, context: Any, request: Any) -> Any:
    if declared.counted:
        request.count_stranger()
    _check_media(declared, request)
    response = view(context, request)
    return _finish_dry_run(request, None, response) if request.is_dry_run else response


def _write(declared: View, view: Any, context: Any, request: Any) -> Any:
    request.caller.refuse_cross_site(request)
    request.count_caller()
    work, opening = request.work, _Opening(request)
    try:
        if declared.late:
            work.confirm()
            if declared.keyed and "HTTP_IDEMPOTENCY_KEY" in request.environ:
                work.opener = opening
            response = _run(declared, view, context, request)
        elif declared.looks_first:
            response = _run_looking(opening, declared, view, context, request)
        else:
            opening()
            response = _run(declared, view, context, request)
    except Replayed as replayed:
        if declared.late:
            request.tm.doom()  # what this one has done by the way is undone
        return replayed.response
    if opening.claim is not None:
        opening.claim.remember(work, response, kept=request.kept_body)
    return response


class _Opening:
    """Opens the transaction of a write; the claim of its Idempotency-Key, if it has one, is made in that moment.

    Called with look-ups it sends them in the same message and returns their rows. Raises Replayed for what has been
    done before.
    """

    def __init__(self, request: Any) -> None:
        self.request = request
        self.claim: Claim | None = None

    def __call__(self, *looks: Bound) -> list[Rows]:
        work, claim = self.request.work, claim_of(self.request)
        if claim is None:
            opened: list[Rows] = work.open(*looks)
            return opened
        stored, rows = claim.open(work, *looks)
        if stored is not None:
            raise Replayed(stored)
        self.claim = claim
        return rows


def _run_looking(opening: _Opening, declared: View, view: Any, context: Any, request: Any) -> Any:
    """Run a view whose first look-ups open the transaction: as with a read, who asks is decided when they return."""
    work = request.work
    work.opener, work.looks_first = opening, True
    try:
        return _looking(opening, declared, view, context, request)
    except Outdated:  # it has looked for what the workspace was, and written nothing yet
        return _run(declared, view, context, request)


def _looking(opening: _Opening, declared: View, view: Any, context: Any, request: Any) -> Any:
    work = request.work
    try:
        response = _run(declared, view, context, request)
    except (Outdated, Replayed):
        raise
    except Exception:
        # a missing session, feature or permission is said before any other fault, ours included
        if work.looks_first:
            opening()
        else:
            work.confirm()
        raise
    if work.looks_first:
        opening()
    return response


def _run(declared: View, view: Any, context: Any, request: Any) -> Any:
    _check_media(declared, request)
    response = view(context, request)
    return _finish_dry_run(request, request.work, response) if request.is_dry_run else response


def _read(declared: View, view: Any, context: Any, request: Any) -> Any:
    request.count_caller()
    work = request.work
    try:
        _check_accept(declared, request)
        response = view(context, request)
    except Exception:
        work.confirm()  # a missing session, feature or permission is said before any other fault, ours included
        raise
    work.confirm()
    return response


def _finish_dry_run(request: Any, work: Any, response: Any) -> Any:
    """Everything has been done; look at the deferred constraints as well, then undo it all."""
    if work is not None:
        work.check_constraints()
    request.tm.doom()
    response.headers["Dry-Run"] = "true"
    return response


def _check_media(declared: View, request: Any) -> None:
    _check_accept(declared, request)
    if declared.body is None and not declared.upload:
        return
    coding = request.environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if coding != "identity":
        raise UnsupportedMediaType(f"The body must be sent as it is, not in the coding {coding[:40]!r}.")
    media_type = request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    accepted: tuple[str, ...] = ("application/json",)
    if declared.upload:
        accepted = ("multipart/form-data",)
    elif declared.patch:
        accepted = ("application/json", "application/merge-patch+json")
    if media_type not in accepted:
        raise UnsupportedMediaType(
            f"The body must be {' or '.join(accepted)}"
            + (f", not {media_type}." if media_type else "; the Content-Type header is missing.")
        )


def _check_accept(declared: View, request: Any) -> None:
    accept = request.environ.get("HTTP_ACCEPT")
    if not accept or accept == "*/*" or "application/json" in accept:
        return
    if not request.accept.acceptable_offers(declared.media_types):
        raise NotAcceptable(
            f"This endpoint answers {', '.join(declared.media_types)}; the Accept header asks for something else."
        )


def includeme(config: Any) -> None:
    config.add_view_deriver(gate, "gate", over="secured_view", under=INGRESS)
