"""A digest as plain values: what one reader is shown of one edition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.languages import SOURCE
from newsletter.papers.hub_facts import HubFacts
from newsletter.papers.paper import AnnouncementKind, ArxivId
from newsletter.papers.versions import VersionChange
from newsletter.subscribers.subscriber import Density, Languages
from newsletter.translation.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPaper:
    """A paper as a digest shows it: readable Unicode as written and in `language` (None where there is no translation).

    `late_from` is the date of the list to which a paper that came late belongs; `change` is what a replaced paper changed.
    """

    arxiv_id: ArxivId
    kind: AnnouncementKind
    title: str
    title_translated: str | None
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    comment: str | None
    abstract: str
    abstract_translated: str | None
    language: str
    """The code of the language of the translations."""
    abs_url: str
    pdf_url: str
    late_from: date | None = None
    change: VersionChange | None = None
    facts: HubFacts | None = None
    """What Hugging Face knew of it when the digest was composed."""
    origins: tuple[Origin, ...] = ()
    """Who wrote the translated title and the translated abstract, of those that are there."""

    def __hash__(self) -> int:
        """Return the number's hash: a mail asks some dozens of caches, and few forms of a paper are about at once."""
        return hash(self.arxiv_id)

    def is_translated_into(self, language: str) -> bool:
        """Tell whether title and abstract are there in that language."""
        is_whole = self.title_translated is not None and self.abstract_translated is not None
        return is_whole and self.language == language

    @property
    def titles(self) -> Mapping[str, str]:
        """The title by language, of those that are there."""
        return _by_language(self, self.title, self.title_translated)

    @property
    def abstracts(self) -> Mapping[str, str]:
        """The abstract by language, of those that are there."""
        return _by_language(self, self.abstract, self.abstract_translated)


def _by_language(paper: ShownPaper, source: str, translated: str | None) -> Mapping[str, str]:
    return {SOURCE: source, **({paper.language: translated} if translated else {})}


def in_order(texts: Mapping[str, str], codes: Sequence[str]) -> list[tuple[str, str]]:
    """Return (language, text) in the reader's order; what is in none of their languages is shown in the original, once."""
    return [(code, text) for code in codes if (text := texts.get(code))] or [(SOURCE, texts[SOURCE])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A paper's place in a section: all keywords of the reader that it matched (this section's first), and how well.

    `score` is the relevance for this section's query; larger is more relevant; only comparable within one digest.
    """

    paper: ShownPaper
    matched: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One keyword's papers: the keyword as typed, the canonical query, the entries in the order they are shown.

    Or the papers that trended on Hugging Face: then `trending_on` is the day there, each entry's `matched` are the
    keywords that it matched, and `left_out` counts papers that would be here but came before.
    """

    keyword: str
    query: str
    entries: tuple[Entry, ...]
    trending_on: date | None = None
    left_out: int = 0
    is_authors: bool = False
    """Whether it has the papers of the authors that the reader follows, instead of a keyword's."""

    def __hash__(self) -> int:
        """Return a hash that is soon made, as a paper's is: few sections of as many papers under one keyword are about."""
        return hash((self.keyword, len(self.entries)))

    @property
    def is_trending(self) -> bool:
        return self.trending_on is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLinks:
    """The addresses that a digest offers its reader."""

    browser_url: str
    manage_url: str
    unsubscribe_url: str
    site_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One reader's morning. Instants are aware UTC; they are shown in `timezone` (IANA) and in Eastern time.

    `notes` are honest lines for the reader, such as that translations are missing today; each by language.
    """

    edition_on: date
    announced_at: datetime
    generated_at: datetime
    timezone: str
    languages: Languages
    density: Density
    sections: tuple[Section, ...]
    links: DigestLinks
    notes: tuple[Mapping[str, str], ...] = ()
    is_sample: bool = False
    since_on: date | None = None
    """The first edition of a weekly digest; None for a day's."""
    origin: Mapping[str, str] | None = None
    """One line by language on who wrote the translations; None for a reader who reads none."""
    is_trending: bool = False
    """Whether it is the mail of its own for papers that trend."""

    @property
    def is_weekly(self) -> bool:
        """Whether it brings the papers of several editions on purpose."""
        return self.since_on is not None and self.since_on < self.edition_on

    @property
    def keyword_sections(self) -> tuple[Section, ...]:
        return tuple([section for section in self.sections if not section.is_trending])

    @property
    def count(self) -> int:
        """How many papers the reader's keywords found, each once."""
        return sum([len(section.entries) for section in self.keyword_sections])

    @property
    def trending_count(self) -> int:
        """How many papers are there because they trend."""
        return sum([len(section.entries) for section in self.sections if section.is_trending])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
