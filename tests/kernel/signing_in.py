"""What the tests of log-ins share: signing in over HTTP, and the mails that came."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from jemeti_platform.messages.kept_page import kept_messages
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.workspaces import PASSWORD, Login

NEW_PASSWORD = "zebra-umbrella-42-lantern"


def sign_in(api: Api, who: Login, password: str = PASSWORD, **more: Any) -> Reply:
    """Log in as a person of the test kit. Raises AssertionError unless that works."""
    return api.anonymous.post("/api/auth/login", {"email": who.email, "password": password, **more}, expect=200)


def bearer(reply: Reply) -> dict[str, str]:
    """The header that proves who logged in."""
    return {"Authorization": f"Bearer {reply.data['access_token']}"}


def cookie_of(reply: Reply) -> str:
    """The value of the session cookie that came with an answer."""
    return reply.headers["Set-Cookie"].partition("=")[2].partition(";")[0]


def mails_to(platform: Platform, address: str) -> list[dict[str, str]]:
    """The mails that were sent to an address, newest first, once everything on its way has arrived."""
    RunJobs(platform, datetime.min.replace(tzinfo=UTC))(queues=["messages"])
    return [mail for mail in kept_messages(platform) if mail["to"] == address]


def token_in(mail: dict[str, str]) -> str:
    """The token in the link of a mail."""
    found = re.search(r"#token=(\S+)", mail["text"])
    assert found is not None, mail
    return found[1]


def on(app: Any, api: Api) -> Api:
    """The same client at another application."""
    return replace(api, app=app)
