import sqlalchemy as sa

from jemeti_platform.db.rls import create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Reference
from jemeti_platform.db.triggers import freeze_rows

revision = "lockers_0001"
down_revision = None
branch_labels = ("lockers",)
depends_on = ("kernel_0001",)


def upgrade():
    create_tenant_table("lockers_lockers", sa.Column("label", sa.Text, nullable=False))
    create_tenant_table(
        "lockers_keys",
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("locker_id", sa.Uuid, nullable=False),
        Reference("locker_id", "lockers_lockers"),
    )
    create_tenant_table(
        "lockers_labels",
        sa.Column("key_id", sa.Uuid, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        Reference("key_id", "lockers_keys"),
        stamps=False,
    )
    freeze_rows("lockers_keys", when="label = 'lost'", message="a key that was lost does not change")


def downgrade():
    drop_tenant_table("lockers_labels")
    drop_tenant_table("lockers_keys")
    drop_tenant_table("lockers_lockers")
