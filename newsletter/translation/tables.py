"""Tables: the translation memory."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class TranslationRow(SQLModel, table=True):
    """One text in one other language, by one engine. `source_hash` is the SHA-256 of the source text, hex."""

    __tablename__ = "translation"
    __table_args__ = (UniqueConstraint("source_hash", "source_language", "target_language", "engine"),)

    id: int | None = Field(default=None, primary_key=True)
    source_hash: str
    source_language: str
    target_language: str
    engine: str
    text: str
    translated_at: datetime = Field(sa_type=UTCDateTime)
