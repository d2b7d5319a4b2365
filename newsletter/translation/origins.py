"""Where stored translations come from, for whoever wants to know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from newsletter.translation.memory import source_hash
from newsletter.translation.tables import TranslationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A stored translation, the engine that made it, and when."""

    text: str
    engine: str
    translated_at: datetime


def list_origins(session: Session, texts: Iterable[str], *, source: str, target: str) -> dict[str, list[Origin]]:
    """Return every engine's translation of these few texts, by the text as it was given; the one that is shown is first."""
    hashes = {text: source_hash(text) for text in texts}
    statement = select(TranslationRow).where(
        col(TranslationRow.source_hash).in_(sorted(set(hashes.values()))),
        TranslationRow.source_language == source,
        TranslationRow.target_language == target,
    )
    rows = session.exec(
        statement.order_by(col(TranslationRow.translated_at).desc(), col(TranslationRow.id).desc())
    ).all()
    return {
        text: [
            Origin(text=row.text, engine=row.engine, translated_at=row.translated_at)
            for row in rows
            if row.source_hash == key
        ]
        for text, key in hashes.items()
    }


def find_newest_id(session: Session) -> int:
    """Return a number that grows with every new translation; 0 before the first."""
    return session.exec(select(func.max(TranslationRow.id))).one() or 0


def count_by_engine(session: Session) -> dict[str, tuple[int, int]]:
    """Return (translations, their characters) that each engine has in the memory."""
    statement = select(TranslationRow.engine, func.count(), func.sum(func.length(TranslationRow.text)))
    return {
        engine: (number, int(length or 0))
        for engine, number, length in session.exec(statement.group_by(TranslationRow.engine))
    }
