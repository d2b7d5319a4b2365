"""The quiet line in a digest's footer: who wrote its translations."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from newsletter.digests.digest import Section, ShownPaper
from newsletter.digests.speech import say, say_in, say_words, sentence
from newsletter.digests.wording import count_papers
from newsletter.papers.sources.sample import SAMPLE_CATEGORY
from newsletter.subscribers.subscriber import Languages
from newsletter.translation.language import list_codes, load_language
from newsletter.translation.origin import Origin, name_engine


@lru_cache(2048)
def say_origins(languages: Languages, sections: tuple[Section, ...]) -> Mapping[str, str] | None:
    """Say by language which engines translated how many papers, how many a person revised, and what is in the original.

    Each paper counts once, by its abstract; one with a revised title or abstract counts as revised. None for a reader who
    reads no translations, and for a digest without papers.
    """
    target = languages.target
    papers = {entry.paper.arxiv_id: entry.paper for section in sections for entry in section.entries}
    if target is None or not papers:
        return None
    return _say(target, tuple(Counter([_read(paper, target) for paper in papers.values()]).items()))


class _Read(NamedTuple):
    """What a paper's translation counts as; `author` is None where there is none."""

    author: str | None
    is_revised: bool = False
    is_partial: bool = False


@lru_cache(8192)
def _read(paper: ShownPaper, target: str) -> _Read:
    if not (paper.origins and paper.is_translated_into(target)):
        return _Read(None)
    corrected = next((origin for origin in paper.origins if origin.is_correction), None)
    return _Read(
        author=(corrected or paper.origins[-1]).engine,
        is_revised=corrected is not None,
        is_partial=any(origin.left for origin in paper.origins),
    )


@lru_cache(4096)
def _say(target: str, counts: tuple[tuple[_Read, int], ...]) -> Mapping[str, str]:
    authors: Counter[str] = Counter()
    for read, number in counts:
        if read.author is not None:
            authors[read.author] += number
    rest = _count_rest(counts, authors)
    machines = [(engine, number) for engine, number in authors.most_common() if not _is_by_hand(engine)]
    return {code: _line(code, target, machines, rest) for code in list_codes()}


def _line(code: str, target: str, machines: Sequence[tuple[str, int]], rest: Sequence[tuple[int, str]]) -> str:
    language = say(code, load_language(target).short_name)
    clauses = say_in(code, "clauses", "; ").join(
        say(code, clause, papers=count_papers(number, code), language=language) for number, clause in rest
    )
    if not machines:
        return say(code, "{language}: {clauses}.", language=language, clauses=clauses)
    engines = say_in(code, "engines", ", ").join(
        say(code, "{engine} ({papers})", engine=say_words(code, name_engine(engine)), papers=count_papers(number, code))
        for engine, number in machines
    )
    if not clauses:
        return say(code, "{language} machine-translated by {engines}.", language=language, engines=engines)
    return say(
        code,
        "{language} machine-translated by {engines}; {clauses}.",
        language=language,
        engines=engines,
        clauses=clauses,
    )


def _count_rest(counts: Sequence[tuple[_Read, int]], authors: Counter[str]) -> Sequence[tuple[int, str]]:
    revised = sum(number for read, number in counts if read.is_revised)
    partly = sum(number for read, number in counts if read.is_partial)
    missing = sum(number for read, number in counts if read.author is None)
    found = (
        (authors[SAMPLE_CATEGORY], sentence("{papers} written for the sample edition")),
        (revised, sentence("{papers} revised by a person")),
        (missing, sentence("{papers} without {language}")),
        (partly, sentence("{papers} with sentences in the original")),
    )
    return [(number, clause) for number, clause in found if number]


def _is_by_hand(engine: str) -> bool:
    return engine == SAMPLE_CATEGORY or Origin(engine=engine).is_correction
