"""The ledger of what each source showed, versions of papers, and trending papers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("judgement", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("missing_count", sa.Integer(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("category", "listed_on"),
    )
    op.create_table(
        "sighting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("totals", sa.JSON(), nullable=True),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("category", "listed_on", "source"),
    )
    op.create_index("ix_sighting_listed_on", "sighting", ["listed_on"])

    op.create_table(
        "trouble",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("category", "listed_on", "source", "fault"),
    )
    op.create_index("ix_trouble_listed_on", "trouble", ["listed_on"])

    op.create_table(
        "paper_version",
        sa.Column("arxiv_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("comment_source", sa.String(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["arxiv_id"],
            ["paper.arxiv_id"],
        ),
        sa.PrimaryKeyConstraint("arxiv_id", "version"),
    )
    op.execute(
        "INSERT INTO paper_version (arxiv_id, version, comment_source, seen_at) "
        "SELECT arxiv_id, version, comment_source, stored_at FROM paper"
    )
    op.create_table(
        "trending",
        sa.Column("trending_on", sa.Date(), nullable=False),
        sa.Column("arxiv_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("upvotes", sa.Integer(), nullable=True),
        sa.Column("comments", sa.Integer(), nullable=True),
        sa.Column("organisation", sa.String(), nullable=True),
        sa.Column("code_url", sa.String(), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["arxiv_id"],
            ["paper.arxiv_id"],
        ),
        sa.PrimaryKeyConstraint("trending_on", "arxiv_id"),
    )
    with op.batch_alter_table("announced") as table:
        table.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE announced SET seen_at = "
        "(SELECT collected_at FROM announcement WHERE announcement.id = announced.announcement_id)"
    )
    with op.batch_alter_table("announced") as table:
        table.alter_column("seen_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    with op.batch_alter_table("announcement") as table:
        table.add_column(sa.Column("is_backfilled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text("UPDATE announcement SET is_backfilled = :yes WHERE source = 'api'").bindparams(yes=True))
    with op.batch_alter_table("digest") as table:
        table.add_column(sa.Column("missing_count", sa.Integer(), nullable=True))
    op.execute("UPDATE digest SET missing_count = 0")
    with op.batch_alter_table("subscriber") as table:
        table.add_column(sa.Column("trending", sa.String(), nullable=False, server_default="none"))
        table.add_column(sa.Column("trending_count", sa.Integer(), nullable=False, server_default="5"))
        table.add_column(sa.Column("is_trending_apart", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("subscriber") as table:
        table.drop_column("is_trending_apart")
        table.drop_column("trending_count")
        table.drop_column("trending")

    with op.batch_alter_table("digest") as table:
        table.drop_column("missing_count")

    with op.batch_alter_table("announcement") as table:
        table.drop_column("is_backfilled")

    with op.batch_alter_table("announced") as table:
        table.drop_column("seen_at")

    op.drop_table("trending")
    op.drop_table("paper_version")
    op.drop_table("trouble")
    op.drop_table("sighting")
    op.drop_table("ledger")
