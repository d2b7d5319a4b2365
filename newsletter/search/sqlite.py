"""The index in SQLite: an FTS5 table of lexemes, without their places and without contents."""

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import assert_never

from sqlmodel import Session, text, update

from newsletter.search.expressions import NOTHING, AllOf, AnyOf, Expression, Lexeme, NoneOf
from newsletter.search.lexemes import EVERY
from newsletter.search.reading import Reading
from newsletter.search.schema import INDEX
from newsletter.search.tables import SearchPaperRow

# FTS5's plainest tokenizer takes letters, digits and whatever is not ASCII for parts of a word; after `normalise` none of
# these letters is in any text
_MARKS = {code: chr(0x100 + code) for code in range(0x80) if not chr(code).isalnum()}
_SEPARATOR = "\n"  # in no lexeme, since white space within one is a space
_MOST_NAMED = 2000
"""So many papers are named one by one; of more FTS5 is only told between which they are."""
_JOINED_MARKS = _MARKS | {ord(_SEPARATOR): " "}


class SqliteIndex:
    """Writes and asks the FTS5 table."""

    def add(self, session: Session, papers: Mapping[int, Reading]) -> None:
        """Put papers in that are not in the index, and keep what was read of them."""
        rows = [{"sequence": sequence, "lexemes": _join(read.lexemes)} for sequence, read in papers.items()]
        if rows:
            insert = text(f"INSERT INTO {INDEX} (rowid, lexemes) VALUES (:sequence, :lexemes)")  # noqa: S608  our own name
            session.connection().execute(insert, rows)
        kept = [
            {
                "sequence": sequence,
                "content": read.content,
                "is_translated": read.is_translated,
                "read_at": read.read_at,
            }
            for sequence, read in papers.items()
        ]
        if kept:
            session.exec(update(SearchPaperRow), params=kept)

    def remove(self, session: Session, papers: Iterable[tuple[int, set[str]]]) -> None:
        """Take papers out; FTS5 has to be told what was put in."""
        rows = [{"sequence": sequence, "lexemes": _join(lexemes)} for sequence, lexemes in papers]
        if rows:
            delete = text(
                f"INSERT INTO {INDEX} ({INDEX}, rowid, lexemes) VALUES ('delete', :sequence, :lexemes)"  # noqa: S608
            )
            session.connection().execute(delete, rows)

    def clear(self, session: Session) -> None:
        """Take every paper out."""
        session.connection().exec_driver_sql(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('delete-all')")  # noqa: S608

    def tidy(self, session: Session) -> None:
        """Merge what was written in pieces."""
        session.connection().exec_driver_sql(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('optimize')")  # noqa: S608

    def list_known(self, session: Session, lexemes: Sequence[Lexeme]) -> set[Lexeme]:
        """Return those lexemes that any paper has."""
        written = {_write(lexeme): lexeme for lexeme in lexemes}
        known = text(
            f"SELECT value FROM json_each(:written) WHERE EXISTS (SELECT 1 FROM {INDEX} WHERE {INDEX} MATCH value)"  # noqa: S608
        )
        found = session.connection().execute(known, {"written": json.dumps(list(written), ensure_ascii=False)})
        return {written[value] for (value,) in found}

    def count(self, session: Session, expression: Expression) -> int:
        """Return how many papers match."""
        if expression == NOTHING:
            return 0
        counted = text(f"SELECT count(*) FROM {INDEX} WHERE {INDEX} MATCH :query")  # noqa: S608
        return int(session.connection().execute(counted, {"query": _write(expression)}).scalar_one())

    def list_newest(
        self, session: Session, expression: Expression, *, limit: int | None = None, offset: int = 0
    ) -> list[int]:
        """Return papers that match by their place in the order, the newest first."""
        if expression == NOTHING:
            return []
        found = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :query"  # noqa: S608  our own name
        if limit is None and not offset:
            return self._gather(session, found, query=_write(expression))
        part = f"{found} ORDER BY rowid DESC LIMIT :most OFFSET :offset"
        return self._gather(session, part, query=_write(expression), most=-1 if limit is None else limit, offset=offset)

    def list_within(self, session: Session, expression: Expression, papers: Set[int]) -> list[int]:
        """Return those of some papers that match, the newest first."""
        if expression == NOTHING or not papers:
            return []
        # FTS5 reads the part of its lists that lies between; a plain IN would have it begin anew for each paper
        found = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :query AND rowid BETWEEN :first AND :last"  # noqa: S608
        values: dict[str, object] = {"query": _write(expression), "first": min(papers), "last": max(papers)}
        if len(papers) > _MOST_NAMED:
            return [sequence for sequence in self._gather(session, found, **values) if sequence in papers]
        named = f"{found} AND +rowid IN (SELECT value FROM json_each(:papers))"  # noqa: S608
        return self._gather(session, named, **values, papers=json.dumps(list(papers)))

    def _gather(self, session: Session, statement: str, **values: object) -> list[int]:
        """Return papers, read as one value: hundreds of rows, one by one, would take longer than finding them."""
        gathered = text(f"SELECT json_group_array(rowid) FROM ({statement})")  # noqa: S608
        found = session.connection().execute(gathered, values).scalar_one()
        return sorted(json.loads(found), reverse=True)


def _join(lexemes: Iterable[str]) -> str:
    return _SEPARATOR.join(lexemes).translate(_JOINED_MARKS)


def _write(expression: Expression) -> str:
    """Write an expression in FTS5's language, in which NOT stands between two."""
    match expression:
        case Lexeme():
            return f'"{expression.text.translate(_MARKS)}"' + " *" * expression.is_prefix
        case AnyOf():
            return "(" + " OR ".join(map(_write, expression.operands)) + ")"
        case AllOf():
            wanted = [operand for operand in expression.operands if not isinstance(operand, NoneOf)]
            found = " AND ".join(map(_write, wanted or [Lexeme(EVERY)]))
            excluded = [_write(operand.operand) for operand in expression.operands if isinstance(operand, NoneOf)]
            return f"(({found}) NOT ({' OR '.join(excluded)}))" if excluded else f"({found})"
        case NoneOf():
            if expression.operand == NOTHING:
                return _write(Lexeme(EVERY))
            return f"({_write(Lexeme(EVERY))} NOT {_write(expression.operand)})"
        case _:
            assert_never(expression)
