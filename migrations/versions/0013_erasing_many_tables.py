"""A workspace is erased however many tables there are.

Revision ID: kernel_erasing_many_tables
"""

import sqlalchemy as sa
from alembic import op

from jemeti_platform.tenancy.functions import ERASE_WORKSPACE

revision = "kernel_erasing_many_tables"
down_revision = "kernel_imports_and_exports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.text(ERASE_WORKSPACE.replace(":", "\\:")))


def downgrade() -> None:
    """The function of the first revision does the same for fewer tables; it goes with that revision."""
