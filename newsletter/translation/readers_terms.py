"""A reader's own terms, put into the translations of their mail alone."""

from collections.abc import Callable, Collection, Mapping

from sqlmodel import Session

from newsletter.translation.glossary import load_glossary
from newsletter.translation.language import load_language
from newsletter.translation.own_terms import list_terms, list_terms_of, only_own_terms, with_own_terms
from newsletter.translation.passages import Passage
from newsletter.translation.terms import mend_terms

Saying = Callable[[Passage, str], str]
"""Puts the translation of a passage into a reader's words."""


def list_sayings(
    session: Session, subscriber_ids: Collection[int], *, source: str, target: str
) -> Mapping[int, Saying]:
    """Return what puts translations into the words of each of these readers who has terms of their own."""
    found = list_terms_of(session, subscriber_ids, target=target)
    if not found:
        return {}
    shipped = load_glossary(target, source)
    everybodys = with_own_terms(shipped, list_terms(session, target=target))
    source_language, target_language = load_language(source), load_language(target)

    def make(subscriber_id: int) -> Saying:
        own = only_own_terms(everybodys, found[subscriber_id])

        def say(passage: Passage, translation: str) -> str:
            return mend_terms(passage.text, translation, own, passage.categories, source_language, target_language).text

        return say

    return {subscriber_id: make(subscriber_id) for subscriber_id in found}
