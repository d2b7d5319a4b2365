"""The index in PostgreSQL: GIN over each paper's lexemes as a `tsvector` without places.

Whatever is asked, GIN answers it without looking at the lexemes again, and no plan without GIN is worth a try.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, assert_never

from sqlmodel import Session, text

from newsletter.search.expressions import NOTHING, AllOf, AnyOf, Expression, Lexeme, NoneOf
from newsletter.search.lexemes import EVERY
from newsletter.search.reading import Reading
from newsletter.search.schema import GIN, LEXEMES

_FOUND = f"search_paper WHERE {LEXEMES} @@"
_SET = "SELECT set_config('enable_seqscan', '{0}', true), set_config('enable_indexscan', '{0}', true)"
_PLAN, _PLAIN_PLAN = f"{_SET.format('off')}, set_config('jit', 'off', true)", _SET.format("on")


class PostgresqlIndex:
    """Writes and asks the column of lexemes."""

    def add(self, session: Session, papers: Mapping[int, Reading]) -> None:
        """Put papers in, or others in their place, with what was read of them: each new row is sorted into GIN once more."""
        rows = [
            {
                "sequence": sequence,
                "lexemes": "\n".join(sorted(read.lexemes)),
                "content": read.content,
                "is_translated": read.is_translated,
                "read_at": read.read_at,
            }
            for sequence, read in papers.items()
        ]
        if rows:
            update = text(
                "UPDATE search_paper SET lexemes = :lexemes, content = :content, is_translated = :is_translated, "
                "read_at = :read_at WHERE sequence = :sequence"
            )
            session.connection().execute(update, rows)

    def remove(self, session: Session, papers: Iterable[tuple[int, set[str]]]) -> None:
        """Do nothing: what is added takes the place of what was there."""

    def clear(self, session: Session) -> None:
        """Take every paper out, and GIN away: sorting them in one by one takes several times as long as all at once."""
        session.connection().exec_driver_sql("DROP INDEX IF EXISTS search_paper_lexemes")
        session.connection().execute(text("UPDATE search_paper SET lexemes = NULL WHERE lexemes IS NOT NULL"))

    def tidy(self, session: Session) -> None:
        """Make GIN again, and let the planner know what is there."""
        session.connection().exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
        session.connection().exec_driver_sql(GIN)
        session.connection().execute(text("ANALYZE search_paper"))

    def list_known(self, session: Session, lexemes: Sequence[Lexeme]) -> set[Lexeme]:
        """Return those lexemes that any paper has."""
        written = {_write(lexeme): lexeme for lexeme in lexemes}
        known = (
            "SELECT guess FROM unnest(CAST(:written AS text[])) AS guess "  # noqa: S608  our own words
            f"WHERE EXISTS (SELECT 1 FROM {_FOUND} CAST(guess AS tsquery))"
        )
        return {written[value] for (value,) in self._ask(session, known, written=list(written))}

    def count(self, session: Session, expression: Expression) -> int:
        """Return how many papers match."""
        if expression == NOTHING:
            return 0
        counted = f"SELECT count(*) FROM {_FOUND} CAST(:query AS tsquery)"  # noqa: S608
        return int(self._ask(session, counted, query=_write(expression))[0][0])

    def list_newest(
        self, session: Session, expression: Expression, *, limit: int | None = None, offset: int = 0
    ) -> list[int]:
        """Return papers that match by their place in the order, the newest first."""
        if expression == NOTHING:
            return []
        found = f"SELECT sequence FROM {_FOUND} CAST(:query AS tsquery)"  # noqa: S608
        if limit is None and not offset:
            return self._gather(session, found, query=_write(expression))
        newest = f"WITH found AS MATERIALIZED ({found}) SELECT sequence FROM found ORDER BY sequence DESC"  # noqa: S608
        part = f"{newest} LIMIT :most OFFSET :offset"
        return self._gather(session, part, query=_write(expression), most=limit, offset=offset)

    def list_within(self, session: Session, expression: Expression, papers: Set[int]) -> list[int]:
        """Return those of some papers that match, the newest first."""
        if expression == NOTHING or not papers:
            return []
        # found first and narrowed then: a plan that begins at the papers would take each one's lexemes apart
        found = f"SELECT sequence FROM {_FOUND} CAST(:query AS tsquery)"  # noqa: S608
        between = (
            f"WITH found AS MATERIALIZED ({found}) SELECT sequence FROM found WHERE sequence BETWEEN :first AND :last"  # noqa: S608
        )
        values: dict[str, object] = {"query": _write(expression), "first": min(papers), "last": max(papers)}
        gathered = self._gather(session, between, **values)
        return [sequence for sequence in gathered if sequence in papers]

    def _gather(self, session: Session, statement: str, **values: object) -> list[int]:
        """Return papers, sent as one value: hundreds of rows, one by one, would take longer than finding them."""
        gathered = f"SELECT string_agg(CAST(sequence AS text), ',') FROM ({statement}) AS part"  # noqa: S608
        found = self._ask(session, gathered, **values)[0][0]
        return sorted(map(int, found.split(",")), reverse=True) if found else []

    def _ask(self, session: Session, statement: str, **values: object) -> list[tuple[Any, ...]]:
        connection = session.connection()
        connection.exec_driver_sql(_PLAN)
        rows = connection.execute(text(statement), values).all()
        connection.exec_driver_sql(_PLAIN_PLAN)
        return [tuple(row) for row in rows]


def _write(expression: Expression) -> str:
    """Write an expression as a tsquery."""
    match expression:
        case Lexeme():
            quoted = expression.text.replace("\\", "\\\\").replace("'", "''")
            return f"'{quoted}'" + ":*" * expression.is_prefix
        case AnyOf():
            return "(" + " | ".join(map(_write, expression.operands)) + ")"
        case AllOf():
            return "(" + " & ".join(map(_write, expression.operands)) + ")"
        case NoneOf():
            inner = expression.operand
            return _write(Lexeme(EVERY)) if inner == NOTHING else f"({_write(Lexeme(EVERY))} & !{_write(inner)})"
        case _:
            assert_never(expression)
