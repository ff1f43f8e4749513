"""What a client may send to invoice a job."""

from __future__ import annotations

import colander

from jemeti_platform.rest.schema import Mapping, list_of
from jemeti_platform.types import StrictBool, StrictInt, Text, Uuid

__all__ = ["InvoiceJobSchema"]


class InvoiceJobSchema(Mapping):
    """Which approved work is invoiced, all that is not by default, and what else its invoices say."""

    line_ids = list_of(
        Uuid(),
        max=500,
        missing=None,
        refers="jobs_lines",
        example=None,
        description="Which lines; with neither lines nor parts all that is approved and not invoiced",
    )
    part_ids = list_of(
        Uuid(), max=500, missing=None, refers="jobs_parts", example=None, description="Which parts; as of the lines"
    )
    due_in_days = colander.SchemaNode(StrictInt(0, 365), missing=0, description="After the day of issue", example=14)
    reference = colander.SchemaNode(
        Text(max=100), missing=None, description="What the payer calls it", example="Claim 2026-4471"
    )
    notes = colander.SchemaNode(Text(max=2000, multiline=True), missing=None, example=None)
    use_credit = colander.SchemaNode(
        StrictBool(), missing=False, description="Settle them at once with what credit their payers have"
    )
