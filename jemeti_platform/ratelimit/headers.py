"""Verdicts as the client reads them: Retry-After, and the fields of draft-ietf-httpapi-ratelimit-headers-11."""

from __future__ import annotations

from collections.abc import Sequence

from jemeti_platform.errors import RateLimited

from .limiter import Verdict

__all__ = ["fields", "refusal"]


def fields(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Return `RateLimit-Policy` and `RateLimit` for one answer (w and t in seconds); nothing for no verdict."""
    if not verdicts:
        return {}
    return {
        "RateLimit-Policy": ", ".join(f'"{v.policy}";q={v.limit};w={v.window_seconds}' for v in verdicts),
        "RateLimit": ", ".join(f'"{v.policy}";r={v.remaining};t={v.reset_after_seconds}' for v in verdicts),
    }


def refusal(verdicts: Sequence[Verdict]) -> RateLimited:
    """Return the error to raise when not all verdicts allow: it waits for the last of the refusing windows."""
    refusing = [v for v in verdicts if not v.allowed]
    wait = max(v.reset_after_seconds for v in refusing)
    return RateLimited(
        f"Too many requests. Try again in {_in_words(wait)}.",
        retry_after=wait,
        details={"policy": refusing[0].policy, "retry_after": wait},
        headers=fields(verdicts),
    )


def _in_words(seconds: int) -> str:
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{-(-minutes // 60)} hours"
