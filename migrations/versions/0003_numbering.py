"""Number series: gapless numbers per workspace, series and local year.

Revision ID: kernel_numbering
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Unique
from jemeti_platform.numbering import functions

revision = "kernel_numbering"
down_revision = "kernel_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "number_series",
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("pattern", sa.Text),
        sa.CheckConstraint(
            "char_length(pattern) <= 40 AND pattern LIKE '%{year%' AND pattern LIKE '%{number%'"
            " AND pattern NOT LIKE '%{number%{number%'",
            name="pattern_numbers",
        ),
        key=("series",),
        grants="select insert update",
    )
    # the application reads both; what writes is jemeti.next_number
    create_tenant_table(
        "number_counters",
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.CheckConstraint("first >= 1 AND last >= first - 1", name="first_before_last"),
        key=("series", "year"),
        grants="select",
        stamps=False,
        audited=False,
    )
    create_tenant_table(
        "numbers_taken",
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("written", sa.Text, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("record_id", sa.Uuid),
        Unique("series", "written"),
        key=("series", "year", "number"),
        grants="select",
        stamps=False,
        audited=False,
    )
    for statement in functions.INSTALL:
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    for signature in reversed(functions.SIGNATURES):
        op.execute(f"DROP FUNCTION {signature}")
    for table in ("numbers_taken", "number_counters", "number_series"):
        drop_tenant_table(table)
