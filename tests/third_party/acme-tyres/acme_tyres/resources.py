from jemeti_platform.rest.resource import Expansion, Resource

from . import racks
from .models import Rack, TyreSet
from .schemas import RackSchema, SetSchema

RACKS = Resource(
    "tyres.racks",
    "/tyres/racks",
    Rack,
    RackSchema,
    "tyres.storage",
    "rack",
    filters=("code",),
    sort=("created_at", "code"),
    deletable=True,
)
SETS = Resource(
    "tyres.sets",
    "/tyres/sets",
    TyreSet,
    SetSchema,
    "tyres.storage",
    "tyre set",
    filters=("rack_id", "season", "wheels", "tread", "stored_on", "on_rims", "tags", "created_at"),
    sort=("created_at", "label", "wheels"),
    search=True,
    expand={"rack": Expansion("rack_id", Rack, ("code",))},
    create=racks.store,
    deletable=True,
)
