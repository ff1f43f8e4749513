"""``/v1/workspace``: what a workspace says about itself, on its documents and to the API."""

from __future__ import annotations

import re
from typing import Any

from babel import Locale, UnknownLocaleError
from colander import Invalid, SchemaNode
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy import bindparam, func, update

from ..db.statement import Statement
from ..files.files import require
from ..rest.answer import Answer
from ..rest.preconditions import check_version, merged, wanted_versions
from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS, Service
from ..types import (
    Clock,
    Colour,
    CountryCode,
    CurrencyCode,
    Email,
    Money,
    OneOf,
    Phone,
    StrictBool,
    StrictInt,
    Text,
    TimeZone,
    Uuid,
)
from ..types.strict import Context, Refused, Strict
from ..work import Work
from .currency import require_unused
from .models import Workspace

__all__ = ["includeme"]

_TEXT = Text(max=64)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}").fullmatch
_MOST_NUMBERS = 20


class LocaleCode(Strict):
    """A language as CLDR knows it, with or without a country: `en`, `bn-BD`."""

    def read(self, value: Any, context: Context) -> str:
        try:
            return str(Locale.parse(value if type(value) is str else "", sep="-")).replace("_", "-")
        except (ValueError, UnknownLocaleError):
            raise Refused('Must be a language, such as "en" or "bn-BD"') from None

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "locale", "maxLength": 40, "examples": ["bn-BD"]}


class Numbers(Strict):
    """Numbers under which authorities know the business: names to texts; as in any merge patch, null takes one away."""

    def read(self, value: Any, context: Context) -> dict[str, str | None]:
        if type(value) is not dict:
            raise Refused("Must be an object of names and numbers")
        if len(value) > _MOST_NUMBERS:
            raise Refused(f"At most {_MOST_NUMBERS} numbers")
        found: dict[str, str | None] = {}
        problems: list[tuple[str, str]] = []
        for name, number in value.items():
            try:
                if not _NAME(name):
                    raise Refused("A name is lower-case letters, digits and underscores, such as vat_number")
                found[name] = None if number is None else _TEXT.read(number, context)
            except Refused as refused:
                problems.append((name[:40], str(refused)))
        if problems:
            raise Refused.all(problems)
        return found

    def describe(self) -> dict[str, Any]:
        return {
            "type": "object",
            "additionalProperties": {"type": ["string", "null"], "maxLength": _TEXT.max},
            "maxProperties": _MOST_NUMBERS,
            "examples": [{"vat_number": "001234567-0101"}],
        }


class Address(Mapping):
    line1 = SchemaNode(Text(max=120), missing=None)
    line2 = SchemaNode(Text(max=120), missing=None)
    city = SchemaNode(Text(max=80), missing=None)
    region = SchemaNode(Text(max=80), missing=None)
    postal_code = SchemaNode(Text(max=20), missing=None)
    country = SchemaNode(CountryCode(), missing=None)


