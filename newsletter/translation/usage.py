"""What engines were asked on each day, written as their answers come, and what their budgets leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from newsletter.translation.tables import TranslationUsageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Requests, characters of the texts sent, and tokens as the service counted them."""

    requests: int = 0
    characters: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            requests=self.requests + other.requests,
            characters=self.characters + other.characters,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
        )


NOTHING = Spent()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayUsage:
    """What one engine was asked on one day (UTC)."""

    engine: str
    on: date
    spent: Spent


def add_usage(session: Session, engine: str, spent: Spent, *, at: datetime) -> None:
    """Add what an engine was asked to its day."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {
        "requests": spent.requests,
        "characters": spent.characters,
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
    }
    statement = dialect.insert(TranslationUsageRow).values(engine=engine, on=at.date(), **values)
    table = TranslationUsageRow
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["engine", "on"],
            set_={
                "requests": col(table.requests) + spent.requests,
                "characters": col(table.characters) + spent.characters,
                "tokens_in": col(table.tokens_in) + spent.tokens_in,
                "tokens_out": col(table.tokens_out) + spent.tokens_out,
            },
        )
    )


def spent_on(session: Session, engine: str, on: date) -> Spent:
    """Return what an engine was asked on a day (UTC)."""
    row = session.get(TranslationUsageRow, (engine, on))
    return Spent() if row is None else _spent(row)


def list_usage(session: Session, *, since: date) -> Sequence[DayUsage]:
    """Return what each engine was asked on each day from `since`, the newest day first."""
    statement = (
        select(TranslationUsageRow)
        .where(col(TranslationUsageRow.on) >= since)
        .order_by(col(TranslationUsageRow.on).desc(), col(TranslationUsageRow.engine))
    )
    return [DayUsage(engine=row.engine, on=row.on, spent=_spent(row)) for row in session.exec(statement)]


def _spent(row: TranslationUsageRow) -> Spent:
    return Spent(requests=row.requests, characters=row.characters, tokens_in=row.tokens_in, tokens_out=row.tokens_out)
