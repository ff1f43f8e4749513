"""Plain create, read and change over HTTP."""

from __future__ import annotations

from sqlalchemy import case

from jemeti_platform.rest.resource import Expansion, Resource

from .models import Tread, TyreSet
from .schemas import TreadSchema, TyreSetSchema

__all__ = ["TREADS", "TYRE_SETS"]

WORN, SOON = 1.6, 3
"""Millimetres: what the law asks for at least, and below what one says so."""

TYRE_SETS = Resource(
    name="tyre_hotel.tyre_sets",
    path="/tyre-hotel/tyre-sets",
    model=TyreSet,
    schema=TyreSetSchema,
    feature="tyre_hotel.tyre_sets",
    title="tyre set",
    description="Customers' wheels, kept for the other season",
    filters=("number", "status", "plate", "season", "position", "due_on", "created_at"),
    sort=("created_at", "number", "due_on", "position"),
    search=True,
    numbered={"number": "tyre_hotel.tyre_set"},
    lifecycle="tyre_hotel.tyre_set",
)

TREADS = Resource(
    name="tyre_hotel.treads",
    path="/tyre-hotel/treads",
    model=Tread,
    schema=TreadSchema,
    feature="tyre_hotel.tyre_sets",
    title="tread",
    description="What treads measured, in millimetres. The newest of a wheel counts; none is changed",
    filters=("tyre_set_id", "wheel", "depth", "created_at"),
    sort=("created_at", "depth"),
    computed={"verdict": case((Tread.depth < WORN, "worn"), (Tread.depth < SOON, "soon"), else_="good")},
    expand={"tyre_set": Expansion("tyre_set_id", TyreSet, ("number", "plate"))},
    updatable=False,
)
