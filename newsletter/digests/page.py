"""The HTML of one digest: a shell, and rows that fit the byte budget; octets that are joined, never searched."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from markupsafe import escape

from newsletter.digests.dates import long_date
from newsletter.digests.digest import Digest, Entry
from newsletter.digests.figures import Figures
from newsletter.digests.fit import BUDGET_BYTES, MOST, Detail, Room, fit_behind
from newsletter.digests.markup import PaperMarkup
from newsletter.digests.prose import clean
from newsletter.digests.rows import Rows
from newsletter.digests.sections import SectionRows
from newsletter.digests.slots import MessageTemplate, is_short
from newsletter.digests.wording import best_titles
from newsletter.lines import CRLF, are_plain
from newsletter.subscribers.subscriber import Languages

CONTENTS_FROM = 7
"""A digest of so many papers has a contents list."""

_CONTENTS_BYTES = 8_000  # a reader with hundreds of keywords: the lists leave most of the room to the papers
_EMPTY_BYTES = 16_000


class Placed(NamedTuple):
    """A paper's place in a digest: its section's and its own number, both from 1."""

    section: int
    number: int
    entry: Entry


def place_papers(digest: Digest) -> list[Placed]:
    """Return every paper of the digest with its place, in the order in which they are shown."""
    return [
        Placed(place, number, entry)
        for place, section in enumerate(digest.sections, 1)
        for number, entry in enumerate(section.entries, 1)
    ]


class LaidOut(NamedTuple):
    """The HTML, the detail in which each paper is shown, and whether all lines are known to be plain (see `lines`)."""

    html: bytes
    details: Sequence[Detail]
    is_plain: bool = False


class DigestPage:
    """Lays out digests in one choice of languages; safe to share between threads."""

    def __init__(self, template: MessageTemplate, languages: Languages) -> None:
        self.template = template
        self.rows = Rows(template, languages.codes)
        self.sections = SectionRows(self.rows, PaperMarkup(template.html_fragments, languages.codes))
        self.shell = template.html.encode()

    def lay_out(self, digest: Digest, figures: Figures) -> LaidOut:
        """Return the HTML, at most `BUDGET_BYTES` of UTF-8 in a message."""
        return _Layout(self, digest, figures).lay_out()


class _Layout:
    """One digest being laid out."""

    def __init__(self, page: DigestPage, digest: Digest, figures: Figures) -> None:
        self.page = page
        self.rows = page.rows
        self.digest = digest
        self.figures = figures
        self.browser_url = escape(digest.links.browser_url).encode()
        self.queries = {section.keyword: section.query for section in digest.keyword_sections}
        self.count = sum([len(section.entries) for section in digest.sections])

    def lay_out(self) -> LaidOut:
        most = MOST[self.digest.density]
        return self._lay_out_whole(most) or _Fitting(self, most).lay_out()

    def _lay_out_whole(self, detail: Detail) -> LaidOut | None:
        """Return the document with every paper at that detail; None where that is too much."""
        sections, size = list[Sequence[bytes]](), 0
        is_plain = is_short(self.browser_url) and self.page.shell.is_plain
        for place, section in enumerate(self.digest.sections, 1):
            pieces = list[bytes]()
            if section.entries:
                fragment = self.page.sections.whole(place, section, detail, self.queries)
                size += fragment.size
                if size > BUDGET_BYTES:
                    return None
                is_plain = is_plain and fragment.is_plain
                pieces = fragment.pieces({"browser_url": self.browser_url})
            sections.append(pieces)
        html, around = self.join(sections)
        if len(html) > BUDGET_BYTES:
            return None
        return LaidOut(html, [detail] * self.count, is_plain and are_plain(around))

    def join(
        self, sections: Sequence[Sequence[bytes]], *, cut_count: int = 0, linked: Sequence[bool] | None = None
    ) -> tuple[bytes, bytes]:
        """Return the whole document, given each section's rows in pieces, and the lines around those.

        `linked` says to which sections the contents list leads.
        """
        linked = list(map(bool, sections)) if linked is None else linked
        above = [*self._above(), *self._contents(linked)]
        nothing, below = self._nothing()
        if cut_count:
            below.append(self.rows.fill("more", count=str(cut_count).encode(), browser_url=self.browser_url))
        found = [pieces for either in zip(sections, nothing, strict=True) for pieces in either]
        teaser, foot = self._teaser(), self._foot()
        html = self.page.shell.fill_around(
            "rows",
            _below_one_another([[CRLF.join(above)], *found, [CRLF.join(below)] if below else []]),
            {"title": _title(self.digest.edition_on), "above": teaser, "below": foot},
        )
        return html, CRLF.join([teaser, *above, *(row for rows in nothing for row in rows), *below, foot])

    def _teaser(self) -> bytes:
        if not self.count:
            return self.rows.fill("teaser_nothing")
        teaser, code = best_titles(self.digest)
        return self.rows.teaser(teaser, code)

    def _above(self) -> Iterator[bytes]:
        yield self.rows.masthead(self.figures)
        if self.digest.is_sample:
            yield self.rows.fill("sample")
        for note in self.digest.notes:
            yield self.rows.note(note)
        if not self.digest.sections:
            yield self.rows.fill("empty")

    def _contents(self, linked: Sequence[bool]) -> Iterator[bytes]:
        if self.count < CONTENTS_FROM or self.digest.is_trending:
            return
        topics, size = [], 0
        for place, section in enumerate(self.digest.sections, 1):
            if section.entries:
                keyword = None if section.is_trending else section.keyword
                topic = self.rows.topic(place, keyword, len(section.entries), linked[place - 1])
                size += _size(topic)
                if size > _CONTENTS_BYTES:
                    break
                topics.append(topic)
        yield self.rows.fill("contents", topics=CRLF.join(topics))

    def _nothing(self) -> tuple[list[list[bytes]], list[bytes]]:
        """Return what stands for each section in which nothing matched, and behind all of them how many more there are."""
        rows: list[list[bytes]] = []
        size, left = 0, 0
        for section in self.digest.sections:
            row = b"" if section.entries else self.rows.nothing(section.keyword)
            size += _size(row) if row else 0
            left += bool(row) and size > _EMPTY_BYTES
            rows.append([row] if row and size <= _EMPTY_BYTES else [])
        return rows, [self.rows.fill("more_empty", count=str(left).encode())] if left else []

    def _foot(self) -> bytes:
        links = self.digest.links
        return self.rows.fill(
            "foot",
            origin=self.rows.origin(self.digest),
            manage_url=escape(links.manage_url).encode(),
            unsubscribe_url=escape(links.unsubscribe_url).encode(),
            browser_url=self.browser_url,
        )


class _Fitting:
    """A digest that is too large to show the whole of; remembers what each paper looks like at each detail."""

    def __init__(self, layout: _Layout, most: Detail) -> None:
        self._layout = layout
        self._digest = layout.digest
        self._most = most
        self._papers = place_papers(layout.digest)
        self._rendered: dict[tuple[int, Detail], bytes] = {}

    def lay_out(self) -> LaidOut:
        budget = BUDGET_BYTES - _size(self._join([Detail.CUT] * len(self._papers), reserve=True))
        details = fit_behind(self._room(), self._digest.count, most=self._most, budget_bytes=budget)
        return LaidOut(self._join(details), details)

    def _room(self) -> Room:
        return Room(
            sections=[placed.section for placed in self._papers],
            scores=[placed.entry.score for placed in self._papers],
            cost=lru_cache(None)(lambda index, detail: _size(self._paper(index, detail))),
            section_cost=lru_cache(None)(self._section_cost),
        )

    def _section_cost(self, place: int) -> int:
        return max(_size(self._head(place, shown)) for shown in (0, len(self._digest.sections[place - 1].entries)))

    def _head(self, place: int, shown: int) -> bytes:
        return self._layout.rows.head(place, self._digest.sections[place - 1], shown)

    def _join(self, details: Sequence[Detail], *, reserve: bool = False) -> bytes:
        """Return the whole document; with `reserve` all that papers may bring with them is counted in."""
        papers: list[list[bytes]] = [[] for _ in self._digest.sections]
        for index, detail in enumerate(details):
            if detail:
                papers[self._papers[index].section - 1].append(self._paper(index, detail))
        sections = [
            [CRLF.join([self._head(place, len(shown)), *shown])] if shown else []
            for place, shown in enumerate(papers, 1)
        ]
        linked = [bool(section.entries) for section in self._digest.sections] if reserve else None
        html, _ = self._layout.join(sections, cut_count=details.count(Detail.CUT), linked=linked)
        return html

    def _paper(self, index: int, detail: Detail) -> bytes:
        row = self._rendered.get((index, detail))
        if row is None:
            row = self._rendered[index, detail] = self._render(self._papers[index], detail)
        return row

    def _render(self, placed: Placed, detail: Detail) -> bytes:
        section, number, entry = placed
        layout, is_trending = self._layout, self._digest.sections[section - 1].is_trending
        row = layout.page.sections.paper(number, entry, detail, layout.queries, is_trending=is_trending)
        return row.fill({"browser_url": layout.browser_url})


@lru_cache(64)
def _title(edition_on: date) -> bytes:
    return clean(f"Chenbao 晨报 · {long_date(edition_on)}").encode()


def _below_one_another(blocks: Sequence[Sequence[bytes]]) -> Iterator[bytes]:
    """Return the pieces of some blocks, with a line end between one block and the next; empty ones are left out."""
    for number, pieces in enumerate(filter(None, blocks)):
        if number:
            yield CRLF
        yield from pieces


def _size(row: bytes) -> int:
    """Return what a row takes in octets, with the line end that joins it to the next."""
    return len(row) + len(CRLF)
