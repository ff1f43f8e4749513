"""Signatures of Standard Webhooks, made by the library with which receivers verify them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

from standardwebhooks.webhooks import Webhook

__all__ = ["headers", "new_secret"]

_BYTES = 32


def new_secret() -> str:
    """A new signing secret as Standard Webhooks writes them: ``whsec_`` and 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(keys: Iterable[str], identity: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message; each of ``keys`` signs, so that either verifies during a rotation."""
    signatures = (Webhook(key).sign(identity, at, body.decode()) for key in keys)
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
