"""The translation memory: every SQL statement on stored translations."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from newsletter.translation.checks import fold, is_storable
from newsletter.translation.marks import PERSON, UNCHECKED, Marks
from newsletter.translation.tables import TranslationRow

_CHUNK = 500  # a statement's variables are limited: 32,766 on SQLite, and long IN lists are slow to plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored translation that counts: its text, who wrote it, and what the checks said of it."""

    text: str
    engine: str
    is_correction: bool
    marks: Marks


def source_hash(text: str) -> str:
    """Return the key of a text: the SHA-256, in hex, of its folded form."""
    return hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()


def recall(
    session: Session, texts: Iterable[str], *, source: str, target: str, engine: str | None = None
) -> dict[str, str]:
    """Return the stored translation of each text that has one, by the text as it was given.

    Among several, a person's wins, then the one by `engine` if there is one, then the newest.
    """
    found = recall_marked(session, texts, source=source, target=target, engine=engine)
    return {text: known.text for text, known in found.items()}


def recall_marked(
    session: Session, texts: Iterable[str], *, source: str, target: str, engine: str | None = None
) -> dict[str, Known]:
    """Return the same with who wrote each, and what the checks said of it."""
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
    return {text: _known(found[key]) for text, key in hashes.items() if key in found}


def remember(
    session: Session,
    pairs: Mapping[str, str],
    *,
    source: str,
    target: str,
    engine: str,
    translated_at: datetime,
    marks: Mapping[str, Marks] | None = None,
    is_again: bool = True,
) -> None:
    """Store translations by source text, replacing the same engine's earlier ones.

    Blank translations, and texts that came back as they were, are left out: they would be taken for translations for
    ever. Any number of processes may remember the same texts at once; one row a text and engine remains. Without
    `is_again` an earlier translation that was checked against the same terms stays: two workers that translated the same
    text at once then show the same words.
    """
    texts = {source_hash(text): (text, answer) for text, answer in pairs.items() if is_storable(text, answer)}
    fixed = {"source_language": source, "target_language": target, "engine": engine, "translated_at": translated_at}
    # sorted: two PostgreSQL transactions that lock the same rows in different orders would deadlock
    rows = [
        {"source_hash": key, "text": texts[key][1], **fixed, **_columns((marks or {}).get(texts[key][0], UNCHECKED))}
        for key in sorted(texts)
    ]
    for start in range(0, len(rows), _CHUNK):
        session.execute(_upsert(session, rows[start : start + _CHUNK], is_again=is_again))


def _columns(marks: Marks) -> dict[str, Any]:
    findings = [dict(finding) for finding in marks.findings]
    return {"glossary_key": marks.glossary_key, "score": marks.score, "findings": findings}


def _known(row: TranslationRow) -> Known:
    marks = Marks(glossary_key=row.glossary_key, score=row.score, findings=row.findings)
    return Known(text=row.text, engine=row.engine, is_correction=row.origin == PERSON, marks=marks)


def _rank(row: TranslationRow, engine: str | None) -> tuple[bool, bool, datetime, int]:
    return row.origin == PERSON, row.engine == engine, row.translated_at, row.id or 0


def _upsert(
    session: Session, rows: Sequence[Mapping[str, Any]], *, is_again: bool
) -> sqlite.Insert | postgresql.Insert:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement: sqlite.Insert | postgresql.Insert = dialect.insert(TranslationRow).values(rows)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["source_hash", "source_language", "target_language", "engine"],
        set_={
            "text": new.text,
            "translated_at": new.translated_at,
            "glossary_key": new.glossary_key,
            "score": new.score,
            "findings": new.findings,
        },
        where=None if is_again else col(TranslationRow.glossary_key) != new.glossary_key,
    )
