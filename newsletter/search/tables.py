"""Tables of the search: what was read of each paper, what waits to be read, and in how many papers each word is.

The index itself is no table of SQLModel's: see `schema`.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class SearchPaperRow(SQLModel, table=True):
    """A paper in the index, by its place in the order of identifiers.

    `content` is what was read of it, compressed: what is taken out when it is read again, and what the matcher is shown.
    None until it was read. The hashes are those of its texts in the translation memory.
    """

    __tablename__ = "search_paper"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    arxiv_id: str = Field(unique=True, foreign_key="paper.arxiv_id")
    title_hash: str = Field(index=True)
    abstract_hash: str = Field(index=True)
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    is_translated: bool = False
    read_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class SearchChangeRow(SQLModel, table=True):
    """A paper that was stored, changed or translated, and has to be read; written by triggers, so that none is missed."""

    __tablename__ = "search_change"

    # never used twice, so that a change that came while its paper was read is not taken for the one that was seen
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    )
    arxiv_id: str = Field(index=True)


class SearchTermRow(SQLModel, table=True):
    """A word in the singular, and in how many papers' title or abstract it is."""

    __tablename__ = "search_term"

    term: str = Field(primary_key=True)
    paper_count: int


class SearchStateRow(SQLModel, table=True):
    """One row: how the index was made. A program that reads words another way reads every paper again."""

    __tablename__ = "search_state"

    id: int = Field(primary_key=True)
    format: str
