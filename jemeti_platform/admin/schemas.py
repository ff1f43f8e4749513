"""What an administrator may send."""

from __future__ import annotations

import colander

from ..features.values import FeatureMap, LimitMap
from ..rest.schema import Mapping
from ..types import CountryCode, Email, Instant, OneOf, Slug, StrictBool, StrictInt, Text

__all__ = [
    "CloseSchema",
    "EraseSchema",
    "KillSwitchSchema",
    "OverrideSchema",
    "PlanPatchSchema",
    "PlanQuery",
    "PlanSchema",
    "ReasonQuery",
    "RenameSchema",
    "ResumeSchema",
    "SubscriptionPatchSchema",
    "SubscriptionSchema",
    "WorkspaceSchema",
]

_VALUES = ("on", "read_only", "off")
_NEEDED = "Why, for the audit log"


def _reason(*, required: bool) -> colander.SchemaNode:
    missing = colander.required if required else None
    return colander.SchemaNode(Text(max=500), name="reason", missing=missing, description=_NEEDED)


class OwnerSchema(Mapping):
    name = colander.SchemaNode(Text(max=120), example="Rahim Uddin")
    email = colander.SchemaNode(Email(), example="owner@rahim-motors.example")
    password = colander.SchemaNode(
        Text(max=512), missing=None, description="Left out, the owner is invited by e-mail to choose one"
    )


class WorkspaceSchema(Mapping):
    slug = colander.SchemaNode(Slug(), description="The host name's first word, for ever", example="rahim-motors")
    name = colander.SchemaNode(Text(max=120), example="Rahim Motors")
    plan = colander.SchemaNode(Text(max=63), description="The slug of a plan", example="pro")
    country = colander.SchemaNode(CountryCode(), description="Gives currency, time zone and telephone prefix")
    owner = OwnerSchema()


class RenameSchema(Mapping):
    name = colander.SchemaNode(Text(max=120))


class CloseSchema(Mapping):
    reason = _reason(required=True)


class ResumeSchema(Mapping):
    reason = _reason(required=False)


class EraseSchema(Mapping):
    confirm = colander.SchemaNode(Text(max=63), description="The workspace's slug, as a confirmation")
    reason = _reason(required=True)


class OverrideSchema(Mapping):
    value = colander.SchemaNode(OneOf(_VALUES))
    reason = _reason(required=True)
    expires_at = colander.SchemaNode(Instant(), missing=None, description="When the override ends by itself: a trial")


class KillSwitchSchema(Mapping):
    value = colander.SchemaNode(OneOf(_VALUES))
    reason = _reason(required=True)


class ReasonQuery(Mapping):
    reason = colander.SchemaNode(Text(max=500), missing=None, description=_NEEDED)


class PlanQuery(Mapping):
    with_requirements = colander.SchemaNode(
        StrictBool(), missing=False, description="Add what the features need instead of refusing"
    )


class PlanSchema(Mapping):
    title = colander.SchemaNode(Text(max=80), example="Pro")
    description = colander.SchemaNode(Text(max=500, min=0), missing="")
    position = colander.SchemaNode(StrictInt(0, 10_000), missing=0, description="Where it stands among the plans")
    features = colander.SchemaNode(FeatureMap(), example={"crm.customers": "on"})
    limits = colander.SchemaNode(LimitMap(), missing={}, example={"users.max": 10}, description="null is no limit")


class PlanPatchSchema(Mapping):
    title = colander.SchemaNode(Text(max=80))
    description = colander.SchemaNode(Text(max=500, min=0), missing="")
    position = colander.SchemaNode(StrictInt(0, 10_000), missing=0)
    features = colander.SchemaNode(FeatureMap(clearing=True), missing={}, description="null takes a feature out")
    limits = colander.SchemaNode(LimitMap(), missing={}, description="null takes a limit out")


class SubscriptionSchema(Mapping):
    plan = colander.SchemaNode(Text(max=63), description="The slug of a plan", example="pro")
    add_ons = colander.SchemaNode(FeatureMap(), missing={}, description="Features beside the plan's")
    limits = colander.SchemaNode(LimitMap(), missing={}, description="Limits instead of the plan's; null is no limit")


class SubscriptionPatchSchema(Mapping):
    plan = colander.SchemaNode(Text(max=63))
    add_ons = colander.SchemaNode(FeatureMap(clearing=True), missing={}, description="null takes an add-on out")
    limits = colander.SchemaNode(LimitMap(), missing={}, description="null takes a limit out: the plan's holds again")
