"""From frozen rows to digests as they are shown, in a fixed number of statements however many digests are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from newsletter.digests.choose import ChosenSection
from newsletter.digests.digest import Digest, DigestLinks, Entry, Section, ShownPaper
from newsletter.digests.tables import DigestRow
from newsletter.papers import store as papers
from newsletter.papers.calendar import announced_at
from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import AnnouncementKind, ArxivId, Paper, abs_url, pdf_url
from newsletter.subscribers.subscriber import Density, Languages
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.memory import recall

SOURCE_LANGUAGE = "en"
TARGET_LANGUAGE = "zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where this installation's pages are: makes the links of each reader's digest."""

    public_url: str
    tokens: Tokens

    def of(self, subscriber_id: int, token_version: int, edition_on: date) -> DigestLinks:
        """Return one reader's own links."""
        sign = self.tokens.sign
        return DigestLinks(
            browser_url=f"{self.public_url}/digest/{sign('digest', subscriber_id, token_version)}/{edition_on}",
            manage_url=f"{self.public_url}/manage/{sign('manage', subscriber_id, token_version)}",
            unsubscribe_url=f"{self.public_url}/unsubscribe/{sign('unsubscribe', subscriber_id, token_version)}",
            site_url=self.public_url,
        )

    def confirm_url(self, subscriber_id: int, token_version: int) -> str:
        """Return the address of the page on which a reader agrees to get mail."""
        return f"{self.public_url}/confirm/{self.tokens.sign('confirm', subscriber_id, token_version)}"

    def of_paper(self, paper: Paper, edition_on: date) -> tuple[str, str]:
        """Return the (abstract, PDF) addresses of a paper; a sample exists only on our own day page."""
        if paper.is_sample:
            here = f"{self.public_url}/day/{edition_on}#{paper.arxiv_id}"
            return here, here
        return abs_url(paper.arxiv_id), pdf_url(paper.arxiv_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenDigest:
    """What a digest needs beside its papers; from a row, or made on the spot for a preview."""

    subscriber_id: int
    token_version: int
    edition_on: date
    generated_at: datetime
    timezone: str
    languages: Languages
    density: Density
    sections: Sequence[Mapping[str, Any]]
    is_sample: bool


def freeze_sections(sections: Sequence[ChosenSection], kinds: Mapping[str, AnnouncementKind]) -> list[dict[str, Any]]:
    """Return sections as they are stored: plain lists and dicts, the inverse of what `load_digests` reads."""
    return [
        {
            "keyword": section.keyword,
            "query": section.query,
            "entries": [
                {
                    "id": entry.arxiv_id,
                    "kind": kinds[entry.arxiv_id],
                    "matched": list(entry.matched),
                    "score": entry.score,
                }
                for entry in section.entries
            ],
        }
        for section in sections
    ]


def load_digests(session: Session, frozen: Sequence[FrozenDigest], addresses: Addresses) -> list[Digest]:
    """Return the digests as they are shown, in the same order: two statements for all of them together."""
    ids = {ArxivId(entry["id"]) for item in frozen for section in item.sections for entry in section["entries"]}
    known = papers.get_papers(session, sorted(ids))
    texts = {text for paper in known.values() for text in (paper.title_source, paper.abstract_source)}
    chinese = recall(session, texts, source=SOURCE_LANGUAGE, target=TARGET_LANGUAGE)
    shown = ShownPapers(known, chinese, addresses)
    return [_digest(item, shown, addresses) for item in frozen]


def list_frozen(
    session: Session, digest_ids: Iterable[int], token_versions: Mapping[int, int]
) -> dict[int, FrozenDigest]:
    """Return stored digests by id; `token_versions` gives the current one of each subscriber."""
    rows = session.exec(select(DigestRow).where(col(DigestRow.id).in_(list(digest_ids))))
    return {row.id: thaw(row, token_versions.get(row.subscriber_id, 0)) for row in rows if row.id is not None}


def thaw(row: DigestRow, token_version: int) -> FrozenDigest:
    """Return a stored digest as a plain value."""
    return FrozenDigest(
        subscriber_id=row.subscriber_id,
        token_version=token_version,
        edition_on=row.edition_on,
        generated_at=row.composed_at,
        timezone=row.timezone,
        languages=Languages(row.languages),
        density=Density(row.density),
        sections=row.sections,
        is_sample=row.is_sample,
    )


class ShownPapers:
    """Makes each paper's shown form once per batch, however many readers share it."""

    def __init__(self, known: Mapping[ArxivId, Paper], chinese: Mapping[str, str], addresses: Addresses) -> None:
        self._known = known
        self._chinese = chinese
        self._addresses = addresses
        self._made: dict[tuple[str, str, date], ShownPaper] = {}

    def paper(self, arxiv_id: ArxivId, kind: AnnouncementKind, edition_on: date) -> ShownPaper:
        key = (arxiv_id, kind.value, edition_on)
        if key not in self._made:
            self._made[key] = self._make(self._known[arxiv_id], kind, edition_on)
        return self._made[key]

    def _make(self, paper: Paper, kind: AnnouncementKind, edition_on: date) -> ShownPaper:
        abstract_page, pdf = self._addresses.of_paper(paper, edition_on)
        return ShownPaper(
            arxiv_id=paper.arxiv_id,
            kind=kind,
            title=paper.title,
            title_zh=self._translation(paper.title_source),
            authors=paper.authors,
            categories=paper.categories,
            comment=paper.comment,
            abstract=paper.abstract,
            abstract_zh=self._translation(paper.abstract_source),
            abs_url=abstract_page,
            pdf_url=pdf,
        )

    def _translation(self, source: str) -> str | None:
        found = self._chinese.get(source)
        return None if found is None else to_unicode(found)


def _digest(frozen: FrozenDigest, shown: ShownPapers, addresses: Addresses) -> Digest:
    sections = tuple(_section(section, frozen.edition_on, shown) for section in frozen.sections)
    return Digest(
        edition_on=frozen.edition_on,
        announced_at=announced_at(frozen.edition_on),
        generated_at=frozen.generated_at,
        timezone=frozen.timezone,
        languages=frozen.languages,
        density=frozen.density,
        sections=sections,
        links=addresses.of(frozen.subscriber_id, frozen.token_version, frozen.edition_on),
        notes=_notes(frozen.languages, sections),
        is_sample=frozen.is_sample,
    )


def _section(section: Mapping[str, Any], edition_on: date, shown: ShownPapers) -> Section:
    entries = tuple(
        Entry(
            paper=shown.paper(ArxivId(entry["id"]), AnnouncementKind(entry["kind"]), edition_on),
            matched=tuple(entry["matched"]),
            score=entry["score"],
        )
        for entry in section["entries"]
    )
    return Section(keyword=section["keyword"], query=section["query"], entries=entries)


def _notes(languages: Languages, sections: Sequence[Section]) -> tuple[tuple[str, str], ...]:
    """Say honestly when Chinese was asked for and is not there."""
    if TARGET_LANGUAGE not in languages.codes:
        return ()
    shown = [entry.paper for section in sections for entry in section.entries]
    missing = sum(paper.title_zh is None or paper.abstract_zh is None for paper in shown)
    if not missing:
        return ()
    if missing == len(shown):
        return (
            (
                "There is no Chinese translation today; the papers are shown in the original.",
                "今日暂无中文译文，以原文呈现。",
            ),
        )
    return (
        (
            f"{missing} of {len(shown)} papers have no Chinese translation today and are shown in the original.",
            f"今日 {len(shown)} 篇中有 {missing} 篇暂无中文译文，以原文呈现。",
        ),
    )
