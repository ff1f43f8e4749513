"""From a template, what a workspace has made of it, and values to the texts that go out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .placeholders import fill
from .template import MessageTemplate, Value
from .wording import in_words

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["SUBJECT_LENGTH", "Rendered", "render"]

SUBJECT_LENGTH = 200
_OWN = {"subject": "subject", "text": "text", "sms": "sms_text"}


class Rendered(NamedTuple):
    """The texts of one message; which of them are used is for the channel to say."""

    subject: str
    text: str
    sms: str


def render(
    work: Work,
    template: MessageTemplate,
    values: Mapping[str, Value],
    *,
    own: Mapping[str, Any] | None = None,
    locale: str | None = None,
) -> Rendered:
    """The texts with every place filled in. ``own`` are the texts that the workspace has written instead."""
    workspace = work.workspace
    spoken = locale or str(workspace["locale"])
    given = {f"workspace.{name}": workspace[name] for name in ("name", "phone", "email")}
    words = in_words({**given, **values}, spoken, work.timezone)
    first = template.texts_in(spoken)
    written = {part: (own or {}).get(column) or getattr(first, part) for part, column in _OWN.items()}
    # a line break in a name would begin another header
    in_a_line = {name: " ".join(word.split()) for name, word in words.items()}
    return Rendered(
        " ".join(fill(written["subject"], in_a_line).split())[:SUBJECT_LENGTH],
        fill(written["text"], words),
        fill(written["sms"], words),
    )
