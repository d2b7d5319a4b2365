"""Suggestions for what is being typed: phrases of the newest papers, authors, categories.

They come from the stored papers as they are: the newest that have the words typed so far are looked at, and the phrases that
go on from there, or stand around them, are counted. Nothing is kept between two answers.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from sqlmodel import Session

from newsletter.papers.taxonomy import category_names
from newsletter.queries.query import Field, Phrase
from newsletter.queries.words import FUNCTION_WORDS, Reading, has_han, normalise, read_words
from newsletter.search import store
from newsletter.search.bounds import Known
from newsletter.search.compile import compile_query
from newsletter.search.expressions import Lexeme
from newsletter.search.found import Suggestion, SuggestionKind
from newsletter.search.index import index_of
from newsletter.search.lexemes import name_lexeme

_PAPERS_READ = 80
_NAMED_PAPERS_READ = 300
_LEAST = 3
_LONGEST_PHRASE = 4
_SHORTEST = 2
_HINT = 4  # letters by which a text is told to be worth reading
_LAST_PIECE = re.compile(r'(?:.*(?:\b(?:AND|OR|NOT|ANDNOT)\b|[("]|\s-)\s*|\s*)-?(?P<piece>[^()"]*)\Z', re.DOTALL)
_PREFIX = re.compile(r"(ti|abs|co|all|au|cat):\s*(.*)\Z", re.IGNORECASE | re.DOTALL)
_WEAK_WORDS = """
    across all also among any approach approache based being beyond both challenge consider current demonstrate
    despite develop different during each effective efficient either enable evaluate existing experiment explore
    first framework further given however improve including introduce investigate its leading level many method more
    most multiple new novel often only other outperform paper performance present problem propose proposed provide
    recent recently remain require result several show significant significantly some state step study such task
    through thus toward train trained two under understanding used using various via well what where whether while
    who why within without work yet
"""
_WEAK = frozenset(_WEAK_WORDS.split())
_INNER = FUNCTION_WORDS - frozenset(["and", "for", "from", "in", "of", "the", "to"])
"""Words that neither begin nor end a phrase."""
_NOTHING_KNOWN = Known(lambda _: False, lambda _: ())


def suggest(session: Session, text: str, *, limit: int) -> list[Suggestion]:
    """Return what the reader may mean by the last thing typed; [] where nothing is near."""
    piece_match = _LAST_PIECE.match(text)
    piece = piece_match["piece"] if piece_match else text
    before = text[: len(text) - len(piece)]
    prefixed = _PREFIX.match(piece)
    field, typed = (prefixed[1].lower(), prefixed[2]) if prefixed else ("", piece)
    words = " ".join(read_words(normalise(typed)).words)
    if len(typed.strip()) < _SHORTEST and field != "cat":
        return []
    if field == "cat":
        return _categories(before, typed.strip(), limit)
    if field == "au":
        return _authors(session, before, words, limit) if words else []
    if not words or has_han(normalise(typed)):
        return []
    found = _phrases(session, f"{before}{field}:" if field else before, words, limit)
    if not field and len(words) >= 4:
        found = [*found, *_authors(session, before, words, 2), *_categories(before, typed.strip(), 2, is_named=True)]
    return found[:limit]


def _categories(before: str, typed: str, limit: int, *, is_named: bool = False) -> list[Suggestion]:
    """Return categories whose code begins so, or (`is_named`: only those) with a word in their name that does."""
    wanted = typed.casefold().removesuffix("*").removesuffix(".")
    codes = [code for code in category_names() if not is_named and code.casefold().startswith(wanted)]
    named = [
        code
        for code, name in category_names().items()
        if wanted and re.search(rf"\b{re.escape(wanted)}", name, re.IGNORECASE)
    ]
    return [
        Suggestion(kind=SuggestionKind.CATEGORY, text=f"{before}cat:{code}", label=f"{code} {category_names()[code]}")
        for code in list(dict.fromkeys([*codes, *named]))[:limit]
    ]


def _authors(session: Session, before: str, words: str, limit: int) -> list[Suggestion]:
    """Return names of the newest papers that have the words typed, the last of them perhaps not whole."""
    *given, last = words.split()
    lexeme = Lexeme(name_lexeme(*given[-1:], last), is_prefix=True)
    found = index_of(session).list_newest(session, lexeme, limit=_NAMED_PAPERS_READ)
    counts: Counter[str] = Counter()
    for content in store.load_contents(session, found).values():
        counts.update({name for name in content.authors if _is_named(name, given, last)})
    return [
        Suggestion(kind=SuggestionKind.AUTHOR, text=f'{before}au:"{name}"', label=name, paper_count=count)
        for name, count in counts.most_common(limit)
    ]


def _is_named(name: str, given: Sequence[str], last: str) -> bool:
    words = read_words(normalise(name)).words
    return any(word.startswith(last) for word in words) and all(
        any(word == one or (len(one) == 1 and word[0] == one) for word in words) for one in given
    )


def _phrases(session: Session, before: str, words: str, limit: int) -> list[Suggestion]:
    """Return phrases with the words typed in them, the last of these perhaps not whole."""
    wanted = Phrase(text=words, field=Field.TEXT, is_prefix=True)
    newest = index_of(session).list_newest(session, compile_query(wanted, _NOTHING_KNOWN).upper, limit=_PAPERS_READ)
    counts: Counter[str] = Counter()
    for content in store.load_contents(session, newest).values():
        texts = [text for text in (content.title, content.abstract) if words[:_HINT] in text.lower()]
        counts.update({phrase for text in texts for phrase in _around(text, words)})
    kept = _without_parts({phrase: count for phrase, count in counts.items() if count >= min(_LEAST, len(newest))})
    ranked = sorted(kept, key=lambda phrase: (not phrase.startswith(words), -counts[phrase] * phrase.count(" ") ** 0.5))
    return [
        Suggestion(kind=SuggestionKind.PHRASE, text=f"{before}{phrase}", label=phrase, paper_count=counts[phrase])
        for phrase in ranked
        if phrase != words
    ][:limit]


def _around(text: str, words: str) -> Iterator[str]:
    """Yield the phrases of a text that have the words typed in them, beginning with a word."""
    reading = read_words(normalise(text))
    folded, size = reading.folded, words.count(" ") + 1
    for place in range(len(folded) - size + 1):
        if not " ".join(folded[place : place + size]).startswith(words):
            continue
        for start in range(max(0, place - _LONGEST_PHRASE + size), place + 1):
            for end in range(place + size, min(len(folded), start + _LONGEST_PHRASE) + 1):
                if _is_phrase(reading, start, end):
                    yield " ".join(folded[start:end])


def _is_phrase(reading: Reading, start: int, end: int) -> bool:
    first, last = reading.folded[start], reading.folded[end - 1]
    if any(word in FUNCTION_WORDS or word in _WEAK or len(word) < _SHORTEST for word in (first, last)):
        return False
    if any(word in _INNER for word in reading.folded[start + 1 : end - 1]):
        return False
    return all(reading.exact_joint(place) in " -" for place in range(start, end - 1))


def _without_parts(counts: dict[str, int]) -> dict[str, int]:
    """Leave out phrases that are nearly always part of one longer phrase."""
    return {
        phrase: count
        for phrase, count in counts.items()
        if not any(
            other != phrase and f" {phrase} " in f" {other} " and counts[other] >= 0.8 * count for other in counts
        )
    }
