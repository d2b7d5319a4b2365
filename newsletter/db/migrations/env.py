"""Alembic's entry: the connection comes from newsletter.db.migrate, the metadata (to write a revision) from its caller."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

from newsletter.db.types import BigId, UTCDateTime


def render_plain_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types as what the database has, so that old revisions outlive today's classes."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, BigId):
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes.get("metadata"),
    include_name=config.attributes.get("include_name"),
    render_item=render_plain_type,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
