"""Honest lines for the reader about what is not as it should be; each by language."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from newsletter.digests.digest import Section
from newsletter.digests.speech import say, say_count
from newsletter.subscribers.subscriber import Languages
from newsletter.translation.language import list_codes, load_language

Note = Mapping[str, str]
"""A line by the code of the language."""


def missing_notes(number: int | None) -> tuple[Note, ...]:
    """Say how many of the day's papers were not there yet when the digest was made; None when nobody knows."""
    if number is None:
        return (_in_each(_say_unknown),)
    return (_in_each(lambda code: _say_missing(number, code)),) if number else ()


@lru_cache(2048)
def translation_notes(languages: Languages, sections: tuple[Section, ...]) -> tuple[Note, ...]:
    """Say that a translation was asked for and is not there."""
    target = languages.target
    if target is None:
        return ()
    shown = [entry.paper for section in sections for entry in section.entries]
    missing = sum(not paper.is_translated_into(target) for paper in shown)
    return (_in_each(lambda code: _say_untranslated(missing, len(shown), target, code)),) if missing else ()


def _in_each(write: Callable[[str], str]) -> Note:
    return {code: write(code) for code in list_codes()}


def _say_unknown(code: str) -> str:
    return say(
        code, "arXiv's list could not be read whole this morning; papers that arrive later come with the next digest."
    )


def _say_missing(number: int, code: str) -> str:
    return say_count(
        code,
        "{n} of today's papers had not reached us from arXiv when this was composed; it comes with the next digest.",
        "{n} of today's papers had not reached us from arXiv when this was composed; they come with the next digest.",
        number,
    )


def _say_untranslated(missing: int, every: int, target: str, code: str) -> str:
    language = say(code, load_language(target).short_name)
    if missing == every:
        return say(
            code, "There is no {language} translation today; the papers are shown in the original.", language=language
        )
    return say(
        code,
        "{missing} of {n} papers have no {language} translation today and are shown in the original.",
        missing=missing,
        n=every,
        language=language,
    )
