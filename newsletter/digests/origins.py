"""The quiet line in a digest's footer: who wrote its translations."""

from collections import Counter
from collections.abc import Mapping, Sequence

from newsletter.digests.digest import Section, ShownPaper
from newsletter.digests.speech import say, say_in, say_words, sentence
from newsletter.digests.wording import count_papers
from newsletter.papers.sources.sample import SAMPLE_CATEGORY
from newsletter.subscribers.subscriber import Languages
from newsletter.translation.language import list_codes, load_language
from newsletter.translation.origin import Origin, name_engine


def say_origins(languages: Languages, sections: Sequence[Section]) -> Mapping[str, str] | None:
    """Say by language which engines translated how many papers, how many a person revised, and what is in the original.

    Each paper counts once, by its abstract; one with a revised title or abstract counts as revised. None for a reader who
    reads no translations, and for a digest without papers.
    """
    papers = {entry.paper.arxiv_id: entry.paper for section in sections for entry in section.entries}
    target = languages.target
    if target is None or not papers:
        return None
    translated = [paper for paper in papers.values() if paper.is_translated_into(target) and paper.origins]
    authors = Counter(_author(paper.origins) for paper in translated)
    rest = _count_rest(translated, authors, missing=len(papers) - len(translated))
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


def _count_rest(translated: Sequence[ShownPaper], authors: Counter[str], *, missing: int) -> Sequence[tuple[int, str]]:
    revised = sum(any(origin.is_correction for origin in paper.origins) for paper in translated)
    partly = sum(any(origin.left for origin in paper.origins) for paper in translated)
    found = (
        (authors[SAMPLE_CATEGORY], sentence("{papers} written for the sample edition")),
        (revised, sentence("{papers} revised by a person")),
        (missing, sentence("{papers} without {language}")),
        (partly, sentence("{papers} with sentences in the original")),
    )
    return [(number, clause) for number, clause in found if number]


def _author(origins: Sequence[Origin]) -> str:
    corrected = next((origin for origin in origins if origin.is_correction), None)
    return (corrected or origins[-1]).engine


def _is_by_hand(engine: str) -> bool:
    return engine == SAMPLE_CATEGORY or Origin(engine=engine).is_correction
