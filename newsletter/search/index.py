"""The index, whichever database it is in."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Protocol

from sqlmodel import Session

from newsletter.search.expressions import Expression, Lexeme
from newsletter.search.postgresql import PostgresqlIndex
from newsletter.search.reading import Reading
from newsletter.search.sqlite import SqliteIndex


class Index(Protocol):
    """Papers by their place in the order (`sequence.sequence_of`), as sets of lexemes."""

    def add(self, session: Session, papers: Mapping[int, Reading]) -> None: ...

    def remove(self, session: Session, papers: Iterable[tuple[int, set[str]]]) -> None: ...

    def clear(self, session: Session) -> None: ...

    def tidy(self, session: Session) -> None: ...

    def list_known(self, session: Session, lexemes: Sequence[Lexeme]) -> set[Lexeme]: ...

    def count(self, session: Session, expression: Expression) -> int: ...

    def list_newest(
        self, session: Session, expression: Expression, *, limit: int | None = None, offset: int = 0
    ) -> list[int]: ...

    def list_within(self, session: Session, expression: Expression, papers: Set[int]) -> list[int]: ...


def index_of(session: Session) -> Index:
    """Return the index of a session's database."""
    return PostgresqlIndex() if session.get_bind().dialect.name == "postgresql" else SqliteIndex()
