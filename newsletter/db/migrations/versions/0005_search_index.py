"""The index over every stored paper, and the triggers that keep it up to date.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from newsletter.search import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema.install(op.get_bind())


def downgrade() -> None:
    schema.uninstall(op.get_bind())
