"""Tables: frozen digests."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from newsletter.db.types import BigId, UTCDateTime


class DigestRow(SQLModel, table=True):
    """The papers of one subscriber in one edition, chosen, ordered and frozen.

    `occasion` is the edition's date, with `-sample` behind it for the bundled sample edition, or `trending-` before it for
    trending papers in a mail of their own, or `+n` behind it when it was composed anew for revision n. `sections` is a list of
    {"keyword", "query", "entries": [{"id", "kind", "matched": [keyword], "score"}]}; an entry has "listed_on" when it came
    late, "version", "version_before" and "comment_change" when it was replaced, and "facts" when Hugging Face knows it; a
    section of "kind": "trending" has the day "trending_on" and the number "left_out", one of "kind": "authors" has the papers
    of the authors that the reader follows. `missing_count` is how many papers of the edition had not reached us when it was
    composed, None when that was unknown. A weekly digest begins with the edition of `since_on`.
    """

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("subscriber_id", "occasion"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    occasion: str
    edition_on: date = Field(index=True)
    is_sample: bool = False
    paper_count: int
    sections: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    languages: str
    density: str
    timezone: str
    missing_count: int | None = 0
    since_on: date | None = None
    composed_at: datetime = Field(sa_type=UTCDateTime)
