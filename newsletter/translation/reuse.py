"""Sentences that were translated before, as parts of other texts: where they stand in the memory."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, or_, select

from newsletter.translation.checks import fold
from newsletter.translation.finding import GOOD_ENOUGH
from newsletter.translation.language import Language
from newsletter.translation.marks import PERSON
from newsletter.translation.sentences import split_sentences
from newsletter.translation.tables import TranslatedSentenceRow, TranslationRow

SHORTEST = 40
"""Characters of a sentence that is worth finding again; shorter ones mean what their neighbours make them mean."""
_CHUNK = 500  # a statement's variables are limited
_BITS = 63  # databases count in signed 64


def sentence_hash(sentence: str) -> int:
    """Return the key of a sentence: the first 63 bits of the SHA-256 of its folded form."""
    digest = hashlib.sha256(fold(sentence).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - _BITS)


def list_sentences(session: Session, sentences: Iterable[str], *, target: Language) -> dict[str, str]:
    """Return the translation of each sentence that has one, by the sentence as it was given.

    Among several, one that a person wrote wins, then the newest. A sentence of a translation that has been corrected
    since, so that it has fewer sentences than its source, is not found; nor is one of a translation that is not good
    enough, or one that was left in the original.
    """
    hashes = {sentence: sentence_hash(sentence) for sentence in sentences if len(sentence.strip()) >= SHORTEST}
    keys = sorted(set(hashes.values()))
    found: dict[int, str] = {}
    for start in range(0, len(keys), _CHUNK):
        statement = (
            select(TranslatedSentenceRow, TranslationRow)
            .join(TranslationRow, col(TranslationRow.id) == col(TranslatedSentenceRow.translation_id))
            .where(
                col(TranslatedSentenceRow.sentence_hash).in_(keys[start : start + _CHUNK]),
                TranslationRow.target_language == target.code,
                or_(col(TranslationRow.score).is_(None), col(TranslationRow.score) >= GOOD_ENOUGH),
            )
        )
        pairs = session.exec(statement).all()
        for place, row in sorted(pairs, key=lambda pair: (pair[1].origin == PERSON, pair[1].translated_at)):
            pieces = split_sentences(row.text, target)
            if place.place < len(pieces) and sentence_hash(pieces[place.place]) != place.sentence_hash:
                found[place.sentence_hash] = pieces[place.place].strip()
    return {sentence: found[key] for sentence, key in hashes.items() if key in found}


def note_sentences(
    session: Session, keys: Mapping[str, Sequence[str]], *, source: str, target: str, engine: str
) -> None:
    """Write down where the sentences of stored translations stand: `keys` has each source's hash with its sentences."""
    known = _list_ids(session, sorted(keys), source=source, target=target, engine=engine)
    if not known:
        return
    session.exec(
        delete(TranslatedSentenceRow).where(col(TranslatedSentenceRow.translation_id).in_(list(known.values())))
    )
    rows = [
        {"sentence_hash": number, "translation_id": known[key], "place": place}
        for key in sorted(known)
        for number, place in _first_places(keys[key]).items()
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for start in range(0, len(rows), _CHUNK):
        # two workers may write down the same translation at once
        session.execute(
            dialect.insert(TranslatedSentenceRow).values(rows[start : start + _CHUNK]).on_conflict_do_nothing()
        )


def _first_places(sentences: Sequence[str]) -> dict[int, int]:
    places: dict[int, int] = {}
    for place, sentence in enumerate(sentences):
        if len(sentence.strip()) >= SHORTEST:
            places.setdefault(sentence_hash(sentence), place)
    return places


def _list_ids(session: Session, keys: Sequence[str], *, source: str, target: str, engine: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), _CHUNK):
        statement = select(TranslationRow.source_hash, TranslationRow.id).where(
            col(TranslationRow.source_hash).in_(keys[start : start + _CHUNK]),
            TranslationRow.source_language == source,
            TranslationRow.target_language == target,
            TranslationRow.engine == engine,
        )
        found |= {key: number for key, number in session.exec(statement) if number is not None}
    return found
