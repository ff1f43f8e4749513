from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase
from jemeti_platform.db.shape import Reference, Unique
from jemeti_platform.lifecycle import SubState, state_check
from jemeti_platform.types import MoneyColumn, money_check

from .lifecycle import REPAIR


class Repair(TenantBase):
    __tablename__ = "garage_repairs"
    __shape__ = (Unique("number"), SubState(), state_check(REPAIR), money_check("agreed"), money_check("price"))

    number: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'draft'"))
    sub_state_id: Mapped[UUID | None]
    concern: Mapped[str]
    bicycle: Mapped[str | None]
    stand: Mapped[str | None]
    agreed: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    price: Mapped[Decimal | None] = mapped_column(MoneyColumn())


class Part(TenantBase):
    __tablename__ = "garage_parts"
    __shape__ = (Reference("repair_id", "garage_repairs"),)

    repair_id: Mapped[UUID]
    is_there: Mapped[bool] = mapped_column(server_default=text("false"))
