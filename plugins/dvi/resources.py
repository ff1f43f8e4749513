"""Plain create, read and change over HTTP."""

from __future__ import annotations

from jemeti_platform.rest.resource import Resource

from . import inspection_templates, inspections, viewing
from .models import Inspection, Template
from .schemas import InspectionChange, InspectionSchema, TemplateChange, TemplateSchema

__all__ = ["INSPECTIONS", "TEMPLATES"]

TEMPLATES = Resource(
    name="dvi.templates",
    path="/jobs/dvi-inspections/templates",
    model=Template,
    schema=TemplateSchema,
    change=TemplateChange,
    feature="jobs.dvi",
    write="jobs.dvi:configure",
    title="inspection template",
    description="What inspections look at. Changing one never changes what was begun by it; archived, never deleted",
    filters=("code", "status", "created_at", "updated_at"),
    sort=("name", "code", "created_at", "updated_at"),
    default_sort="name",
    search=True,
    create=inspection_templates.create,
    update=inspection_templates.change,
)

INSPECTIONS = Resource(
    name="dvi.inspections",
    path="/jobs/dvi-inspections",
    model=Inspection,
    schema=InspectionSchema,
    change=InspectionChange,
    feature="jobs.dvi",
    write="jobs.dvi:inspect",
    title="inspection",
    description="Vehicles looked at by a template: graded, measured, photographed. Completed, they do not change",
    filters=("number", "template_id", "vehicle_id", "job_id", "status", "created_at", "completed_at"),
    sort=("created_at", "number", "updated_at"),
    comparisons=(viewing.VIEWS.filter,),
    search=True,
    hidden=("share_token", "vehicle_name"),
    computed=viewing.VIEWS.computed,
    lifecycle="dvi.inspection",
    create=inspections.create,
    looks_first=True,
    update=inspections.change,
)
