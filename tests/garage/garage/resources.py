from sqlalchemy import case

from jemeti_platform.rest.resource import Resource

from .models import Part, Repair
from .schemas import PartSchema, RepairSchema

# a derived state: computed, never typed in
BILLING = case((Repair.price.is_(None), "open"), (Repair.price < Repair.agreed, "cheaper"), else_="as_agreed")
REPAIRS = Resource(
    "garage.repairs",
    "/garage/repairs",
    Repair,
    RepairSchema,
    "garage.repairs",
    "repair",
    filters=("number", "status"),
    sort=("created_at", "number"),
    computed={"billing": BILLING},
    numbered={"number": "garage.repair"},
    lifecycle="garage.repair",
)
PARTS = Resource("garage.parts", "/garage/parts", Part, PartSchema, "garage.repairs", "part")
