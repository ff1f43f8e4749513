from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import Service

from . import racks, slips
from .contract import TreadAdvice
from .resources import SETS
from .schemas import AdviceAnswer, AdviceSchema, MoveSchema, SlipAnswer

move = Service("tyres.sets.move", "/tyres/sets/{id}/move", "tyres.storage", "Move a set to another rack")
advice = Service("tyres.advice", "/tyres/advice", "tyres.advice", "What a tread depth means")
slip = Service("tyres.sets.slip", "/tyres/sets/{id}/slip", "tyres.storage", "What the owner takes home")


@move.post(permission="tyres.storage:write", body=MoveSchema, answer=SETS.answer_schema, errors=(404,))
def move_set(request):
    """Move a set to another rack."""
    identity = path_id(request)
    if not racks.move(request.work, identity, request.validated["rack_id"]):
        raise SETS.missing(identity)
    return SETS.answer(SETS.locked(request.work, identity))


@advice.get(permission="tyres.advice:read", query=AdviceSchema, answer=AdviceAnswer)
def give_advice(request):
    """Say what a tread depth means for the customer."""
    adviser = request.work.port(TreadAdvice)
    return {"advice": adviser.say(request.query["tread"])}


@slip.post(permission="tyres.storage:write", status=201, answer=SlipAnswer, errors=(404,))
def issue_slip(request):
    """Issue a storage slip; its PDF is at /v1/documents/{id}/pdf."""
    identity = path_id(request)
    issued = slips.issue_slip(request.work, identity)
    if issued is None:
        raise SETS.missing(identity)
    shown = {"id": issued.id, "number": issued.number, "sha256": issued.sha256}
    return Answer(shown, status=201, location=f"/v1/documents/{issued.id}")
