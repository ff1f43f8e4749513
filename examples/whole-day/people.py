"""Who works on the day: an advisor and a mechanic, invited by the owner where their mails can be read."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

from api import Person, Platform, Unexpected
from telling import Telling

__all__ = ["of"]

PASSWORD = "twelve-bolts-and-a-torque-wrench"  # noqa: S105 (of people who exist for this example)
HANDS = (("staff", "Shirin Akter", "shirin.akter"), ("mechanic", "Babul Mia", "babul.mia"))
"""Role, name and e-mail of the two."""


def of(platform: Platform, owner: Person, telling: Telling) -> tuple[Person, Person]:
    """The advisor and the mechanic.

    Development shows the mails that it would send, so that an invitation can be accepted. Elsewhere a program
    cannot open people's mail: the owner does everybody's part, which is told.
    """
    telling.chapter("The people")
    telling.does("owner", f"{owner.name} is there")
    if platform.client.get("/dev/outbox").status_code == 404:
        telling.does("owner", "plays advisor and mechanic too: invitations go to real mailboxes here")
        return replace(owner), replace(owner)
    roles = {role["slug"]: role["id"] for role in owner.get("/v1/roles", per_page=100)}
    advisor, mechanic = (_person(platform, owner, roles[role], name, mail) for role, name, mail in HANDS)
    for who, person in (("advisor", advisor), ("mechanic", mechanic)):
        telling.does(who, f"{person.name} is there")
    return advisor, mechanic


def _person(platform: Platform, owner: Person, role: str, name: str, mail: str) -> Person:
    """Somebody by their log-in, or else by an invitation that they accept."""
    email = f"{mail}@{platform.workspace}.example"
    known: list[dict[str, Any]] = [one for one in owner.get("/v1/users", q=email) if one["email"] == email]
    if known and known[0]["status"] == "active":
        return platform.log_in(email, PASSWORD)
    if known:
        owner.post(f"/v1/users/{known[0]['id']}/invitation")
    else:
        owner.post("/v1/users", {"email": email, "name": name, "role_id": role})
    body = {"token": _token(platform, email), "name": name, "password": PASSWORD}
    return platform.person(Person(name, platform).post("/api/auth/invitations/accept", body))


def _token(platform: Platform, email: str) -> str:
    """What the link in the latest mail holds; the worker sends it within a moment."""
    for _ in range(300):
        mails = platform.client.get("/dev/outbox", params={"to": email}).json()["data"]
        for mail in mails:
            if found := re.search(r"#token=(\S+)", mail["text"]):
                return found[1]
        time.sleep(0.2)
    raise Unexpected(f"No invitation to {email} has been mailed; is the worker up?")
