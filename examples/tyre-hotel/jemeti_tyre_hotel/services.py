"""What has a verb in its name: printing the label."""

from __future__ import annotations

from typing import Any

from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import Service

from . import labels
from .schemas import ISSUED

__all__ = ["ALL"]

label = Service(
    "tyre_hotel.tyre_sets.label", "/tyre-hotel/tyre-sets/{id}/label", "tyre_hotel.tyre_sets", "A label for the wheels"
)

ALL = (label,)


@label.post(permission="tyre_hotel.tyre_sets:write", answer=ISSUED, status=201, errors=(404,))
def issue_label(request: Any) -> Answer:
    """Issue a label; its PDF is at `/v1/documents/{id}/pdf`."""
    issued = labels.issue_label(request.work, path_id(request))
    shown = {"id": issued.id, "number": issued.number, "sha256": issued.sha256}
    return Answer(shown, status=201, location=f"/v1/documents/{issued.id}")
