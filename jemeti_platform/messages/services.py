"""``/v1/message-templates``: which messages there are, switched, worded, looked at and tried."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import colander

from ..auth import people
from ..db.base import uuid7
from ..db.statement import Statement
from ..errors import Conflict, Invalid, NotFound, Problem
from ..json import to_json
from ..platform import Platform
from ..rest.answer import Answer
from ..rest.preconditions import check_version, merged, wanted_versions
from ..rest.schema import Mapping as Schema
from ..rest.service import ALWAYS, Service
from ..types import OneOf, Phone, StrictBool, StrictInt, Text
from ..work import Work
from .composing import sample
from .mail_html import as_html
from .placeholders import faults
from .rendering import SUBJECT_LENGTH
from .segments import measure
from .sending import Draft, put
from .shapes import PREVIEW, QUEUED, TEMPLATE
from .template import CHANNELS, WAYS, MessageTemplate, Recipient
from .templates import ALL_CHOICES, NOTHING_SAID, Templates, choice, is_enabled

__all__ = ["includeme"]

_TAG = "message_templates"
_LONGEST_MAIL, _LONGEST_SMS = 10_000, 1_000
_YEAR = 525_600
_WORDED = ("subject", "text", "sms_text")
_SETTINGS = ("enabled", "way", "delay_minutes", *_WORDED)

_ONE = Statement(f"{ALL_CHOICES.sql} WHERE name = %(name)s")
_HAVE_ROW = Statement(
    "INSERT INTO message_templates (id, name, version) VALUES (%(id)s, %(name)s, 0)"
    " ON CONFLICT (tenant_id, name) DO NOTHING"
)
_LOCK = Statement(f"{ALL_CHOICES.sql} WHERE name = %(name)s FOR UPDATE")
_CHANGE = Statement(
    "UPDATE message_templates SET enabled = %(enabled)s, way = %(way)s, delay_minutes = %(delay_minutes)s,"
    " subject = %(subject)s, text = %(text)s, sms_text = %(sms_text)s, version = version + 1, updated_at = now()"
    " WHERE name = %(name)s"
)
_FORGET = Statement("DELETE FROM message_templates WHERE name = %(name)s")


def _names(platform: Platform) -> list[str]:
    """What a path may name."""
    return platform.part(Templates).names


def _service(name: str, path: str, description: str) -> Service:
    full = f"/message-templates/{{name}}{path}"
    return Service(f"{_TAG}.{name}", full, ALWAYS, description, tag=_TAG, words=_names)


every = Service(_TAG, "/message-templates", ALWAYS, "The messages that events may send")
one = _service("record", "", "One of them")
look = _service("preview", "/preview", "Its texts")
attempt = _service("test", "/test", "Trying it")


class WordsSchema(Schema):
    subject = colander.SchemaNode(Text(max=SUBJECT_LENGTH), missing=None, description="Of the mail; one line")
    text = colander.SchemaNode(
        Text(max=_LONGEST_MAIL, multiline=True),
        missing=None,
        example="Hello,\n\nplease follow this link:\n{{link}}",
        description="Of the mail; {{…}} names one of the placeholders",
    )
    sms_text = colander.SchemaNode(
        Text(max=_LONGEST_SMS, multiline=True),
        missing=None,
        example="{{workspace.name}}: please follow {{link}}",
        description="Where it goes as a short message",
    )


class TemplateSchema(WordsSchema):
    enabled = colander.SchemaNode(StrictBool(), missing=None, example=True)
    way = colander.SchemaNode(OneOf(WAYS), missing=None, description="By which channels it goes")
    delay_minutes = colander.SchemaNode(
        StrictInt(0, _YEAR), missing=None, description="How long after the event; none is at once"
    )


class TestSchema(Schema):
    channel = colander.SchemaNode(OneOf(CHANNELS), missing="email")
    phone = colander.SchemaNode(Phone(), missing=None, description="Where a short message goes")


@every.get(permission="messages:read", answer=TEMPLATE, many=True)
def list_templates(request: Any) -> list[dict[str, Any]]:
    """Every message that this workspace may send, as it would be sent now."""
    work = request.work
    (rows,) = work.read(ALL_CHOICES)
    said = {row["name"]: row for row in rows}
    found = work.platform.part(Templates).seen_by(work)
    return [_shown(work, template, said.get(name, NOTHING_SAID)) for name, template in found.items()]


@one.get(permission="messages:read", answer=TEMPLATE, errors=(404,))
def show_template(request: Any) -> Answer:
    """One message with its texts, and the places they may have."""
    work = request.work
    (rows,) = work.read(_ONE(name=request.matchdict["name"][:200]))
    template = _template(request)
    return _answer(work, template, rows[0] if rows else NOTHING_SAID)


@one.patch(permission="messages:write", body=TemplateSchema, answer=TEMPLATE, errors=(404, 412))
def change_template(request: Any) -> Answer:
    """Switch a message, choose its way, write its texts; null gives a part back to what the plugin declared."""
    work, template, changes = request.work, _template(request), request.validated
    _refuse_faults(template, changes)
    _, (row,) = work.write(_HAVE_ROW(id=uuid7(), name=template.name), _LOCK(name=template.name))
    check_version(wanted_versions(request), row["version"], _answer(work, template, row))
    if changes:
        values = {name: merged(row, changes)[name] for name in _SETTINGS}
        _, (row,) = work.write(_CHANGE(name=template.name, **values), _LOCK(name=template.name))
    return _answer(work, template, row)


@one.delete(permission="messages:write", errors=(404,))
def reset_template(request: Any) -> None:
    """Give everything back to what the plugin declared."""
    request.work.write(_FORGET(name=_template(request).name))


@look.post(permission="messages:read", body=WordsSchema, answer=PREVIEW, errors=(404,))
def preview_template(request: Any) -> dict[str, Any]:
    """What a message would look like, with samples in its places; texts in the body are tried, and not kept."""
    work, template, tried = request.work, _template(request), request.validated
    _refuse_faults(template, tried)
    own = {**choice(work, template), **{name: text for name, text in tried.items() if text is not None}}
    texts = sample(work, template, own, None)
    size = measure(texts.sms)
    html = as_html(
        texts.text,
        title=texts.subject,
        sender=str(work.workspace["name"]),
        colour=work.workspace["brand_colour"],
        locale=str(work.workspace["locale"]),
        unsubscribe=None if template.transactional else "#",
    )
    short = {"text": texts.sms, **size._asdict()} if "sms" in template.channels else None
    mail = {"subject": texts.subject, "text": texts.text, "html": html} if "email" in template.channels else None
    return {"email": mail, "sms": short}


@attempt.post(permission="messages:write", body=TestSchema, answer=QUEUED, status=202, errors=(404, 409))
def try_template(request: Any) -> Answer:
    """Send the message, with samples in its places, to oneself: to one's own e-mail address, or a telephone."""
    work, template, wish = request.work, _template(request), request.validated
    channel = wish["channel"]
    if channel not in template.channels:
        raise Invalid([{"field": "channel", "message": f"This message has no text for {channel}"}])
    if channel == "sms" and wish["phone"] is None:
        raise Invalid([{"field": "phone", "message": "Required for a short message"}])
    (users,) = work.read(people.by_id(work.actor.id))
    if channel == "email" and not users:
        raise Conflict("Whoever asks is no user and has no e-mail address; try it by SMS.", reason="no_address")
    phone = wish["phone"]
    to = Recipient(phone=phone)
    if users:
        to = Recipient(users[0]["email"], phone, users[0]["name"], "user", users[0]["id"])
    texts = sample(work, template, choice(work, template), None)
    body, subject = (texts.text if channel == "email" else texts.sms), f"[Test] {texts.subject}"
    identity = put(work, Draft(channel, to, body, subject, template.name, transactional=True))
    return Answer({"message_id": identity}, 202)


