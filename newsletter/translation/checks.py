"""What counts as a translation: pure judgements on one text and one answer."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum

from newsletter.translation.compare import find_added, find_missing, find_negations, find_script, find_untranslated
from newsletter.translation.finding import Finding, FindingKind, Report
from newsletter.translation.language import Language, find_language
from newsletter.translation.numbers import added_numbers, lost_numbers
from newsletter.translation.protect import KEPT, Kind, lost_spans
from newsletter.translation.sentences import align
from newsletter.translation.typography import find_faults, mend, mend_title

_UNTRANSLATED = re.compile(r"\$[^$]*\$|https?://\S+")  # formulas and addresses stay as they are in every language
_PLAIN = re.compile(r"[^\W\d_][^\W\d_A-Z]+")  # deep, Deep, 研究; not K, BERT, GPT2, Mi:dm
_MARKS = ".,:;!?()[]'\"’“”"
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSTORABLE = ("Cc", "Cs")  # PostgreSQL refuses NUL, and no database takes half a surrogate pair
_SHORTEST_MEASURED, _LEAST_SHARE, _MOST_SHARE = 40, 0.55, 1.8
_WORDS_OF_PROSE = 4  # a shorter title, such as "Llama 2", may stay as it is; a sentence may not


class Verdict(StrEnum):
    """What an answer is worth."""

    GOOD = "good"
    UNCHANGED = "unchanged"
    """A short text with words came back as it is. That may be right, but it is not kept as a translation."""
    BAD = "bad"


def fold(text: str) -> str:
    """Return the text in NFC with every run of whitespace as one space: what is hashed and what is sent."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean(answer: str) -> str:
    """Return the answer without surrounding whitespace and without characters that a database cannot store."""
    return "".join(char for char in answer if char in "\n\t" or unicodedata.category(char) not in _UNSTORABLE).strip()


def has_words(text: str) -> bool:
    """Tell whether there are ordinary words to translate, beside formulas, addresses, numbers and names.

    `BERT` and `Mi:dm K 2.5 Pro` have none; `Deep Learning` has, and so has any text of four words.
    """
    words = _UNTRANSLATED.sub(" ", text).replace("-", " ").split()
    plain = sum(_PLAIN.fullmatch(word.strip(_MARKS)) is not None for word in words)
    return 3 * plain > len(words) or _is_prose(text)


def is_same(text: str, answer: str) -> bool:
    """Tell whether the answer is the text itself, whatever its case and spacing."""
    return fold(text).casefold() == fold(answer).casefold()


def is_storable(text: str, answer: str) -> bool:
    """Tell whether the memory may keep the answer: it is not blank, and not the text itself unless that has no words."""
    return bool(answer.strip()) and not (has_words(text) and is_same(text, answer))


def judge(text: str, answer: str, *, target: str) -> Verdict:
    """Judge a cleaned answer to a text in another language.

    Bad are: nothing, a sentence that came back as it was, a translation without a character of its language's script
    (a refusal, an apology), and an answer far longer than its source. A language that there are no data of has no script.
    """
    language = find_language(target)
    if not answer or len(answer) > 2 * len(text) + 200:
        return Verdict.BAD
    if not has_words(text):
        return Verdict.GOOD
    if is_same(text, answer):
        return Verdict.BAD if _is_prose(text) else Verdict.UNCHANGED
    if _is_prose(text) and language is not None and not language.script.search(answer):
        return Verdict.BAD
    return Verdict.GOOD


def inspect(
    source: str,
    answer: str,
    source_language: Language,
    language: Language,
    *,
    is_title: bool = False,
    forbidden_terms: Sequence[str] = (),
    missing_terms: Sequence[str] = (),
) -> Report:
    """Return all that is wrong with the answer as a translation of the source into the language.

    `forbidden_terms` and `missing_terms` are what the glossary found. The score is as `Report.score` says.
    """
    if not has_words(source):
        return Report()
    findings = [
        *_find_faults(source, answer, source_language, language, is_title=is_title),
        *(Finding(kind=FindingKind.FORBIDDEN_TERM, text=term) for term in forbidden_terms),
        *(Finding(kind=FindingKind.MISSING_TERM, text=term) for term in missing_terms),
    ]
    return Report(findings=tuple(findings))


def _find_faults(
    source: str, answer: str, source_language: Language, language: Language, *, is_title: bool
) -> Iterator[Finding]:
    if not answer.strip() or (is_same(source, answer) and _is_prose(source)):
        yield Finding(kind=FindingKind.UNTRANSLATED, text=source)
        return
    pairs = align(source, answer, source_language, language)
    yield from find_missing(pairs, source_language, language)
    yield from find_added(pairs, language)
    yield from find_untranslated(pairs, language)
    yield from find_negations(pairs, source_language, language)
    yield from find_script(source, answer, language)
    yield from _find_length(source, answer, source_language, language)
    numbers = lost_numbers(source, answer, source_language, language)
    yield from (Finding(kind=FindingKind.NUMBER, text=number) for number in numbers)
    added = added_numbers(source, answer, source_language, language)
    yield from (Finding(kind=FindingKind.NUMBER, text=number) for number in added)
    yield from (Finding(kind=FindingKind.SPAN, text=span) for span in lost_spans(source, answer, KEPT - {Kind.NAME}))
    yield from (Finding(kind=FindingKind.NAME, text=name) for name in lost_spans(source, answer, {Kind.NAME}))
    yield from (Finding(kind=FindingKind(fault), text=answer) for fault in find_faults(answer, language))
    if is_title and mend_title(answer, language) != mend(answer, language):
        yield Finding(kind=FindingKind.TITLE_STYLE, text=answer)


def _find_length(source: str, answer: str, source_language: Language, language: Language) -> Iterator[Finding]:
    """Find an answer that is much shorter or longer, measured in characters of English."""
    size, other = source_language.size(source), language.size(answer)
    if size >= _SHORTEST_MEASURED and not _LEAST_SHARE * size <= other <= _MOST_SHARE * size:
        yield Finding(kind=FindingKind.LENGTH, text=f"{other / size:.2f}")


def _is_prose(text: str) -> bool:
    return len(_WORD.findall(_UNTRANSLATED.sub(" ", text))) >= _WORDS_OF_PROSE
