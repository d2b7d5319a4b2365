"""The translation memory: every SQL statement on stored translations."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from newsletter.translation.checks import fold, is_storable
from newsletter.translation.tables import TranslationRow

PERSON = "person"
"""The origin of a correction, and what stands in the place of its engine."""
_CHUNK = 500  # a statement's variables are limited: 32,766 on SQLite, and long IN lists are slow to plan


def source_hash(text: str) -> str:
    """Return the key of a text: the SHA-256, in hex, of its folded form."""
    return hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()


def recall(
    session: Session, texts: Iterable[str], *, source: str, target: str, engine: str | None = None
) -> dict[str, str]:
    """Return the stored translation of each text that has one, by the text as it was given.

    Among several, a person's wins, then the one by `engine` if there is one, then the newest.
    """
    hashes = {text: source_hash(text) for text in texts}
    keys = sorted(set(hashes.values()))
    found: dict[str, TranslationRow] = {}
    for start in range(0, len(keys), _CHUNK):
        statement = select(TranslationRow).where(
            col(TranslationRow.source_hash).in_(keys[start : start + _CHUNK]),
            TranslationRow.source_language == source,
            TranslationRow.target_language == target,
        )
        rows = session.exec(statement).all()
        for row in sorted(rows, key=lambda row: _rank(row, engine)):
            found[row.source_hash] = row
    return {text: found[key].text for text, key in hashes.items() if key in found}


def remember(
    session: Session, pairs: Mapping[str, str], *, source: str, target: str, engine: str, translated_at: datetime
) -> None:
    """Store translations by source text, replacing the same engine's earlier ones.

    Blank translations, and texts that came back as they were, are left out: they would be taken for translations for
    ever. Any number of processes may remember the same texts at once; one row a text and engine remains.
    """
    texts = {source_hash(text): answer for text, answer in pairs.items() if is_storable(text, answer)}
    fixed = {"source_language": source, "target_language": target, "engine": engine, "translated_at": translated_at}
    # sorted: two PostgreSQL transactions that lock the same rows in different orders would deadlock
    rows = [{"source_hash": key, "text": texts[key], **fixed} for key in sorted(texts)]
    for start in range(0, len(rows), _CHUNK):
        session.execute(_upsert(session, rows[start : start + _CHUNK]))


def _rank(row: TranslationRow, engine: str | None) -> tuple[bool, bool, datetime, int]:
    return row.origin == PERSON, row.engine == engine, row.translated_at, row.id or 0


def _upsert(session: Session, rows: Sequence[Mapping[str, Any]]) -> sqlite.Insert | postgresql.Insert:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement: sqlite.Insert | postgresql.Insert = dialect.insert(TranslationRow).values(rows)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["source_hash", "source_language", "target_language", "engine"],
        set_={"text": new.text, "translated_at": new.translated_at},
    )
