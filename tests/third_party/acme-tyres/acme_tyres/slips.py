from colander import SchemaNode
from sqlalchemy import Uuid, bindparam, select

from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import issue
from jemeti_platform.documents.printed import Code
from jemeti_platform.documents.schemas import Goods, Party, Printout
from jemeti_platform.rest.schema import list_of

from .models import Rack, TyreSet

_SET = Statement(
    select(TyreSet.__table__, Rack.code)
    .join(Rack, Rack.id == TyreSet.rack_id)
    .where(TyreSet.id == bindparam("id", type_=Uuid))
)


class StorageSlip(Printout):
    rack = SchemaNode(Code())
    owner = Party()
    wheels = list_of(Goods())


def issue_slip(work, identity):
    """What the owner takes home: which wheels are stored, and where. None where there is no such set."""
    (rows,) = work.read(_SET(id=identity))
    if not rows:
        return None
    row = rows[0]
    tyres = f"{row['season'].capitalize()} tyres"
    data = {
        "date": row["stored_on"] or work.today(),
        "rack": row["code"],
        "owner": {"name": row["owner"]},
        "wheels": [{"description": tyres, "detail": row["label"], "quantity": row["wheels"]}],
        "notes": row["notes"],
    }
    number = work.next_number("tyres.slip")
    return issue(work, "storage_slip", data, number=number, subject_type="tyres.set", subject_id=identity)