def _template(request: Any) -> MessageTemplate:
    """The template that the path names. Raises NotFound for one that is not there or whose plugin is off."""
    name, work = request.matchdict["name"], request.work
    found: MessageTemplate | None = work.platform.part(Templates).seen_by(work).get(name)
    if found is None:
        raise NotFound(f"There is no message {name[:64]!r}")
    return found


def _refuse_faults(template: MessageTemplate, given: Mapping[str, Any]) -> None:
    problems: list[Problem] = [
        {"field": name, "message": problem}
        for name in _WORDED
        if given.get(name) is not None
        for problem in faults(given[name], template.names, () if name == "subject" else template.required)
    ]
    if given.get("way") is not None and given["way"] not in template.ways:
        problems.append({"field": "way", "message": f"This message goes by: {', '.join(template.ways)}"})
    if given.get("enabled") is False and template.event is None:
        problems.append({"field": "enabled", "message": "This message cannot be switched off"})
    if problems:
        raise Invalid(problems)


def _shown(work: Work, template: MessageTemplate, said: Mapping[str, Any]) -> dict[str, Any]:
    first = template.texts_in(str(work.workspace["locale"]))
    declared = {"subject": first.subject, "text": first.text, "sms_text": first.sms}
    kind = work.platform.events.get(template.event) if template.event is not None else None
    return {
        "name": template.name,
        "title": template.title,
        "event": kind.name if kind is not None else None,
        "transactional": template.transactional,
        "enabled": is_enabled(template, said),
        "way": said["way"] or template.way,
        "ways": template.ways,
        "delay_minutes": said["delay_minutes"] or 0,
        **{name: said[name] or declared[name] for name in _WORDED},
        "customised": [name for name in _SETTINGS if said[name] is not None],
        "placeholders": [{"name": p.name, "title": p.title, "sample": p.sample} for p in template.places],
        "updated_at": said["updated_at"],
    }


def _answer(work: Work, template: MessageTemplate, said: Mapping[str, Any]) -> Answer:
    shown = _shown(work, template, said)
    digest = hashlib.blake2b(to_json(shown), digest_size=8).hexdigest()
    return Answer(shown, etag=f"{said['version']}-{digest}")


def includeme(config: Any) -> None:
    for service in (every, one, look, attempt):
        config.add_service(service)
