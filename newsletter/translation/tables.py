"""Tables: the translation memory, the terms people added to the glossary, and what engines were asked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class TranslationRow(SQLModel, table=True):
    """One text in one other language, by one engine or a person. `source_hash` is the SHA-256 of the source text, hex.

    A person's correction (`origin`) wins over every engine for ever; `corrected_by` is whose it is, by their address.
    `glossary_key` names the terms that the text was checked against, `score` (0 to 1) and `findings` what the checks said:
    each finding is {"kind", "detail"}. All three are empty for what a person wrote and for what was never checked.
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
    glossary_key: str = Field(default="", sa_column_kwargs={"server_default": ""})
    score: float | None = None
    findings: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )


class TranslatedSentenceRow(SQLModel, table=True):
    """Where a sentence has been translated before: `place` is its number, from 0, in a stored translation.

    `sentence_hash` is the first 63 bits of the sentence's SHA-256. Only translations whose sentences answer one by one to
    those of their source are listed here.
    """

    __tablename__ = "translated_sentence"

    sentence_hash: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    translation_id: int = Field(primary_key=True, foreign_key="translation.id", ondelete="CASCADE", index=True)
    place: int


class GlossaryTermRow(SQLModel, table=True):
    """A term that an operator added for everybody, or a reader for their own mail (`subscriber_id`)."""

    __tablename__ = "glossary_term"
    __table_args__ = (UniqueConstraint("subscriber_id", "target_language", "term"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int | None = Field(default=None, foreign_key="subscriber.id", ondelete="CASCADE")
    source_language: str
    target_language: str
    term: str
    forms: list[str] = Field(sa_column=Column(JSON, nullable=False))
    forbidden: list[str] = Field(sa_column=Column(JSON, nullable=False))
    added_by: str
    added_at: datetime = Field(sa_type=UTCDateTime)


class TranslationRunRow(SQLModel, table=True):
    """What one run asked an engine, and what came of it: the counts of its report, and what the engine may charge for.

    `characters` are those of the texts sent, each time they were sent; `requests` how often the engine was asked; tokens as
    the service counted them.
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
    tokens_in: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    tokens_out: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    problem: str | None = None


class TranslationUsageRow(SQLModel, table=True):
    """What an engine was asked on a day (UTC), written as its answers come: a run that is killed has spent it all the same."""

    __tablename__ = "translation_usage"

    engine: str = Field(primary_key=True)
    on: date = Field(primary_key=True)
    requests: int
    characters: int
    tokens_in: int
    tokens_out: int
