"""Papers that are like another one: TF-IDF over title and abstract, by words and by pairs of words."""

from collections import Counter
from collections.abc import Collection, Mapping
from itertools import chain, pairwise
from math import hypot, log

from sqlmodel import Session

from newsletter.errors import NotFoundError
from newsletter.papers import store as papers
from newsletter.queries.matcher import Matchable
from newsletter.queries.words import FUNCTION_WORDS, Remembered, normalise, read_words
from newsletter.search import store
from newsletter.search.content import make_content
from newsletter.search.expressions import Expression, Lexeme, any_of
from newsletter.search.found import FoundPaper
from newsletter.search.index import index_of
from newsletter.search.lexemes import ABSTRACT, BOTH, LOOSE, TITLE, run_lexeme
from newsletter.search.search import show
from newsletter.search.sequence import sequence_of

_TITLE_WEIGHT = 3
_TERMS = 12
_PAPERS_A_TERM = 800
_CANDIDATES = 40
_MOST_COMMON = 0.05
"""A word in more than this share of the papers does not tell them apart."""

Vector = Mapping[str, float]


def find_similar(session: Session, arxiv_id: str, *, limit: int) -> list[FoundPaper]:
    """Return the papers most like one, by the cosine of their weighted words; raises NotFoundError for an unknown one.

    All versions of a paper are one paper, which is never like itself.
    """
    content = _content(session, arxiv_id)
    total = max(1, store.count_read(session))
    counts = _count_words(content)
    rarity = _rarity(session, counts, total)
    candidates = _candidates(session, counts, rarity, total, sequence_of(arxiv_id))
    contents = store.load_contents(session, candidates)
    words = {sequence: _count_words(found) for sequence, found in contents.items()}
    rarity = _rarity(session, {word for found in (counts, *words.values()) for word in found}, total)
    own = _vector(counts, rarity)
    scored = [(sequence, _cosine(own, _vector(found, rarity))) for sequence, found in words.items()]
    best = sorted(scored, key=lambda pair: (-pair[1], -pair[0]))[:limit]
    return show(session, [(sequence, score) for sequence, score in best if score > 0])


def _content(session: Session, arxiv_id: str) -> Matchable:
    found = papers.get_papers(session, [arxiv_id])
    if not found:
        raise NotFoundError(f"There is no paper {arxiv_id} here.")
    [paper] = found.values()
    return make_content(paper, None, None)


def _count_words(content: Matchable) -> Counter[str]:
    """Count words, and pairs of words, that say something; a title's for more."""
    counts: Counter[str] = Counter()
    for text, weight in ((content.title, _TITLE_WEIGHT), (content.abstract, 1)):
        reading = read_words(normalise(text))
        folded = [word if _TELLING[word] else "" for word in reading.folded]
        for word in filter(None, folded):
            counts[word] += weight
        for place, (word, following) in enumerate(pairwise(folded)):
            if word and following and reading.loose_joint(place) == " ":
                counts[f"{word} {following}"] += weight
    return counts


def _tells(word: str) -> bool:
    return word not in FUNCTION_WORDS and len(word) > 1 and not word.isdigit()


_TELLING = Remembered(_tells)


def _rarity(session: Session, terms: Collection[str], total: int) -> dict[str, float]:
    """Return what each term counts for; a pair counts as the rarer of its words, and a little more than it."""
    words = set(chain.from_iterable(map(str.split, terms)))
    counts = store.count_terms(session, words)
    single = {word: log(total / counts[word]) if 0 < counts.get(word, 0) < total else 0.0 for word in words}
    return {
        term: single[term] if term in single else 1.2 * max(map(single.__getitem__, term.split())) for term in terms
    }


def _candidates(
    session: Session, counts: Mapping[str, int], rarity: Mapping[str, float], total: int, own: int
) -> list[int]:
    """Return the papers that share most of the telling words."""
    index = index_of(session)
    least = log(1 / _MOST_COMMON) if total > 1000 else 0.0
    telling = [term for term in counts if rarity[term] > least]
    best = sorted(telling, key=lambda term: -(1 + log(counts[term])) * rarity[term])[:_TERMS]
    scores: Counter[int] = Counter()
    for term in best:
        weight = round(1000 * (1 + log(counts[term])) * rarity[term])
        for sequence in index.list_newest(session, _in_text(term), limit=_PAPERS_A_TERM):
            scores[sequence] += weight
    del scores[own]
    return [sequence for sequence, _ in sorted(scores.items(), key=lambda pair: (-pair[1], -pair[0]))[:_CANDIDATES]]


def _in_text(term: str) -> Expression:
    size = term.count(" ") + 1
    return any_of(Lexeme(run_lexeme(field, size, sort, term)) for field in (TITLE, ABSTRACT) for sort in (BOTH, LOOSE))


def _vector(counts: Mapping[str, int], rarity: Mapping[str, float]) -> Vector:
    return {term: (1 + log(count)) * rarity[term] for term, count in counts.items() if rarity[term]}


def _cosine(one: Vector, other: Vector) -> float:
    product = sum(one[term] * other[term] for term in one.keys() & other.keys())
    return product / (_length(one) * _length(other)) if product else 0.0


def _length(vector: Vector) -> float:
    return hypot(*vector.values())
