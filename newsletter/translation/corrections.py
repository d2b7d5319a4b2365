"""Every stored translation of a text side by side, and a person's word on it, which wins for ever."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from newsletter.errors import InputError
from newsletter.translation.checks import clean, is_storable
from newsletter.translation.marks import PERSON, UNCHECKED, Marks
from newsletter.translation.memory import source_hash
from newsletter.translation.tables import TranslationRow

_CHUNK = 500  # a statement's variables are limited


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTranslation:
    """One translation of a text: by which engine, or by whom if a person wrote it."""

    text: str
    engine: str
    translated_at: datetime
    corrected_by: str | None
    marks: Marks = UNCHECKED

    @property
    def is_correction(self) -> bool:
        return self.engine == PERSON


def list_translations(
    session: Session, texts: Iterable[str], *, source: str, target: str
) -> Mapping[str, Sequence[StoredTranslation]]:
    """Return all that is stored of each text: a person's first, then the newest; texts without any are left out."""
    hashes = {text: source_hash(text) for text in texts}
    keys = sorted(set(hashes.values()))
    found: dict[str, list[TranslationRow]] = defaultdict(list)
    for start in range(0, len(keys), _CHUNK):
        statement = select(TranslationRow).where(
            col(TranslationRow.source_hash).in_(keys[start : start + _CHUNK]),
            TranslationRow.source_language == source,
            TranslationRow.target_language == target,
        )
        for row in session.exec(statement):
            found[row.source_hash].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.origin == PERSON, row.translated_at, row.id or 0), reverse=True)
    return {text: [_stored(row) for row in found[key]] for text, key in hashes.items() if key in found}


def list_corrected(session: Session, *, source: str, target: str) -> Sequence[str]:
    """Return the keys (`source_hash`) of the texts that a person has corrected."""
    statement = select(TranslationRow.source_hash).where(
        TranslationRow.source_language == source,
        TranslationRow.target_language == target,
        TranslationRow.origin == PERSON,
    )
    return session.exec(statement).all()


def correct(session: Session, text: str, correction: str, *, source: str, target: str, by: str, at: datetime) -> str:
    """Store a person's translation of a text, in place of an earlier person's; returns it as it is kept.

    Raises InputError for one that is blank, or the text itself.
    """
    cleaned = clean(correction)
    if not is_storable(text, cleaned):
        raise InputError("Write the translation; it is empty, or the same as the original.")
    withdraw(session, text, source=source, target=target)
    session.add(
        TranslationRow(
            source_hash=source_hash(text),
            source_language=source,
            target_language=target,
            engine=PERSON,
            text=cleaned,
            translated_at=at,
            origin=PERSON,
            corrected_by=by,
        )
    )
    session.flush()
    return cleaned


def withdraw(session: Session, text: str, *, source: str, target: str) -> bool:
    """Forget a person's translation of a text, so that an engine's counts again; False when there is none."""
    statement = delete(TranslationRow).where(
        col(TranslationRow.source_hash) == source_hash(text),
        col(TranslationRow.source_language) == source,
        col(TranslationRow.target_language) == target,
        col(TranslationRow.origin) == PERSON,
    )
    return session.exec(statement).rowcount > 0


def _stored(row: TranslationRow) -> StoredTranslation:
    return StoredTranslation(
        text=row.text,
        engine=row.engine,
        translated_at=row.translated_at,
        corrected_by=row.corrected_by,
        marks=Marks(glossary_key=row.glossary_key, score=row.score, findings=row.findings),
    )
