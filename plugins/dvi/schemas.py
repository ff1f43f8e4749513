"""What a client may send, and the shapes of answers that are no record."""

from __future__ import annotations

import colander
from colander import SchemaNode

from jemeti_platform.rest.schema import Mapping, list_of
from jemeti_platform.types import Exact, Money, OneOf, Quantity, Slug, StrictBool, StrictInt, Text, Uuid

from .grading import BELOW_GOOD, CONDITIONS, DIRECTIONS, GRADES
from .models import KINDS, PROPOSED_KINDS

__all__ = [
    "ITEM",
    "PROMOTED",
    "RECOMMENDATION",
    "SERIES",
    "AnswersSchema",
    "CloneSchema",
    "InspectionChange",
    "InspectionSchema",
    "PhotoChange",
    "PhotoSchema",
    "PromoteSchema",
    "SeriesQuery",
    "TemplateChange",
    "TemplateSchema",
]

DAMAGES = ("scratch", "dent", "crack", "rust", "chip", "missing", "broken")
SHAPES = ("circle", "arrow", "line", "text")
_KEY = Text(max=60, pattern=r"[a-z0-9_]+", hint="Small letters, digits and _")


def _limit(name: str) -> SchemaNode:
    return SchemaNode(
        Exact(-999_999, 999_999, scale=3), name=name, missing=None, description=f"From here on it is {name}"
    )


class LimitsSchema(Mapping):
    worse = SchemaNode(OneOf(DIRECTIONS), description="On which side of the limits it is worse", example="below")
    fair = _limit("fair")
    poor = _limit("poor")
    critical = _limit("critical")


class ChoiceSchema(Mapping):
    value = SchemaNode(_KEY, example="dirty")
    title = SchemaNode(Text(max=120), example="Dirty")
    condition = SchemaNode(OneOf(GRADES), missing=None, description="What choosing it says of the condition")


class ProposedSchema(Mapping):
    kind = SchemaNode(OneOf(PROPOSED_KINDS), missing="labour")
    service_id = SchemaNode(
        Uuid(),
        missing=None,
        refers="jobs_services",
        description="A service of the catalogue; its price unless one is given",
    )
    quantity = SchemaNode(Quantity(min=0), missing=None, description="Else what the service usually takes, or 1")
    unit_price = SchemaNode(Money(min=0), missing=None, description="Else the service's, or 0 until somebody sets it")


class TemplateItem(Mapping):
    key = SchemaNode(
        _KEY, description="What is the same thing in every template: series follow it", example="brake_pad_front_left"
    )
    title = SchemaNode(Text(max=120), example="Brake pad, front left")
    hint = SchemaNode(Text(max=500, multiline=True), missing=None, description="How to look at it")
    kind = SchemaNode(OneOf(KINDS), example="measurement")
    unit = SchemaNode(Text(max=12), missing=None, description="Of a measurement", example="mm")
    limits = LimitsSchema(missing=None, description="Of a measurement", example={"worse": "below", "critical": "3"})
    choices = list_of(ChoiceSchema(), max=20, missing=None, description="Of a choice", example=None)
    required = SchemaNode(StrictBool(), missing=False)
    photos = SchemaNode(StrictInt(0, 20), missing=0, description="How many photos it needs")
    advice = SchemaNode(
        Text(max=200), missing=None, description="What is recommended where it is found below good; else its title"
    )
    proposed = ProposedSchema(missing=None, description="How that is put into a quotation", example=None)


class TemplateSection(Mapping):
    title = SchemaNode(Text(max=120), example="Brakes")
    items = list_of(TemplateItem(), min=1, max=100)


_EXAMPLE = [
    {
        "title": "Brakes",
        "items": [
            {
                "key": "brake_pad_front_left",
                "title": "Brake pad, front left",
                "kind": "measurement",
                "unit": "mm",
                "limits": {"worse": "below", "fair": "5", "poor": "4", "critical": "3"},
                "required": True,
                "photos": 0,
                "advice": "Replace brake pads",
            }
        ],
    }
]


class TemplateSchema(Mapping):
    code = SchemaNode(Slug(max=60), description="What it is called by programs; unique")
    name = SchemaNode(Text(max=120), example="Brakes only")
    description = SchemaNode(Text(max=500, multiline=True), missing=None)
    sections = list_of(TemplateSection(), min=1, max=40, example=_EXAMPLE)


class TemplateChange(TemplateSchema):
    status = SchemaNode(OneOf(("active", "archived")), missing=colander.drop)


