"""The database refuses to change what the audit log holds.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from newsletter.operators import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    append_only.install(op.get_bind())


def downgrade() -> None:
    append_only.uninstall(op.get_bind())
