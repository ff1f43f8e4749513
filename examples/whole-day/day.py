"""What the parts of the day share: the people, the telling, and what has been made so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from api import Person, Platform, Unexpected
from telling import Telling

__all__ = ["Day", "amount", "check", "quantity"]


@dataclass
class Day:
    """One day of one job. ``guest`` is somebody who only has a link."""

    platform: Platform
    telling: Telling
    owner: Person
    advisor: Person
    mechanic: Person
    guest: Person = field(init=False)
    customer: dict[str, Any] = field(default_factory=dict)
    insurer: dict[str, Any] = field(default_factory=dict)
    vehicle: dict[str, Any] = field(default_factory=dict)
    job: dict[str, Any] = field(default_factory=dict)
    inspection: dict[str, Any] = field(default_factory=dict)
    quotation: dict[str, Any] = field(default_factory=dict)
    amendment: dict[str, Any] = field(default_factory=dict)
    invoices: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.guest = Person("the customer", self.platform)
        states = self.owner.get("/v1/lifecycles/jobs.job")["states"]
        self.titles = {state["name"]: state["title"].lower() for state in states}

    @property
    def at(self) -> str:
        """The path of the job."""
        return f"/v1/jobs/{self.job['id']}"

    def moves(self, who: Person, action: str, state: str, note: str | None = None) -> None:
        """Move the job by an action, which must lead to a state, and tell so."""
        body = {"action": action} | ({"note": note} if note else {})
        self.job = who.post(f"{self.at}/transitions", body)
        check(self.job["status"] == state, f"After {action!r} the job must be {state}, and is {self.job['status']}")
        why = f": {note}" if note else ""
        self.telling.does(self.role(who), f"{self.job['number']} → {self.titles[state]}{why}")

    def now_is(self, state: str) -> None:
        """Read the job, which must have come to a state by itself, and tell so."""
        self.job = self.advisor.get(self.at)
        check(self.job["status"] == state, f"The job must be {state}, and is {self.job['status']}")
        self.telling.does("", f"{self.job['number']} → {self.titles[state]}")

    def role(self, who: Person) -> str:
        """What somebody is called in the telling."""
        return "mechanic" if who is self.mechanic else "advisor" if who is self.advisor else "owner"

    def paper(self, path: str, name: str) -> None:
        """Fetch a PDF and keep it."""
        self.telling.paper(f"{name}.pdf", self.advisor.read(path, "application/pdf"))

    def reads(self, path: str) -> None:
        """The customer is written to about something, and opens the link in the message."""
        link = self.advisor.get(path)["url"]
        message = self._message_with(link)
        self.telling.does("customer", f"is written to: {message['subject']}")
        self.opens(link)

    def opens(self, link: str, how: str = "opens the link") -> None:
        """The customer opens a page by a link, without logging in."""
        # workspaces have host names of their own, which may not lead to the machine that is meant
        page = self.guest.read(f"{self.platform.address}{urlsplit(link).path}", "text/html")
        self.telling.does("customer", f"{how}: a page of {len(page) / 1024:.0f} kB")

    def _message_with(self, link: str) -> dict[str, Any]:
        """The message in which a link stands; the worker writes it a moment after what it is about."""
        for _ in range(300):
            messages: list[dict[str, Any]] = self.advisor.get("/v1/messages", recipient_id=self.customer["id"])
            if found := [one for one in messages if link in (one["text"] or "")]:
                return found[0]
            time.sleep(0.2)
        raise Unexpected(f"Nobody has written to {self.customer['name']} about {link}; is the worker up?")


def check(holds: object, sentence: str) -> None:
    """Raise Unexpected, with the sentence, unless it holds."""
    if not holds:
        raise Unexpected(sentence)


def amount(text: str) -> str:
    """An amount as people read it: ``12,345.60``."""
    whole, _, cents = text.partition(".")
    return f"{int(whole):,}.{cents}" if cents else f"{int(whole):,}"


def quantity(text: str) -> str:
    """A quantity as people read it: ``1.5``."""
    return text.rstrip("0").rstrip(".") if "." in text else text
