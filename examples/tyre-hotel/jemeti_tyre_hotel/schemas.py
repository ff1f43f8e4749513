"""What a client may send, and what is answered beside records."""

from __future__ import annotations

from typing import Any

from colander import SchemaNode

from jemeti_platform.rest.schema import Mapping
from jemeti_platform.types import Email, Exact, OneOf, Phone, Text, Uuid

__all__ = ["ISSUED", "SEASONS", "WHEELS", "TreadSchema", "TyreSetSchema"]

SEASONS = ("summer", "winter", "all_season")
WHEELS = ("front_left", "front_right", "rear_left", "rear_right")

ISSUED: dict[str, Any] = {
    "type": "object",
    "title": "Issued label",
    "properties": {
        "id": {"type": "string", "format": "uuid", "examples": ["0193597a-6c00-7d3b-9f21-5b6c7d8e9f01"]},
        "number": {"type": "string", "examples": ["LBL-2026-00017"]},
        "sha256": {"type": "string", "description": "Of the PDF, which stays as it is", "examples": ["9f86d081…"]},
    },
}
"""What is told of a document that has been issued."""


class TyreSetSchema(Mapping):
    plate = SchemaNode(Text(max=20), description="The number plate of the car")
    owner_name = SchemaNode(Text(max=120))
    owner_phone = SchemaNode(Phone(), missing=None)
    owner_email = SchemaNode(Email(), missing=None)
    season = SchemaNode(OneOf(SEASONS))
    size = SchemaNode(
        Text(max=20, pattern=r"\d{3}/\d{2} R\d{2}", hint='Must be a size, such as "205/55 R16"'),
        missing=None,
        example="205/55 R16",
    )
    notes = SchemaNode(Text(max=2000, multiline=True), missing=None)


class TreadSchema(Mapping):
    tyre_set_id = SchemaNode(Uuid())
    wheel = SchemaNode(OneOf(WHEELS))
    depth = SchemaNode(Exact(0, 20, scale=1), description="In millimetres")
