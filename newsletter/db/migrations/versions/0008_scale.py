"""Several connections a worker: how many of a channel's connections a slot stands for. What is in hand is found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channel_slot", sa.Column("count", sa.Integer(), server_default="1", nullable=False))
    sending = sa.text("state = 'sending'")
    op.create_index("delivery_sending", "delivery", ["lease_until"], sqlite_where=sending, postgresql_where=sending)


def downgrade() -> None:
    op.drop_index("delivery_sending", "delivery")
    op.drop_column("channel_slot", "count")
