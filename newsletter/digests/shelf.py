"""The papers of many digests as their readers are shown them: read once, and made once however many share them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from newsletter.digests.addresses import Addresses
from newsletter.digests.digest import ShownPaper
from newsletter.languages import SOURCE
from newsletter.papers.hub_facts import HubFacts
from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import AnnouncementKind, ArxivId, Paper
from newsletter.papers.versions import VersionChange
from newsletter.translation.memory import recall_marked
from newsletter.translation.origin import Origin, read_origin
from newsletter.translation.passages import Passage, list_passages
from newsletter.translation.readers_terms import Saying, list_sayings


class ShownPapers:
    """Makes each paper's shown form once per batch, however many readers share it."""

    def __init__(
        self,
        known: Mapping[ArxivId, Paper],
        translations: Mapping[str, str],
        addresses: Addresses,
        *,
        language: str,
        say: Saying | None = None,
        origins: Mapping[str, Origin] | None = None,
    ) -> None:
        self._known = known
        self._translations = translations
        self._language = language
        self._addresses = addresses
        self._say = say
        self._origins = origins or {}
        self._made: dict[tuple[str, str, date, date | None, VersionChange | None, HubFacts | None], ShownPaper] = {}

    def paper(
        self,
        arxiv_id: ArxivId,
        kind: AnnouncementKind,
        edition_on: date,
        *,
        late_from: date | None = None,
        change: VersionChange | None = None,
        facts: HubFacts | None = None,
    ) -> ShownPaper:
        key = (arxiv_id, kind.value, edition_on, late_from, change, facts)
        if key not in self._made:
            made = self._make(self._known[arxiv_id], kind, edition_on)
            self._made[key] = replace(made, late_from=late_from, change=change, facts=facts)
        return self._made[key]

    def _make(self, paper: Paper, kind: AnnouncementKind, edition_on: date) -> ShownPaper:
        abstract_page, pdf = self._addresses.of_paper(paper, edition_on)
        title, abstract = list_passages([paper])
        return ShownPaper(
            arxiv_id=paper.arxiv_id,
            kind=kind,
            title=paper.title,
            title_translated=self._translation(title),
            authors=paper.authors,
            categories=paper.categories,
            comment=paper.comment,
            abstract=paper.abstract,
            abstract_translated=self._translation(abstract),
            language=self._language,
            abs_url=abstract_page,
            pdf_url=pdf,
            origins=tuple(
                self._origins[passage.text] for passage in (title, abstract) if passage.text in self._origins
            ),
        )

    def _translation(self, passage: Passage) -> str | None:
        found = self._translations.get(passage.text)
        if found is None:
            return None
        return to_unicode(found if self._say is None else self._say(passage, found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The papers of many digests in one language: everybody's, and those in the words of readers with terms of their own."""

    everybodys: ShownPapers
    own: Mapping[int, ShownPapers]

    @classmethod
    def load(
        cls,
        session: Session,
        papers_with_texts: tuple[Mapping[ArxivId, Paper], Iterable[str]],
        addresses: Addresses,
        target: str,
        readers: Collection[int],
    ) -> "Shelf":
        known, texts = papers_with_texts
        found = recall_marked(session, texts, source=SOURCE, target=target)
        said = {text: translation.text for text, translation in found.items()}
        origins = {text: read_origin(translation.engine, translation.marks) for text, translation in found.items()}

        def shown(say: Saying | None) -> ShownPapers:
            return ShownPapers(known, said, addresses, language=target, say=say, origins=origins)

        sayings = list_sayings(session, readers, source=SOURCE, target=target)
        return cls(everybodys=shown(None), own={number: shown(say) for number, say in sayings.items()})

    def papers_of(self, subscriber_id: int) -> ShownPapers:
        return self.own.get(subscriber_id, self.everybodys)