class WorkspaceSchema(Mapping):
    name = SchemaNode(Text(max=120))
    country = SchemaNode(CountryCode())
    currency = SchemaNode(CurrencyCode())
    timezone = SchemaNode(TimeZone())
    locale = SchemaNode(LocaleCode())
    phone = SchemaNode(Phone(), missing=None)
    email = SchemaNode(Email(), missing=None)
    address = Address(missing=None)
    registration_numbers = SchemaNode(Numbers())
    logo_file_id = SchemaNode(Uuid(), missing=None, refers="files", description="A picture, for documents and pages")
    brand_colour = SchemaNode(Colour(), missing=None)
    labour_rate = SchemaNode(Money(min=0), missing=None, description="Per hour")
    token_ttl_seconds = SchemaNode(StrictInt(60, 86_400), description="How long an access token is good")
    prices_include_tax = SchemaNode(StrictBool())
    tax_rounding = SchemaNode(OneOf(("line", "document")))
    two_factor_required = SchemaNode(
        OneOf(("off", "admins", "everybody")),
        description="Who must log in with a second factor; whoever has none can do nothing but set it up",
    )
    quiet_from = SchemaNode(Clock(), missing=None, description="From when on messages wait that can wait")
    quiet_to = SchemaNode(Clock(), missing=None, description="Until when they wait; null for both is no quiet")
    sms_sender = SchemaNode(
        Text(max=16, pattern=r"[A-Za-z0-9 ]{1,11}|\+?[0-9]{3,15}", hint="Up to 11 letters and digits, or a number"),
        missing=None,
        example="Rahim Motor",
        description="What short messages are sent from, where the gateway allows it",
    )

    def validator(self, node: SchemaNode, values: dict[str, Any]) -> None:
        """Quiet hours have both ends or none."""
        if (values.get("quiet_from") is None) != (values.get("quiet_to") is None):
            problem = Invalid(node)
            problem["quiet_to"] = "Required with quiet_from; null for both is no quiet"
            raise problem


PROFILE = Resource(
    name="workspace", path="/workspace", model=Workspace, schema=WorkspaceSchema, feature=ALWAYS, title="workspace"
)
_OURS = {
    "slug": {"type": "string", "readOnly": True},
    "plan": {"type": "string", "readOnly": True},
    "status": {"enum": ["active", "suspended", "closed"], "readOnly": True},
}
_GET = Statement(PROFILE.representation.select(PROFILE.representation.names, (), tagged=True))

workspace = Service("workspace", "/workspace", ALWAYS, "What the workspace says about itself")


def _answer_schema() -> dict[str, Any]:
    schema = PROFILE.answer_schema
    return {**schema, "properties": {**schema["properties"], **_OURS}}


@workspace.get(permission="workspace:read", answer=_answer_schema())
def get_workspace(request: Any) -> Answer:
    """The profile, with slug, plan and status, which only the platform changes."""
    ((row,),) = request.work.read(_GET())
    return _shown(request.work, row)


@workspace.patch(permission="workspace:write", body=WorkspaceSchema, answer=_answer_schema(), errors=(409, 412))
def change_workspace(request: Any) -> Answer:
    """Change the profile; what is not sent stays as it is. The currency stays once there are documents in it."""
    work, changes = request.work, request.validated
    current = PROFILE.locked(work, work.tenant_id)
    check_version(wanted_versions(request), current["_version"], _shown(work, dict(current)))
    if not changes:
        return _shown(work, current)
    if changes.get("logo_file_id") is not None:
        require(work, changes["logo_file_id"], field="logo_file_id")
    if changes.get("currency", current["currency"]) != current["currency"]:
        require_unused(work, current["currency"])
    assert PROFILE.rules is not None
    PROFILE.rules(merged(current, changes), request.schema_context)
    values = {name: _without_nulls(value) for name, value in merged(_only(current, changes), changes).items()}
    _, (row,) = work.write(_update(tuple(sorted(values)))(row_id=work.tenant_id, **values), _GET())
    return _shown(work, row)


def _shown(work: Work, row: dict[str, Any]) -> Answer:
    row |= {"slug": work.state.slug, "plan": work.state.facts.plan, "status": work.entry.status}
    return PROFILE.answer(row)


def _only(current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: current[name] for name in changes}


def _without_nulls(value: Any) -> Any:
    return {name: inner for name, inner in value.items() if inner is not None} if isinstance(value, dict) else value


def _update(names: tuple[str, ...]) -> Statement:
    table = PROFILE.table
    values: dict[str, Any] = {name: bindparam(name, type_=table.c[name].type) for name in names}
    values |= {"version": table.c.version + 1, "updated_at": func.now()}
    return Statement(update(table).values(values).where(table.c.id == bindparam("row_id", type_=UuidColumn)))


def includeme(config: Any) -> None:
    config.add_service(workspace)