class CloneSchema(Mapping):
    code = SchemaNode(Slug(max=60), description="What the new one is called by programs; unique")
    name = SchemaNode(Text(max=120), missing=None, description="Else that of the old one", example="Our own")


class InspectionSchema(Mapping):
    template_id = SchemaNode(Uuid(), description="By what it is inspected; copied when it starts")
    vehicle_id = SchemaNode(Uuid(), missing=None, description="The job's, where there is a job")
    job_id = SchemaNode(Uuid(), missing=None, description="The job that it belongs to", example=None)
    odometer = SchemaNode(
        StrictInt(0, 9_999_999), missing=None, description="In kilometres; by default what the job says"
    )
    note = SchemaNode(Text(max=2000, multiline=True), missing=None, description="Stands on the report")


class InspectionChange(Mapping):
    odometer = SchemaNode(StrictInt(0, 9_999_999), missing=None, description="In kilometres")
    note = SchemaNode(Text(max=2000, multiline=True), missing=None, description="Stands on the report")


class MarkSchema(Mapping):
    x = SchemaNode(Exact(0, 100, scale=2), description="Per cent of the drawing's width, from the left", example="31.5")
    y = SchemaNode(Exact(0, 100, scale=2), description="Per cent of its height, from the top", example="12.25")
    kind = SchemaNode(OneOf(DAMAGES), example="dent")
    note = SchemaNode(Text(max=200), missing=None)


class AnswerSchema(Mapping):
    item = SchemaNode(_KEY, description="The item's key", example="brake_pad_front_left")
    condition = SchemaNode(OneOf(CONDITIONS), missing=colander.drop, description="Not of what its limits grade")
    measurement = SchemaNode(Exact(-999_999, 999_999, scale=3), missing=colander.drop, example="6.5")
    choice = SchemaNode(_KEY, missing=colander.drop, description="A choice's value", example="dirty")
    answer = SchemaNode(Text(max=2000, multiline=True), missing=colander.drop)
    marks = list_of(MarkSchema(), max=60, missing=colander.drop, description="Damage; empty where there is none")
    note_internal = SchemaNode(Text(max=2000, multiline=True), missing=colander.drop)
    note_customer = SchemaNode(Text(max=2000, multiline=True), missing=colander.drop)


class AnswersSchema(Mapping):
    answers = list_of(AnswerSchema(), min=1, max=200, example=[{"item": "brake_pad_front_left", "measurement": "6.5"}])


class PointSchema(Mapping):
    x = SchemaNode(Exact(0, 100, scale=2), description="Per cent of the picture's width")
    y = SchemaNode(Exact(0, 100, scale=2), description="Per cent of its height")


class AnnotationSchema(Mapping):
    shape = SchemaNode(OneOf(SHAPES), example="circle")
    points = list_of(
        PointSchema(),
        min=1,
        max=50,
        description="Of a circle its middle and a point on it; of an arrow its tail and tip",
        example=[{"x": "40", "y": "55"}, {"x": "48", "y": "55"}],
    )
    text = SchemaNode(Text(max=120), missing=None)


class PhotoChange(Mapping):
    caption = SchemaNode(Text(max=200), missing=None)
    visibility = SchemaNode(OneOf(("customer", "internal")), missing="customer")
    annotations = list_of(AnnotationSchema(), max=50, missing=(), description="Vectors over the picture, beside it")


class PhotoSchema(PhotoChange):
    item_id = SchemaNode(Uuid(), refers="dvi_items", description="The item that it shows")
    file_id = SchemaNode(Uuid(), refers="files", description="A picture that was sent to /v1/files")


class SeriesQuery(Mapping):
    vehicle_id = SchemaNode(Uuid(), description="The vehicle")
    item = SchemaNode(_KEY, description="The item's key", example="brake_pad_front_left")


class PromoteSchema(Mapping):
    item_ids = list_of(
        Uuid(),
        min=1,
        max=4000,
        missing=None,
        description="Recommendations of these items; without them all that are in no quotation yet",
        example=None,
    )
    job_id = SchemaNode(
        Uuid(),
        missing=None,
        refers="jobs_jobs",
        description="Whose quotation, for an inspection without a job: one of the same vehicle",
        example=None,
    )
    quotation_id = SchemaNode(
        Uuid(),
        missing=None,
        refers="jobs_quotations",
        description="Which draft of the job, else the latest, or a new one",
        example=None,
    )


