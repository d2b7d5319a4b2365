"""Tables: papers, and the announcements they appeared in."""

from datetime import date, datetime

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


class AnnouncementRow(SQLModel, table=True):
    """One category's announcement list of one day: what was seen of it, and when."""

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


class AnnouncedRow(SQLModel, table=True):
    """A paper's place in one announcement list."""

    __tablename__ = "announced"
    __table_args__ = (UniqueConstraint("announcement_id", "arxiv_id"),)

    id: int | None = Field(default=None, primary_key=True)
    announcement_id: int = Field(foreign_key="announcement.id")
    arxiv_id: str = Field(foreign_key="paper.arxiv_id", index=True)
    kind: str
    position: int
    version: int
