"""How many bytes a workspace may keep (``files.bytes``), exact however many upload at once.

The sum is kept in one row by a trigger. Whoever adds locks that row first and holds it until commit; a CHECK on the row
refuses what went past this.
"""

from __future__ import annotations

from ..db.statement import Bound, Statement
from ..features.limits import check
from ..work import Work

__all__ = ["LIMIT", "USED", "refuse_full", "reserve"]

LIMIT = "files.bytes"
USED = Bound("SELECT coalesce((SELECT bytes FROM file_usage), 0) AS used", ())
_ADMIT = Statement("""
INSERT INTO file_usage AS u (max_bytes) VALUES (%(most)s::bigint)
ON CONFLICT (tenant_id) DO UPDATE
   SET max_bytes = CASE WHEN excluded.max_bytes IS NOT NULL THEN greatest(excluded.max_bytes, u.bytes) END
RETURNING bytes AS used
""")
"""What a workspace has beyond a limit that has become lower stays; nothing is added to it."""


def refuse_full(work: Work) -> None:
    """Raise PaymentRequired where not a byte more fits, before any work is done. No round trip without a limit."""
    if work.limit(LIMIT) is not None:
        ((row,),) = work.read(USED)
        check(work, LIMIT, row["used"] + 1)


def reserve(work: Work, adding: int) -> None:
    """Make sure that ``adding`` bytes more fit, and that nobody else adds until this transaction ends.

    Call it right before the row is written. One round trip. Raises PaymentRequired.
    """
    ((row,),) = work.write(_ADMIT(most=work.limit(LIMIT)))
    if adding > 0:
        check(work, LIMIT, row["used"] + adding)
