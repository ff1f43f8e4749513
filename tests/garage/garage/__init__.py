"""A plugin that repairs bicycles: each repair has a number and a life."""

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Manifest, Permission, Sequence

from .contract import RepairFinished
from .lifecycle import REPAIR


@hookimpl
def jemeti_manifest() -> Manifest:
    return Manifest(
        name="garage",
        title="Bicycle garage",
        version="1.0.0",
        features=(Feature("garage", "Garage"), Feature("garage.repairs", "Repairs")),
        permissions=(
            Permission("garage.repairs:read", "See repairs", ("manager", "staff", "mechanic")),
            Permission("garage.repairs:write", "Write repairs", ("manager", "staff")),
            Permission("garage.repairs:work", "Accept, repair and hand over", ("manager", "staff", "mechanic")),
            Permission("garage.repairs:cancel", "Cancel repairs", ("manager",)),
        ),
        sequences=(
            Sequence("garage.repair", "REP-{year}-{number:05}", "Repairs"),
            Sequence("garage.receipt", "{year:2}{month}/{number}", "Receipts"),
        ),
        lifecycles=(REPAIR,),
        paths=("/garage",),
    )


def includeme(config: Any) -> None:
    from . import resources

    config.add_event(RepairFinished)
    config.add_resource(resources.REPAIRS)
    config.add_resource(resources.PARTS)
