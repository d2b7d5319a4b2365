"""The translation memory, and what engines were asked, in a few numbers."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from newsletter.translation.tables import TranslationRow, TranslationRunRow


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTotal:
    """What one engine was asked since the beginning: requests, characters sent, texts translated, texts that failed."""

    engine: str
    requests: int
    characters: int
    translated: int
    failed: int


def find_newest_id(session: Session) -> int:
    """Return a number that grows with every new translation; 0 before the first."""
    return session.connection().execute(select(func.max(TranslationRow.id))).scalar_one() or 0


def list_totals(session: Session) -> list[EngineTotal]:
    """Return what each engine was asked, by name."""
    statement = (
        select(
            col(TranslationRunRow.engine),
            func.sum(TranslationRunRow.requests),
            func.sum(TranslationRunRow.characters),
            func.sum(TranslationRunRow.translated),
            func.sum(TranslationRunRow.failed),
        )
        .group_by(col(TranslationRunRow.engine))
        .order_by(col(TranslationRunRow.engine))
    )
    return [
        EngineTotal(engine=engine, requests=requests, characters=characters, translated=translated, failed=failed)
        for engine, requests, characters, translated, failed in session.connection().execute(statement)
    ]
