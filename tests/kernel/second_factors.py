"""What the tests of two-factor log-in share: somebody with an authenticator, and the codes it would show."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pyotp

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.workspaces import PASSWORD, Login, TestWorkspace

__all__ = ["Authenticator", "challenge_of", "finish", "with_authenticator"]

FORGET = Statement("UPDATE two_factors SET last_step = NULL WHERE id = %(id)s")


@dataclass
class Authenticator:
    """The app on somebody's telephone."""

    tenant: TestWorkspace
    who: Login
    secret: str
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, steps: int = 0) -> str:
        """The code that is shown now, or was or will be so many half minutes from now."""
        return pyotp.TOTP(self.secret).generate_otp(int(time.time()) // 30 + steps)

    def fresh(self) -> str:
        """A code that is good, whatever has been used before."""
        with self.tenant.work() as work:
            work.write(FORGET(id=self.who.user_id))
        return self.code()

    def wrong(self) -> str:
        """Six digits that are none of the codes that are good about now."""
        good = {self.code(steps) for steps in range(-3, 4)}
        return next(code for n in range(1000) if (code := f"{n:06}") not in good)


def with_authenticator(api: Api, tenant: TestWorkspace, role: str = "owner") -> Authenticator:
    """Somebody who has set up two-factor log-in over HTTP."""
    mine = api.as_role(role)
    begun = mine.post("/api/auth/two-factor/setup", {"password": PASSWORD}).data
    app = Authenticator(tenant, tenant.login(role), begun["secret"])
    app.recovery_codes = mine.post("/api/auth/two-factor/confirm", {"code": app.code()}).data["recovery_codes"]
    return app


def challenge_of(api: Api, who: Login, password: str = PASSWORD) -> str:
    """The challenge that the right password is answered with."""
    given = {"email": who.email, "password": password}
    refused = api.anonymous.post("/api/auth/login", given, expect=401)
    details = refused.error["details"]
    assert details["reason"] == "two_factor_required"
    challenge: str = details["challenge"]
    return challenge


def finish(api: Api, challenge: str, code: str) -> Reply:
    """The answer to a code, whatever it is."""
    given = {"challenge": challenge, "code": code}
    return api.anonymous.post("/api/auth/login/two-factor", given, anything=True)
