from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.types import money_check


class Rack(TenantBase):
    __tablename__ = "tyres_racks"
    __shape__ = (Unique("code"),)

    code: Mapped[str]
    sets_stored: Mapped[int] = mapped_column(server_default=text("0"))


class TyreSet(TenantBase):
    __tablename__ = "tyres_sets"
    __shape__ = (
        Reference("rack_id", "tyres_racks"),
        Unique("label"),
        Indexed("stored_on"),
        Search("label", "owner", "notes"),
        CheckConstraint("season IN ('summer', 'winter', 'all_year')", name="season_known"),
        money_check("tread", minimum=0),
    )

    label: Mapped[str]
    owner: Mapped[str]
    rack_id: Mapped[UUID]
    season: Mapped[str]
    tread: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    wheels: Mapped[int] = mapped_column(server_default=text("4"))
    stored_on: Mapped[date | None]
    on_rims: Mapped[bool] = mapped_column(server_default=text("false"))
    notes: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
