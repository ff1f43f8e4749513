"""Codes of an authenticator app: RFC 6238 with SHA-1, six digits, thirty seconds, one step early or late."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import pyotp
import segno
from pyotp.utils import strings_equal

__all__ = ["Enrolment", "enrol", "step_of"]

_SECONDS = 30
_STEPS_APART = 1
"""Clocks of telephones are not exact, and people take a while to type."""


class Enrolment(NamedTuple):
    """What an authenticator app needs to know: the secret (160 bits), and the same as an address and as a picture."""

    secret: str
    uri: str
    qr: str

    def shown(self) -> dict[str, Any]:
        return {"secret": self.secret, "otpauth_uri": self.uri, "qr_svg": self.qr}


def enrol(account: str, issuer: str) -> Enrolment:
    """A new secret. ``account`` and ``issuer`` are what the app lists it under."""
    secret = pyotp.random_base32()
    # a colon parts issuer and account in the app's list
    uri = pyotp.TOTP(secret, interval=_SECONDS).provisioning_uri(name=account, issuer_name=issuer.replace(":", " "))
    return Enrolment(secret, uri, segno.make(uri, error="m").svg_data_uri(scale=5, border=4))


def step_of(secret: str, code: str, *, now: float | None = None) -> int | None:
    """The time step that ``code`` belongs to, if that is the present one or a neighbour; None for a wrong code.

    The step is to be stored: a code is good once, and so is every code before it.
    """
    totp = pyotp.TOTP(secret, interval=_SECONDS)
    present = int(time.time() if now is None else now) // _SECONDS
    found = None
    for step in range(present - _STEPS_APART, present + _STEPS_APART + 1):
        if strings_equal(code, totp.generate_otp(step)):  # all are compared: which one it was takes no time to tell
            found = step
    return found
