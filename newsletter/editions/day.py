"""One edition's papers, matched and translated: the common ground of all its digests."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from sqlmodel import Session

from newsletter.db.engine import reading
from newsletter.digests.store import digest_occasion
from newsletter.editions.desk import Desk
from newsletter.editions.store import get_edition
from newsletter.languages import SOURCE
from newsletter.papers import store as papers
from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import Announced, AnnouncementKind, Paper
from newsletter.papers.sources.sample import SAMPLE_CATEGORY
from newsletter.papers.versions import VersionChange
from newsletter.queries.matcher import Match, Matchable, Matcher
from newsletter.subscribers.subscriber import Preferences
from newsletter.translation.checks import fold
from newsletter.translation.keywords import needs_translation, read_keyword
from newsletter.translation.memory import recall
from newsletter.translation.passages import Passage, list_passages
from newsletter.translation.translate import TranslationReport, translate_passages

Progress = Callable[[int], None]
TextProgress = Callable[[int, int], None]
"""Is told how many texts are done so far, and of how many."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """The papers of one edition, in the listing's order; those that came late stand behind the day's own.

    `late` has the date of a late paper's list, `changes` what a replaced paper changed, and `earlier` the other editions
    in which a paper may have been mailed already. The public page of a day has its own papers only, and none of these.
    """

    edition_on: date
    is_sample: bool
    announced: tuple[Announced, ...]
    late: Mapping[str, date] = field(default_factory=dict)
    changes: Mapping[str, VersionChange] = field(default_factory=dict)
    earlier: Mapping[str, frozenset[date]] = field(default_factory=dict)

    @property
    def occasion(self) -> str:
        """What sets the digests of this edition apart."""
        return digest_occasion(self.edition_on, is_sample=self.is_sample)

    @cached_property
    def kinds(self) -> Mapping[str, AnnouncementKind]:
        """The kind of each paper; a composition asks for it once a reader."""
        return {item.paper.arxiv_id: item.kind for item in self.announced}


def load_day(session: Session, edition_on: date, categories: Sequence[str]) -> Day:
    """Return an edition's papers; raises NotFoundError when we have no such edition."""
    edition = get_edition(session, edition_on)
    wanted = (SAMPLE_CATEGORY,) if edition.is_sample else categories
    announced = papers.find_day(session, wanted, edition_on)
    return Day(edition_on=edition_on, is_sample=edition.is_sample, announced=tuple(announced))


def match_day(
    desk: Desk, day: Day, queries: Iterable[str], on_progress: TextProgress | None = None
) -> dict[str, list[Match]]:
    """Return the matches of each canonical query, in the listing's order: all queries in one pass.

    A Chinese keyword also finds what it stands for in English. One that no glossary has can only be found in Chinese: when
    such a one is asked for, the whole day is translated first.
    """
    distinct = sorted(set(queries))
    everything = [item.paper for item in day.announced]
    chinese: Mapping[str, str] = {}
    if any(map(needs_translation, distinct)):
        translate_papers(desk, everything, on_progress)
        chinese = _recall(desk, everything)
    return Matcher(distinct, read=read_keyword).match([_matchable(paper, chinese) for paper in everything])


DayMatcher = Callable[[Desk, Day, Iterable[str]], dict[str, list[Match]]]
"""Matches queries as `match_day` does, and may know some already."""


def wanted_matches(
    matches: Mapping[str, list[Match]], kinds: Mapping[str, AnnouncementKind], preferences: Preferences
) -> dict[str, list[Match]]:
    """Leave out the kinds of announcement that a reader does not want."""
    unwanted = unwanted_kinds(preferences)
    return {
        query: [match for match in found if kinds[match.arxiv_id] not in unwanted] for query, found in matches.items()
    }


def unwanted_kinds(preferences: Preferences) -> frozenset[AnnouncementKind]:
    """Return the kinds of announcement that a reader does not want."""
    wants = {
        AnnouncementKind.CROSS: preferences.wants_cross_lists,
        AnnouncementKind.REPLACE: preferences.wants_replacements,
    }
    return frozenset(kind for kind, is_wanted in wants.items() if not is_wanted)


def translate_papers(
    desk: Desk, papers_to_read: Sequence[Paper], on_progress: TextProgress | None = None
) -> TranslationReport:
    """Translate titles and abstracts, each text once for ever; failures are told in the report, never raised."""
    return translate_texts(desk, list_passages(papers_to_read), on_progress)


def translate_texts(
    desk: Desk, passages: Sequence[Passage], on_progress: TextProgress | None = None
) -> TranslationReport:
    """Translate titles and abstracts that may be of many papers; the same as `translate_papers`."""
    total = len({text for passage in passages if (text := fold(passage.text))})
    return translate_passages(
        desk.database,
        desk.translators,
        passages,
        source=SOURCE,
        target=desk.language,
        now=desk.now,
        on_progress=None if on_progress is None else lambda done: on_progress(done, total),
    )


def _recall(desk: Desk, papers_to_read: Sequence[Paper]) -> dict[str, str]:
    texts = [text for paper in papers_to_read for text in (paper.title_source, paper.abstract_source)]
    with reading(desk.database) as session:
        return recall(session, texts, source=SOURCE, target=desk.language)


def _matchable(paper: Paper, chinese: Mapping[str, str]) -> Matchable:
    return Matchable(
        arxiv_id=paper.arxiv_id,
        title=paper.title,
        abstract=paper.abstract,
        authors=paper.authors,
        categories=paper.categories,
        comment=paper.comment or "",
        title_translated=to_unicode(chinese.get(paper.title_source, "")),
        abstract_translated=to_unicode(chinese.get(paper.abstract_source, "")),
    )
