from uuid import UUID

from sqlalchemy.orm import Mapped

from jemeti_platform.db.base import TenantBase, TenantRow
from jemeti_platform.db.shape import Reference


class Locker(TenantBase):
    __tablename__ = "lockers_lockers"

    label: Mapped[str]


class Key(TenantBase):
    __tablename__ = "lockers_keys"
    __shape__ = (Reference("locker_id", "lockers_lockers"),)

    label: Mapped[str]
    locker_id: Mapped[UUID]


class Label(TenantRow):
    __tablename__ = "lockers_labels"
    __shape__ = (Reference("key_id", "lockers_keys"),)

    key_id: Mapped[UUID]
    words: Mapped[str]
