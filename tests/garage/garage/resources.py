from jemeti_platform.rest.resource import Resource

from .models import Repair
from .schemas import RepairSchema

REPAIRS = Resource(
    "garage.repairs",
    "/garage/repairs",
    Repair,
    RepairSchema,
    "garage.repairs",
    "repair",
    filters=("number",),
    sort=("created_at", "number"),
    numbered={"number": "garage.repair"},
)
