from sqlalchemy import bindparam, update

from jemeti_platform.db.statement import Statement

from .models import Rack

_COUNT = Statement(update(Rack).where(Rack.id == bindparam("rack")).values(sets_stored=Rack.sets_stored + 1))


def count_set(work, event):
    work.queue(_COUNT(rack=event.rack_id))
