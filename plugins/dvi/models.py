"""Templates, the inspections made by them, what was found at each item, photos, what is recommended and quoted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Numeric, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase, TenantRow
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.types import MoneyColumn, QuantityColumn, money_check

from .grading import BELOW_GOOD, CONDITIONS

__all__ = [
    "KINDS",
    "PROPOSED_KINDS",
    "STATES",
    "Inspection",
    "Item",
    "Photo",
    "Promotion",
    "Recommendation",
    "Template",
]

KINDS = ("grade", "measurement", "choice", "text", "damage_map")
PROPOSED_KINDS = ("labour", "part", "sublet", "fee")
"""As what a quotation may be proposed work."""

STATES = ("draft", "in_progress", "completed", "shared")
_SECTIONS = {
    "type": "array",
    "description": "Sections with their items",
    "items": {"type": "object", "additionalProperties": True},
    "examples": [[]],
}


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=f"{column}_known")


class Template(TenantBase):
    """What is looked at. ``revision`` counts how often its sections were changed; inspections keep a copy."""

    __tablename__ = "dvi_templates"
    __shape__ = (
        Unique("code"),
        Indexed("created_at"),
        Search("code", "name"),
        CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        CheckConstraint("jsonb_typeof(sections) = 'array'", name="sections_list"),
        CheckConstraint("revision >= 1", name="revision"),
    )
    __sample__: ClassVar[dict[str, Any]] = {"sections": [], "revision": 1}

    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    sections: Mapped[list[Any]] = mapped_column(info={"schema": _SECTIONS})
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    status: Mapped[str] = mapped_column(server_default=text("'active'"))


class Inspection(TenantBase):
    """One vehicle looked at by one template. Completed, it does not change any more: a trigger sees to that.

    ``vehicle_name`` is by what people look for it: plate, VIN, make and model when it was begun.
    """

    __tablename__ = "dvi_inspections"
    __shape__ = (
        Unique("number"),
        Unique("share_token", where="share_token IS NOT NULL"),
        Reference("template_id", "dvi_templates"),
        Reference("vehicle_id", "crm_vehicles"),
        Reference("job_id", "jobs_jobs"),
        Indexed("created_at"),
        Search("number", "vehicle_name", "template_name"),
        _one_of("status", STATES),
        CheckConstraint("odometer >= 0", name="odometer"),
        CheckConstraint(
            "status IN ('draft', 'in_progress') OR (completed_at IS NOT NULL AND share_token IS NOT NULL"
            " AND odometer IS NOT NULL)",
            name="completed_is_whole",
        ),
        CheckConstraint("status <> 'shared' OR shared_at IS NOT NULL", name="shared_is_whole"),
        CheckConstraint("link_revoked_at IS NULL OR status = 'shared'", name="only_shared_is_revoked"),
    )
    __sample__: ClassVar[dict[str, Any]] = {"status": "draft"}

    number: Mapped[str]
    template_id: Mapped[UUID]
    template_name: Mapped[str | None]
    template_revision: Mapped[int | None]
    vehicle_id: Mapped[UUID]
    vehicle_name: Mapped[str | None]
    job_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(server_default=text("'draft'"))
    odometer: Mapped[int | None]
    note: Mapped[str | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    shared_at: Mapped[datetime | None]
    share_token: Mapped[str | None]
    link_revoked_at: Mapped[datetime | None]


class Item(TenantBase):
    """One thing to look at, copied from the template, with what was found; ``proposed_…`` is how work is quoted.

    It is all there is to go by: no later edit of the template reaches it.
    """

    __tablename__ = "dvi_items"
    __shape__ = (
        Reference("inspection_id", "dvi_inspections"),
        Unique("inspection_id", "key"),
        _one_of("kind", KINDS),
        _one_of("condition", CONDITIONS),
        CheckConstraint("photos_required BETWEEN 0 AND 20", name="photos_required"),
        CheckConstraint("measurement IS NULL OR kind = 'measurement'", name="only_measured"),
        CheckConstraint("measurement <> 'NaN'::numeric", name="measurement_number"),
        CheckConstraint("choice IS NULL OR kind = 'choice'", name="only_chosen"),
        CheckConstraint("answer IS NULL OR kind = 'text'", name="only_written"),
        CheckConstraint("marks IS NULL OR kind = 'damage_map'", name="only_marked"),
        Reference("proposed_service_id", "jobs_services"),
        _one_of("proposed_kind", PROPOSED_KINDS),
        money_check("proposed_quantity", minimum=0),
        money_check("proposed_price", minimum=0),
    )
    __sample__: ClassVar[dict[str, Any]] = {
        "kind": "grade", "condition": "good", "measurement": None, "choice": None, "answer": None, "marks": None,
        "limits": None, "choices": None, "photos_required": 0, "proposed_kind": "labour",
    }  # fmt: skip

    inspection_id: Mapped[UUID]
    position: Mapped[int]
    section: Mapped[str]
    key: Mapped[str]
    title: Mapped[str]
    hint: Mapped[str | None]
    kind: Mapped[str]
    unit: Mapped[str | None]
    limits: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    choices: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    required: Mapped[bool] = mapped_column(server_default=text("false"))
    photos_required: Mapped[int] = mapped_column(server_default=text("0"))
    advice: Mapped[str | None]
    proposed_kind: Mapped[str] = mapped_column(server_default=text("'labour'"))
    proposed_service_id: Mapped[UUID | None]
    proposed_quantity: Mapped[Decimal | None] = mapped_column(QuantityColumn())
    proposed_price: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    condition: Mapped[str | None]
    measurement: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    choice: Mapped[str | None]
    answer: Mapped[str | None]
    marks: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    note_internal: Mapped[str | None]
    note_customer: Mapped[str | None]


class Photo(TenantBase):
    """A picture of an item. ``annotations`` are vectors beside the original, which stays as it was taken."""

    __tablename__ = "dvi_photos"
    __shape__ = (
        Reference("inspection_id", "dvi_inspections"),
        Reference("item_id", "dvi_items"),
        Reference("file_id", "files"),
        Unique("inspection_id", "item_id", "file_id"),
        _one_of("visibility", ("customer", "internal")),
        CheckConstraint("jsonb_typeof(annotations) = 'array'", name="annotations_list"),
    )
    __sample__: ClassVar[dict[str, Any]] = {"annotations": [], "visibility": "customer"}

    inspection_id: Mapped[UUID]
    item_id: Mapped[UUID]
    file_id: Mapped[UUID]
    caption: Mapped[str | None]
    visibility: Mapped[str] = mapped_column(server_default=text("'customer'"))
    annotations: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))


class Recommendation(TenantBase):
    """What a completed inspection advises: one for every item that was found below good."""

    __tablename__ = "dvi_recommendations"
    __shape__ = (
        Reference("inspection_id", "dvi_inspections"),
        Reference("item_id", "dvi_items"),
        Unique("inspection_id", "item_id"),
        _one_of("condition", BELOW_GOOD),
    )
    __sample__: ClassVar[dict[str, Any]] = {"condition": "fair"}

    inspection_id: Mapped[UUID]
    item_id: Mapped[UUID]
    title: Mapped[str]
    condition: Mapped[str]
    note: Mapped[str | None]


class Promotion(TenantRow):
    """A recommendation was put into a quotation: once, and written once. Who did it stands in the audit log."""

    __tablename__ = "dvi_promotions"
    __shape__ = (
        Reference("recommendation_id", "dvi_recommendations", index=False),
        Unique("recommendation_id"),
        Reference("quotation_id", "jobs_quotations"),
    )

    recommendation_id: Mapped[UUID]
    quotation_id: Mapped[UUID]
    promoted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReportView(TenantRow):
    """That a shared report was opened: first, last, and how often, as browsers that show its pictures tell."""

    __tablename__ = "dvi_report_views"
    __shape__ = (
        Reference("inspection_id", "dvi_inspections", index=False),
        Unique("inspection_id"),
        CheckConstraint("views >= 1", name="views"),
        CheckConstraint("last_viewed_at >= first_viewed_at", name="first_is_first"),
    )

    inspection_id: Mapped[UUID]
    first_viewed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_viewed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    views: Mapped[int] = mapped_column(server_default=text("1"))
