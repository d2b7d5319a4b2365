"""Comparing a translation with its source: sentences, negations, what was left in the original, what was added."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from newsletter.translation.finding import Finding, FindingKind
from newsletter.translation.language import Language
from newsletter.translation.protect import find_spans
from newsletter.translation.sentences import Pair

_WORD = re.compile(r"[^\W\d_]{2,}")
_SHORTEST_PROSE = 4
_SHORTEST_ADDED = 12
_HALVED, _SHORTEST_HALVED = 0.4, 120  # a translation shorter than this share of a long sentence has lost a part of it
_RUN = re.compile(r"[A-Za-z][a-z'’-]*(?:[ ,]+[A-Za-z][a-z'’-]*){4,}")
_SMALL_WORD = re.compile(r"(?<![A-Za-z])[a-z]{2,}")
_FEWEST_SMALL = 3  # fewer are the name of a method: Batched Successive Elimination with Dynamic Binning


def find_missing(pairs: Sequence[Pair], source_language: Language, language: Language) -> Iterator[Finding]:
    """Find sentences of the source that the translation leaves out, or says only in part."""
    for pair in pairs:
        source = pair.source.strip()
        size, other = source_language.size(source), language.size(pair.target.strip())
        is_short = not pair.targets or (size >= _SHORTEST_HALVED and other < _HALVED * size)
        if is_short and _is_prose(source):
            yield Finding(kind=FindingKind.MISSING_SENTENCE, text=source)


def find_added(pairs: Sequence[Pair], language: Language) -> Iterator[Finding]:
    """Find sentences of the translation that no source stands behind, and what engines put around it."""
    for place, pair in enumerate(pairs):
        target = pair.target.strip()
        lead_in = language.lead_ins.match(target) if language.lead_ins and not place else None
        if lead_in and not _starts_alike(pair.source, lead_in[0]):
            yield Finding(kind=FindingKind.ADDED, text=lead_in[0].strip())
            continue
        is_remark = place in (0, len(pairs) - 1) and target.startswith(language.remarks or ("\0",))
        if is_remark or (not pair.sources and len(target) >= _SHORTEST_ADDED):
            yield Finding(kind=FindingKind.ADDED, text=target)


def find_untranslated(pairs: Sequence[Pair], language: Language) -> Iterator[Finding]:
    """Find sentences that were left in the original, and runs of five of its words and more."""
    if language.is_spaced:
        return
    for pair in pairs:
        for target in pair.targets:
            if language.script.search(target) and not _RUN.search(target):
                continue
            free = _without_spans(target)
            runs = (run[0] for run in _RUN.finditer(free))
            if run := next((one for one in runs if len(_SMALL_WORD.findall(one)) >= _FEWEST_SMALL), None):
                yield Finding(kind=FindingKind.UNTRANSLATED, text=run)
            elif not language.script.search(free) and len(_WORD.findall(free)) >= _SHORTEST_PROSE:
                yield Finding(kind=FindingKind.UNTRANSLATED, text=target.strip())


def find_negations(pairs: Sequence[Pair], source_language: Language, language: Language) -> Iterator[Finding]:
    """Find sentences that deny something, whose translation holds no negation."""
    negations = _negations(source_language)
    for pair in pairs:
        if not pair.targets or negations is None or not language.negations:
            continue
        source = pair.source.lower().replace("’", "'")
        for phrase in source_language.free_negations:
            source = source.replace(phrase, "")
        found = negations.search(source)
        if found and not any(word in pair.target for word in language.negations):
            yield Finding(kind=FindingKind.NEGATION, text=pair.source.strip())


def find_script(source: str, answer: str, language: Language) -> Iterator[Finding]:
    """Find characters of another script, or of a variant of the language's own (traditional Chinese)."""
    if language.is_spaced:
        return
    odd = {sign for sign in set(answer) if sign > "\u024f" and sign.isalpha() and _is_odd(sign, language)}
    for sign in sorted(odd - set(source)):
        yield Finding(kind=FindingKind.SCRIPT, text=sign)


def _is_odd(sign: str, language: Language) -> bool:
    if language.script.match(sign):
        return language.is_foreign(sign)
    return "\u0400" <= sign <= "\u1fff" or "\u3040" <= sign <= "\u30ff" or "\uac00" <= sign <= "\ud7af"


@cache
def _negations(language: Language) -> re.Pattern[str] | None:
    if not language.negations:
        return None
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, language.negations))})(?![\w-])")


def _is_prose(text: str) -> bool:
    return len(_WORD.findall(_without_spans(text))) >= _SHORTEST_PROSE


def _starts_alike(source: str, lead_in: str) -> bool:
    """Tell whether the source, too, begins with a word and a colon."""
    return ":" in source[: 3 * len(lead_in) + 10]


def _without_spans(text: str) -> str:
    pieces, place = [], 0
    for span in find_spans(text):
        pieces.append(text[place : span.start])
        place = span.end
    return " 0 ".join([*pieces, text[place:]])
