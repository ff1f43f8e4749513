"""What a plugin declares about a message: when it may be sent, to whom, which places its texts have, and first texts.

A workspace may switch it, write its own texts, and choose the way it goes; what it has not said comes from here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ..platform import BootError
from .placeholders import faults

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["ALWAYS_KNOWN", "CHANNELS", "WAYS", "MessageTemplate", "Placeholder", "Recipient", "Texts", "Value"]

CHANNELS = ("email", "sms")
WAYS = ("email", "sms", "email_else_sms", "sms_else_email", "both")
"""How a message goes: by one channel, by the first for which there is an address, or by both."""

Value = str | int | Decimal | date | datetime | None
"""What may stand in a place; numbers, days and moments are written as the workspace's language writes them."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+").fullmatch
_PLACE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*").fullmatch


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``{{customer.name}}``: what it stands for, in words, and a value for previews."""

    name: str
    title: str
    sample: Value


ALWAYS_KNOWN = (
    Placeholder("workspace.name", "Name of the workspace", "Rahim Motors"),
    Placeholder("workspace.phone", "Telephone number of the workspace", "+8801712345678"),
    Placeholder("workspace.email", "E-mail address of the workspace", "hello@rahim-motors.example"),
)
UNSUBSCRIBE = Placeholder(
    "unsubscribe_link", "Link by which the recipient takes leave", "https://demo.example.com/unsubscribe/demo.0f3a"
)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a message in one language: subject and text of a mail, and the short message."""

    subject: str = ""
    text: str = ""
    sms: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a message goes to, and what stands in the places for them.

    ``kind`` and ``id`` say who it is (``customer``, ``user``), for the log; ``locale`` is their language where it is
    not the workspace's.
    """

    email: str | None = None
    phone: str | None = None
    name: str = ""
    kind: str | None = None
    id: UUID | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A message that may be sent when ``event`` happens, to whom ``recipients(work, event)`` says.

    ``name`` begins with the plugin's. ``texts`` are by language and have ``en``. ``transactional`` messages are
    expected by whoever gets them (their car is ready): they know no quiet hours, and nobody unsubscribes from them.
    ``enabled`` is for transactional ones only: nobody is sent anything else unless the workspace switches it on.
    ``required`` are places that every text must have. Without an ``event`` the plugin sends it itself, by
    ``messages.send(work, template=…)``, and it cannot be switched off. Raises BootError for what contradicts itself.
    """

    name: str
    title: str
    texts: Mapping[str, Texts]
    placeholders: tuple[Placeholder, ...] = ()
    event: type | None = None
    recipients: Callable[[Work, Any], Iterable[Recipient]] | None = None
    way: str = "email"
    transactional: bool = False
    enabled: bool = False
    required: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._must(bool(_NAME(self.name)), "a name is lower-case words joined by dots, like 'crm.customer.created'")
        self._must("en" in self.texts, "there is no English text; add texts={'en': Texts(…)}")
        self._must((self.event is None) == (self.recipients is None), "event and recipients go together")
        self._must(self.transactional or not self.enabled, "only a transactional message may be on from the start")
        self._must(self.event is not None or self.enabled, "a message without an event is on: say enabled=True")
        known = [place.name for place in self.places]
        self._must(all(map(_PLACE, known)), "a place is lower-case words joined by dots")
        self._must(len(set(known)) == len(known), "a place is declared twice")
        self._must(self.way in WAYS, f"way is none of {', '.join(WAYS)}")
        wanted = {"email": {"email"}, "sms": {"sms"}}.get(self.way, set(CHANNELS))
        self._must(wanted <= set(self.channels), f"it goes by {self.way}, but has no text for that")
        for language, texts in self.texts.items():
            for part in (texts.subject, texts.text, texts.sms):
                for problem in faults(part, known):
                    raise BootError(f"message {self.name!r}, {language}: {problem}")
            for channel in self.channels:
                body = texts.text if channel == "email" else texts.sms
                self._must(bool(body), f"{language} has no text for {channel}")
                for problem in faults(body, known, self.required):
                    raise BootError(f"message {self.name!r}, {language}, {channel}: {problem}")

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that it has texts for."""
        english = self.texts["en"]
        return tuple(one for one, text in zip(CHANNELS, (english.text, english.sms), strict=True) if text)

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways by which it may go, given its channels; one without an event has its way from who sends it."""
        if self.event is None:
            return (self.way,)
        return WAYS if len(self.channels) == len(CHANNELS) else self.channels

    @property
    def places(self) -> tuple[Placeholder, ...]:
        """What its texts may have in them: its own places and those that every message has."""
        return (*self.placeholders, *ALWAYS_KNOWN, *(() if self.transactional else (UNSUBSCRIBE,)))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(place.name for place in self.places)

    def texts_in(self, locale: str) -> Texts:
        """The first texts in a language (``bn-BD`` is served by ``bn``), or else in English."""
        return self.texts.get(locale) or self.texts.get(locale.partition("-")[0]) or self.texts["en"]

    def samples(self) -> dict[str, Value]:
        """A value for every place, for previews."""
        return {place.name: place.sample for place in self.places}

    def _must(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 (a condition, as in assert)
        if not holds:
            raise BootError(f"message {self.name!r}: {otherwise}")
