"""The HTML of one digest: a shell, and rows that fit the byte budget."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from markupsafe import escape

from newsletter.digests.dates import long_date
from newsletter.digests.digest import Digest, Entry, Section
from newsletter.digests.fit import BUDGET_BYTES, MOST, Detail, Room, fit_behind
from newsletter.digests.markup import PaperMarkup, breakable
from newsletter.digests.prose import clean, cut
from newsletter.digests.slots import MessageTemplate
from newsletter.digests.wording import also_in, best_titles, matches_in, section_count, summary, trending_count_line
from newsletter.subscribers.subscriber import Languages

CONTENTS_FROM = 7
"""A digest of so many papers has a contents list."""

KEYWORD_LENGTH = 120
ALSO_LENGTH = 160
_NOTE_LENGTH = 400
_CONTENTS_BYTES = 8_000  # a reader with hundreds of keywords: the lists leave most of the room to the papers
_EMPTY_BYTES = 16_000


def safe(text: str, length: int) -> str:
    """Return somebody else's text as markup: cleaned, cut, escaped, in lines that SMTP can carry."""
    return breakable(str(escape(cut(clean(text), length))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A paper's place in a digest: its section's and its own number, both from 1."""

    section: int
    number: int
    entry: Entry


def place_papers(digest: Digest) -> list[Placed]:
    """Return every paper of the digest with its place, in the order in which they are shown."""
    return [
        Placed(section=place, number=number, entry=entry)
        for place, section in enumerate(digest.sections, 1)
        for number, entry in enumerate(section.entries, 1)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPage:
    """Lays out digests in one choice of languages."""

    template: MessageTemplate
    markup: PaperMarkup
    languages: Languages

    def lay_out(self, digest: Digest) -> tuple[str, list[Detail]]:
        """Return the HTML, under `BUDGET_BYTES` of UTF-8 in a message, and the detail in which each paper is shown."""
        return _Layout(self, digest).lay_out()


@dataclass(slots=True)
class _Layout:
    """One digest being laid out; remembers what each paper looked like at each detail, since fitting asks first."""

    page: DigestPage
    digest: Digest
    papers: list[Placed] = field(init=False)
    rendered: dict[tuple[int, Detail], tuple[str, int]] = field(init=False, default_factory=dict)
    queries: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.papers = place_papers(self.digest)
        self.queries = {section.keyword: section.query for section in self.digest.keyword_sections}

    def lay_out(self) -> tuple[str, list[Detail]]:
        room = Room(
            sections=[placed.section for placed in self.papers],
            scores=[placed.entry.score for placed in self.papers],
            cost=lambda index, detail: self._paper(index, detail)[1],
            section_cost=lambda place: max(_size(self._head(place, shown)) for shown in (0, self._count(place))),
        )
        bare = self._join([Detail.CUT] * len(self.papers), reserve=True)
        details = fit_behind(
            room, self.digest.count, most=MOST[self.digest.density], budget_bytes=BUDGET_BYTES - _size(bare)
        )
        return self._join(details), details

    def _join(self, details: list[Detail], *, reserve: bool = False) -> str:
        """Return the whole document; with `reserve` all that papers may bring with them is counted in."""
        shown = [0] * (len(self.digest.sections) + 1)
        for placed, detail in zip(self.papers, details, strict=True):
            shown[placed.section] += detail > Detail.CUT
        linked = [bool(section.entries) for section in self.digest.sections] if reserve else list(map(bool, shown[1:]))
        rows = [*self._masthead(), *self._contents(linked), *self._sections(details, shown)]
        cut_count = len(self.papers) - sum(shown)
        if cut_count:
            rows.append(self._fill("more", count=str(cut_count), browser_url=escape(self.digest.links.browser_url)))
        subject = clean(f"Chenbao 晨报 · {long_date(self.digest.edition_on)}")
        return self.page.template.html.fill(
            {"title": subject, "above": self._teaser(), "rows": "\n".join(rows), "below": self._foot()}
        )

    @property
    def _codes(self) -> tuple[str, ...]:
        return self.digest.languages.codes

    def _fill(self, fragment: str, **values: str) -> str:
        return self.page.template.html_fragments[fragment].fill(values)

    def _teaser(self) -> str:
        if not self.papers:
            return self._fill("teaser_nothing")
        teaser, code = best_titles(self.digest)
        return self._fill(f"teaser_{code}", teaser=safe(teaser, len(teaser)))

    def _masthead(self) -> Iterator[str]:
        day = self.digest.edition_on
        values = {f"date_{code}": long_date(day, code) for code in self._codes}
        for code in self._codes:
            values[f"summary_{code}"] = safe(summary(self.digest, code), _NOTE_LENGTH)
        yield self._fill("masthead", **values)
        if self.digest.is_sample:
            yield self._fill("sample")
        for note in self.digest.notes:
            lines = (self._fill(f"note_{code}", note=safe(note[code], _NOTE_LENGTH)) for code in self._codes)
            yield self._fill("note", lines="\n".join(lines))
        if not self.digest.sections:
            yield self._fill("empty")

    def _contents(self, linked: list[bool]) -> Iterator[str]:
        if len(self.papers) < CONTENTS_FROM or self.digest.is_trending:
            return
        topics, size = [], 0
        for place, section in enumerate(self.digest.sections, 1):
            if section.entries:
                topic = self._topic(place, section, is_linked=linked[place - 1])
                size += _size(topic)
                if size > _CONTENTS_BYTES:
                    break
                topics.append(topic)
        yield self._fill("contents", topics="\n".join(topics))

    def _topic(self, place: int, section: Section, *, is_linked: bool) -> str:
        values = {"keyword": self._title(section), "count": str(len(section.entries))}
        return self._fill("topic", place=str(place), **values) if is_linked else self._fill("topic_cut", **values)

    def _sections(self, details: list[Detail], shown: list[int]) -> Iterator[str]:
        index, empty_size, empty_left = 0, 0, 0
        for place, section in enumerate(self.digest.sections, 1):
            if not section.entries:
                row = self._fill("nothing", keyword=safe(section.keyword, KEYWORD_LENGTH))
                empty_size += _size(row)
                if empty_size <= _EMPTY_BYTES:
                    yield row
                else:
                    empty_left += 1
            elif shown[place]:
                yield self._head(place, shown[place])
            for detail in details[index : index + len(section.entries)]:
                if detail:
                    yield self._paper(index, detail)[0]
                index += 1
        if empty_left:
            yield self._fill("more_empty", count=str(empty_left))

    def _title(self, section: Section) -> str:
        """Return a section's title as markup."""
        return self._fill("trending_title") if section.is_trending else safe(section.keyword, KEYWORD_LENGTH)

    def _count(self, place: int) -> int:
        return len(self.digest.sections[place - 1].entries)

    def _head(self, place: int, shown: int) -> str:
        section = self.digest.sections[place - 1]
        counts = {
            f"count_{code}": trending_count_line(section, shown, code)
            if section.is_trending
            else section_count(len(section.entries), shown, code)
            for code in self._codes
        }
        return self._fill("section", place=str(place), keyword=self._title(section), **counts)

    def _paper(self, index: int, detail: Detail) -> tuple[str, int]:
        """Return a paper's row and its size in bytes."""
        known = self.rendered.get((index, detail))
        if known is None:
            row = self._render(self.papers[index], detail)
            known = self.rendered[index, detail] = (row, _size(row))
        return known

    def _render(self, placed: Placed, detail: Detail) -> str:
        entry, queries = placed.entry, self.queries
        marked = tuple(queries[keyword] for keyword in entry.matched if keyword in queries)
        is_trending = self.digest.sections[placed.section - 1].is_trending
        also = matches_in(entry.matched, self._codes[0]) if is_trending else also_in(entry.matched[1:], self._codes[0])
        values = {
            "number": str(placed.number),
            "also": " · " + safe(also, ALSO_LENGTH) if also else "",
            "browser_url": str(escape(self.digest.links.browser_url)),
        }
        return self.page.markup.paper(entry.paper, detail, marked).fill(values)

    def _foot(self) -> str:
        links = self.digest.links
        addresses = {"manage": links.manage_url, "unsubscribe": links.unsubscribe_url, "browser": links.browser_url}
        values = {f"{name}_url": str(escape(url)) for name, url in addresses.items()}
        return self._fill("foot", origin=self._origin(), **values)

    def _origin(self) -> str:
        """Return the line on who wrote the translations, nothing where nobody asked for any."""
        origin = self.digest.origin
        if origin is None:
            return ""
        lines = (self._fill(f"origin_{code}", origin=safe(origin[code], _NOTE_LENGTH)) for code in self._codes)
        return "\n".join(lines)


def _size(row: str) -> int:
    """Return what a row takes in bytes, with the line end that joins it to the next; in a message each is CR LF."""
    return len(row.encode()) + row.count("\n") + 2
