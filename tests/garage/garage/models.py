from sqlalchemy.orm import Mapped

from jemeti_platform.db.base import TenantBase
from jemeti_platform.db.shape import Unique


class Repair(TenantBase):
    __tablename__ = "garage_repairs"
    __shape__ = (Unique("number"),)

    number: Mapped[str]
    concern: Mapped[str]
