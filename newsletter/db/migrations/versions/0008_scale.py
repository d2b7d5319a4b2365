"""Several connections a worker; room for billions of deliveries; indexes of what is claimed next and of what is in hand."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('queued', 'deferred', 'sending')")
_SENDING = sa.text("state = 'sending'")
_NUMBERED = ("digest", "delivery", "attempt")
_REFERRING = (("delivery", "digest_id"), ("attempt", "delivery_id"), ("feedback", "delivery_id"))
# a delivery is updated three or four times on its first day: its page keeps room for that, and its dead versions go early
_STORAGE = {"fillfactor": 80, "autovacuum_vacuum_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.02}


def upgrade() -> None:
    op.add_column("channel_slot", sa.Column("count", sa.Integer(), server_default="1", nullable=False))
    op.create_index("delivery_sending", "delivery", ["id"], sqlite_where=_SENDING, postgresql_where=_SENDING)
    op.drop_index("delivery_open", table_name="delivery")
    op.create_index(
        "delivery_open", "delivery", ["due_at", "id", "next_attempt_at"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite counts in 64 bits already
        _set_type("bigint")
        op.execute(f"ALTER TABLE delivery SET ({', '.join(f'{name} = {value}' for name, value in _STORAGE.items())})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE delivery RESET ({', '.join(_STORAGE)})")
        _set_type("integer")
    op.drop_index("delivery_open", table_name="delivery")
    op.create_index(
        "delivery_open", "delivery", ["due_at", "next_attempt_at"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.drop_index("delivery_sending", "delivery")
    op.drop_column("channel_slot", "count")


def _set_type(name: str) -> None:
    for table in _NUMBERED:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN id TYPE {name}")
        op.execute(f"ALTER SEQUENCE {table}_id_seq AS {name}")
    for table, column in _REFERRING:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {name}")
