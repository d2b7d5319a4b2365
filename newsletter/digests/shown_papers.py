"""The papers of many digests as their readers are shown them: made once however many share them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from newsletter.digests.addresses import Addresses
from newsletter.digests.digest import ShownPaper
from newsletter.papers.hub_facts import HubFacts
from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import AnnouncementKind, ArxivId, Paper
from newsletter.papers.versions import VersionChange
from newsletter.translation.origin import Origin
from newsletter.translation.passages import Passage, list_passages
from newsletter.translation.readers_terms import Saying

_Form = tuple[ArxivId, AnnouncementKind, date, date | None, VersionChange | None, HubFacts | None]


class ShownPapers:
    """Makes each paper's shown form once, however many readers share it; what it makes them from may grow meanwhile."""

    def __init__(
        self,
        known: Mapping[ArxivId, Paper],
        translations: Mapping[str, str],
        addresses: Addresses,
        *,
        language: str,
        say: Saying | None = None,
        origins: Mapping[str, Origin] | None = None,
        interned: dict[ShownPaper, ShownPaper] | None = None,
    ) -> None:
        self._known = known
        self._translations = translations
        self._language = language
        self._addresses = addresses
        self._say = say
        self._origins = {} if origins is None else origins
        self._made: dict[_Form, ShownPaper] = {}
        self._interned = {} if interned is None else interned

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
        key = (arxiv_id, kind, edition_on, late_from, change, facts)
        found = self._made.get(key)
        if found is None:
            made = self._make(self._known[arxiv_id], kind, edition_on)
            made = replace(made, late_from=late_from, change=change, facts=facts)
            found = self._made[key] = self._interned.setdefault(made, made)
        return found

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
