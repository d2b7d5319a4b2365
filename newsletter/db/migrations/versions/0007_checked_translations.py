"""Translations that are checked: their terms, score and findings; sentences; what engines were asked each day."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "translation_usage",
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("engine", "on"),
    )
    op.create_table(
        "glossary_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("source_language", sa.String(), nullable=False),
        sa.Column("target_language", sa.String(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("forbidden", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subscriber_id", "target_language", "term"),
    )
    op.create_table(
        "translated_sentence",
        sa.Column("sentence_hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("translation_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["translation_id"], ["translation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sentence_hash", "translation_id"),
    )
    op.create_index(op.f("ix_translated_sentence_translation_id"), "translated_sentence", ["translation_id"])

    op.add_column("translation", sa.Column("glossary_key", sa.String(), server_default="", nullable=False))
    op.add_column("translation", sa.Column("score", sa.Float(), nullable=True))
    op.add_column("translation", sa.Column("findings", sa.JSON(), server_default="[]", nullable=False))

    op.add_column("translation_run", sa.Column("tokens_in", sa.Integer(), server_default="0", nullable=False))
    op.add_column("translation_run", sa.Column("tokens_out", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("translation_run", "tokens_out")
    op.drop_column("translation_run", "tokens_in")

    op.drop_column("translation", "findings")
    op.drop_column("translation", "score")
    op.drop_column("translation", "glossary_key")

    op.drop_table("translated_sentence")
    op.drop_table("glossary_term")
    op.drop_table("translation_usage")
