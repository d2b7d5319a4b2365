"""Tables: papers, the announcements they appeared in, and what each source showed of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class PaperRow(SQLModel, table=True):
    """One work, by identifier without version; the newest known metadata, readable and as arXiv sent it."""

    __tablename__ = "paper"

    arxiv_id: str = Field(primary_key=True)
    version: int
    title: str
    authors: list[str] = Field(sa_column=Column(JSON, nullable=False))
    abstract: str
    categories: list[str] = Field(sa_column=Column(JSON, nullable=False))
    comment: str | None = None
    title_source: str
    authors_source: list[str] = Field(sa_column=Column(JSON, nullable=False))
    abstract_source: str
    comment_source: str | None = None
    stored_at: datetime = Field(sa_type=UTCDateTime)


class PaperVersionRow(SQLModel, table=True):
    """A version of a paper that we have seen, with the comment it came with."""

    __tablename__ = "paper_version"

    arxiv_id: str = Field(primary_key=True, foreign_key="paper.arxiv_id")
    version: int = Field(primary_key=True)
    comment_source: str | None = None
    seen_at: datetime = Field(sa_type=UTCDateTime)


class AnnouncementRow(SQLModel, table=True):
    """One category's announcement list of one day: what was seen of it, and when.

    `is_backfilled`: fetched for the archive at somebody's wish; no mail is sent for it.
    """

    __tablename__ = "announcement"
    __table_args__ = (UniqueConstraint("category", "listed_on"),)

    id: int | None = Field(default=None, primary_key=True)
    category: str
    listed_on: date = Field(index=True)
    announced_at: datetime = Field(sa_type=UTCDateTime)
    collected_at: datetime = Field(sa_type=UTCDateTime)
    source: str
    new_total: int | None = None
    cross_total: int | None = None
    replace_total: int | None = None
    is_backfilled: bool = False


class AnnouncedRow(SQLModel, table=True):
    """A paper's place in one announcement list, and when we first saw it there."""

    __tablename__ = "announced"
    __table_args__ = (UniqueConstraint("announcement_id", "arxiv_id"),)

    id: int | None = Field(default=None, primary_key=True)
    announcement_id: int = Field(foreign_key="announcement.id")
    arxiv_id: str = Field(foreign_key="paper.arxiv_id", index=True)
    kind: str
    position: int
    version: int
    seen_at: datetime = Field(sa_type=UTCDateTime)


class SightingRow(SQLModel, table=True):
    """What one source was asked about one category's list, and what it showed of it.

    `tries` and `asked_at` count every request; `seen_at` is None until the source showed that list. `counts` is what it
    showed and `totals` what it says there is, both by kind of announcement; `ids` are new and cross-listed papers.
    """

    __tablename__ = "sighting"
    __table_args__ = (UniqueConstraint("category", "listed_on", "source"),)

    id: int | None = Field(default=None, primary_key=True)
    category: str
    listed_on: date = Field(index=True)
    source: str
    tries: int
    asked_at: datetime = Field(sa_type=UTCDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    counts: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    totals: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    ids: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class TroubleRow(SQLModel, table=True):
    """A kind of fault that one source showed while one category's list was collected: how often, and the last words."""

    __tablename__ = "trouble"
    __table_args__ = (UniqueConstraint("category", "listed_on", "source", "fault"),)

    id: int | None = Field(default=None, primary_key=True)
    category: str
    listed_on: date = Field(index=True)
    source: str
    fault: str
    reason: str
    times: int
    first_at: datetime = Field(sa_type=UTCDateTime)
    last_at: datetime = Field(sa_type=UTCDateTime)


class LedgerRow(SQLModel, table=True):
    """Whether one category's list of one day is complete, and why we say so. `missing_count` is None when unknown."""

    __tablename__ = "ledger"

    category: str = Field(primary_key=True)
    listed_on: date = Field(primary_key=True)
    judgement: str
    reason: str
    missing_count: int | None = None
    judged_at: datetime = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)


class TrendingRow(SQLModel, table=True):
    """A paper's place among the trending papers of one day at Hugging Face, with what is known of it there."""

    __tablename__ = "trending"

    trending_on: date = Field(primary_key=True)
    arxiv_id: str = Field(primary_key=True, foreign_key="paper.arxiv_id")
    position: int
    upvotes: int | None = None
    comments: int | None = None
    organisation: str | None = None
    code_url: str | None = None
    stars: int | None = None
    collected_at: datetime = Field(sa_type=UTCDateTime)
