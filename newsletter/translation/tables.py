"""Tables: the translation memory, and what engines were asked."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class TranslationRow(SQLModel, table=True):
    """One text in one other language, by one engine or a person. `source_hash` is the SHA-256 of the source text, hex.

    A person's correction (`origin`) wins over every engine for ever; `corrected_by` is whose it is, by their address.
    """

    __tablename__ = "translation"
    __table_args__ = (UniqueConstraint("source_hash", "source_language", "target_language", "engine"),)

    id: int | None = Field(default=None, primary_key=True)
    source_hash: str
    source_language: str
    target_language: str
    engine: str
    text: str
    translated_at: datetime = Field(sa_type=UTCDateTime)
    origin: str = Field(default="engine", sa_column_kwargs={"server_default": "engine"})
    corrected_by: str | None = None


class TranslationRunRow(SQLModel, table=True):
    """What one run asked an engine, and what came of it: the counts of its report, and what the engine may charge for.

    `characters` are those of the texts sent, each time they were sent; `requests` how often the engine was asked.
    """

    __tablename__ = "translation_run"

    id: int | None = Field(default=None, primary_key=True)
    engine: str
    started_at: datetime = Field(sa_type=UTCDateTime, index=True)
    ended_at: datetime = Field(sa_type=UTCDateTime)
    requested: int
    recalled: int
    translated: int
    failed: int
    requests: int
    characters: int
    problem: str | None = None
