"""The receipt for a key that is kept."""

from colander import SchemaNode

from jemeti_platform.documents.printed import Printed
from jemeti_platform.documents.schemas import Printout
from jemeti_platform.manifest import Document, Section


class Receipt(Printout):
    locker = SchemaNode(Printed())
    notes = SchemaNode(Printed(), missing=None)


RECEIPT = Document(
    type="locker_receipt",
    title="Receipt for a key",
    template="documents/locker_receipt.typ",
    sample="documents/locker_receipt.sample.json",
    labels="documents/labels",
    schema=Receipt,
    sections=(Section("about", "What is kept", required=True), Section("notes", "Notes")),
)