_ID = {"type": "string", "format": "uuid"}
_ID_OR_NOT = {"type": ["string", "null"], "format": "uuid"}
_TEXT_OR_NOT = {"type": ["string", "null"]}
_DECIMAL_OR_NOT = {"type": ["string", "null"], "examples": ["6.500"]}
_CONDITION = {"type": ["string", "null"], "enum": [*CONDITIONS, None]}
_ANY_LIST = {"type": ["array", "null"], "items": {"type": "object", "additionalProperties": True}}

_PROPOSED = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": list(PROPOSED_KINDS)},
        "service_id": _ID_OR_NOT,
        "quantity": {"type": ["string", "null"], "examples": ["1.500"]},
        "unit_price": {"type": ["string", "null"], "examples": ["900.00"]},
    },
}

PHOTO = {
    "type": "object",
    "properties": {
        "id": _ID,
        "file_id": _ID,
        "caption": _TEXT_OR_NOT,
        "visibility": {"type": "string"},
        "annotations": _ANY_LIST,
    },
}

ITEM = {
    "type": "object",
    "title": "Inspection item",
    "properties": {
        "id": _ID,
        "position": {"type": "integer"},
        "section": {"type": "string"},
        "key": {"type": "string"},
        "title": {"type": "string"},
        "hint": _TEXT_OR_NOT,
        "kind": {"type": "string", "enum": list(KINDS)},
        "unit": _TEXT_OR_NOT,
        "limits": {"type": ["object", "null"], "additionalProperties": True},
        "choices": _ANY_LIST,
        "required": {"type": "boolean"},
        "photos_required": {"type": "integer"},
        "advice": _TEXT_OR_NOT,
        "proposed": _PROPOSED,
        "condition": _CONDITION,
        "measurement": _DECIMAL_OR_NOT,
        "choice": _TEXT_OR_NOT,
        "answer": _TEXT_OR_NOT,
        "marks": _ANY_LIST,
        "note_internal": _TEXT_OR_NOT,
        "note_customer": _TEXT_OR_NOT,
        "photos": {"type": "array", "items": PHOTO},
        "last": {
            "type": ["object", "null"],
            "description": "What was found at this vehicle's last visit",
            "properties": {
                "inspection_id": _ID,
                "completed_at": {"type": "string"},
                "odometer": {"type": ["integer", "null"]},
                "condition": _CONDITION,
                "measurement": _DECIMAL_OR_NOT,
                "choice": _TEXT_OR_NOT,
                "answer": _TEXT_OR_NOT,
            },
        },
    },
}

RECOMMENDATION = {
    "type": "object",
    "title": "Recommendation",
    "properties": {
        "id": _ID,
        "item_id": _ID,
        "item": {"type": "string", "description": "The item's key"},
        "title": {"type": "string"},
        "condition": {"type": "string", "enum": list(BELOW_GOOD)},
        "note": {**_TEXT_OR_NOT, "description": "What the customer reads, on the report and in the quotation"},
        "note_internal": {**_TEXT_OR_NOT, "description": "What was said among colleagues"},
        "proposed": _PROPOSED,
        "quotation_id": {**_ID_OR_NOT, "description": "The quotation that it was put into"},
        "quotation_number": _TEXT_OR_NOT,
        "promoted_at": {"type": ["string", "null"], "format": "date-time"},
    },
}

PROMOTED = {
    "type": "object",
    "title": "Promoted",
    "properties": {
        "quotation_id": {**_ID, "description": "Where the recommendations are now"},
        "added": {
            "type": "integer",
            "description": "How many lines this has added; what was in a quotation stays there",
        },
        "recommendations": {"type": "array", "items": RECOMMENDATION, "description": "Those that were asked for"},
    },
}

SERIES = {
    "type": "object",
    "title": "Series",
    "properties": {
        "title": {"type": "string"},
        "unit": _TEXT_OR_NOT,
        "limits": {"type": ["object", "null"], "additionalProperties": True},
        "values": {
            "type": "array",
            "description": "The newest 200, in order of the odometer",
            "items": {
                "type": "object",
                "properties": {
                    "inspection_id": _ID,
                    "completed_at": {"type": "string", "format": "date-time"},
                    "odometer": {"type": "integer"},
                    "measurement": {"type": "string"},
                    "condition": _CONDITION,
                },
            },
        },
        "forecast": {
            "type": "object",
            "properties": {
                "status": {"type": "string"},
                "message": {"type": "string"},
                "readings": {"type": "integer"},
                "limit": _DECIMAL_OR_NOT,
                "odometer_at_limit": {"type": ["integer", "null"]},
                "remaining_km": {"type": ["integer", "null"]},
                "per_1000_km": _DECIMAL_OR_NOT,
            },
        },
    },
}
