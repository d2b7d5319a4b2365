"""The language's meaning, said as plainly as can be: each query on each paper, each term tried at each place."""

from collections.abc import Iterable, Sequence

from newsletter.queries.language import parse_query
from newsletter.queries.matcher import Matchable
from newsletter.queries.query import Category, Field, Phrase, Query, Term, holds
from newsletter.queries.words import Reading, fold, is_letter, may_join, normalise, read_words, squeeze


def match_by_hand(queries: Iterable[str], papers: Sequence[Matchable]) -> dict[str, list[str]]:
    """Return for every query the identifiers of the papers that match."""
    return {text: [paper.arxiv_id for paper in papers if is_match(parse_query(text), paper)] for text in queries}


def is_match(query: Query, paper: Matchable) -> bool:
    return holds(query, lambda term: has_term(term, paper))


def has_term(term: Term, paper: Matchable) -> bool:
    if isinstance(term, Category):
        return any(name == term.name or name.startswith(term.name + ".") for name in paper.categories)
    if term.is_chinese:
        return any(
            has_chinese(term, text)
            for text in texts(term, paper, title=paper.title_translated, abstract=paper.abstract_translated)
        )
    if term.field is Field.AUTHOR:
        return any(has_name(term, name) for name in paper.authors)
    return any(has_words(term, text) for text in texts(term, paper, title=paper.title, abstract=paper.abstract))


def texts(phrase: Phrase, paper: Matchable, *, title: str, abstract: str) -> list[str]:
    authors = "; ".join(paper.authors)
    return {
        Field.TEXT: [title, abstract],
        Field.TITLE: [title],
        Field.ABSTRACT: [abstract],
        Field.COMMENT: [paper.comment],
        Field.AUTHOR: [authors],
        Field.EVERYWHERE: [title, abstract, paper.comment, authors],
    }[phrase.field]


def has_words(phrase: Phrase, text: str) -> bool:
    asked, shown = read_words(phrase.text), read_words(normalise(text))
    goes_on = exact_goes_on if phrase.is_exact else loose_goes_on
    return any(goes_on(phrase, asked, shown, 0, place) for place in range(len(shown.words)))


def loose_goes_on(phrase: Phrase, asked: Reading, shown: Reading, first: int, place: int) -> bool:
    """Tell whether the phrase from its word `first` on stands in the text from word `place` on; one word may be two."""
    if first == len(asked.words):
        return True
    if place >= len(shown.words) or (first and asked.loose_joint(first - 1) != shown.loose_joint(place - 1)):
        return False
    for size, wanted in chunks(asked, first):
        for length, word in chunks(shown, place):
            is_last = phrase.is_prefix and first + size == len(asked.words)
            is_same = (
                word.startswith(wanted) or fold(word).startswith(wanted) if is_last else fold(word) == fold(wanted)
            )
            if is_same and loose_goes_on(phrase, asked, shown, first + size, place + length):
                return True
    return False


def chunks(reading: Reading, place: int) -> list[tuple[int, str]]:
    """The word, and the word that it may form with the next one."""
    found = [(1, reading.words[place])]
    if place + 1 < len(reading.words):
        left, right, joint = reading.words[place], reading.words[place + 1], reading.exact_joint(place)
        if joint == "-" or (joint == " " and may_join(left, right)):
            found.append((2, left + right))
    return found


def exact_goes_on(phrase: Phrase, asked: Reading, shown: Reading, first: int, place: int) -> bool:
    """The same for quoted phrases: only a hyphen that was asked for is flexible."""
    for size in range(1, len(asked.words) - first + 1):
        word = "".join(asked.words[first : first + size])
        if any(asked.exact_joint(inner) != "-" for inner in range(first, first + size - 1)):
            return False
        if place < len(shown.words) and shown.words[place] == word:
            after = first + size
            if after == len(asked.words):
                return True
            wanted, joint = asked.exact_joint(after - 1), shown.exact_joint(place)
            if (joint == wanted or (wanted, joint) == ("-", " ")) and exact_goes_on(
                phrase, asked, shown, after, place + 1
            ):
                return True
    return False


def has_chinese(phrase: Phrase, text: str) -> bool:
    squeezed = squeeze(normalise(text))
    places = [place for place in range(len(squeezed)) if squeezed.startswith(phrase.text, place)]
    return any(is_whole(squeezed, place) and is_whole(squeezed, place + len(phrase.text)) for place in places)


def is_whole(text: str, place: int) -> bool:
    return place in (0, len(text)) or not (is_letter(text[place - 1]) and is_letter(text[place]))


def has_name(phrase: Phrase, name: str) -> bool:
    *given, last = phrase.text.split()
    words = list(read_words(normalise(name)).words)
    ends = [place for place, word in enumerate(words) if (word.startswith(last) if phrase.is_prefix else word == last)]
    return any(is_subsequence(given, words[:end]) for end in ends)


def is_subsequence(given: list[str], words: list[str]) -> bool:
    if not given:
        return True
    return any(
        (word == given[0] or (len(given[0]) == 1 and word.startswith(given[0])))
        and is_subsequence(given[1:], words[place + 1 :])
        for place, word in enumerate(words)
    )
