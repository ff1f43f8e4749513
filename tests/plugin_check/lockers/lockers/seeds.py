from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement

FIRST = Statement(
    "INSERT INTO lockers_lockers (id, label) SELECT %(id)s, 'A1' WHERE NOT EXISTS (SELECT FROM lockers_lockers)"
)


def first_locker(work):
    work.write(FIRST(id=uuid7()))
