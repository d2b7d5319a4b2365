"""The text part of a digest: the same papers in the same detail, folded for a terminal."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from newsletter.digests.dates import both_times, minute, offset_name
from newsletter.digests.digest import Digest, Entry, Section, ShownPaper, in_order
from newsletter.digests.facts import join_facts, list_facts
from newsletter.digests.figures import Figures
from newsletter.digests.fit import MOST, Detail, Room, fit
from newsletter.digests.prose import clean, cut, display_width, first_sentences
from newsletter.digests.sections import CACHED_SECTIONS, LARGEST_CACHED
from newsletter.digests.slots import Fragment, MessageTemplate, Slots, join_slots, to_wire
from newsletter.digests.wording import count_papers, kind_in_words, late_in_words, name_authors
from newsletter.languages import SOURCE
from newsletter.lines import are_plain
from newsletter.papers.taxonomy import display_name
from newsletter.translation.language import load_language

COLUMNS = 78
AUTHORS_SHOWN = 30
CACHED_PAPERS = 8192
CACHED_LINES = 4096
KEYWORD_LENGTH = 500
TEXT_BUDGET_BYTES = 240_000
"""What papers may take of the text part."""
_BETWEEN = b"\r\n\r\n"
TITLE_LENGTH = 1000
TEXT_LENGTH = 4000

_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff"
_CLOSING = "，。；：、？！）】》」』”’…,.;:?!)"  # never begin a line
_OPENING = "（【《「『“‘"  # never end a line
_PIECE = re.compile(rf"\s+|[{_OPENING}]*[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+[{_CLOSING}]*")


def fold(text: str, *, columns: int = COLUMNS, indent: str = "") -> str:
    """Fold one line at `columns`, wide characters counted double; later lines are indented.

    Chinese breaks between characters, but never before closing or after opening punctuation; a single word wider than
    a line is broken, an address is not.
    """
    if display_width(text) <= columns:
        return text
    lines, line, width = [], "", 0
    for piece in _pieces(text, columns - len(indent)):
        size = display_width(piece)
        if width + display_width(piece.rstrip()) > columns and line.strip():
            lines.append(line.rstrip())
            line, width = indent, len(indent)
            if piece.isspace():
                continue
        line += piece
        width += size
    return "\n".join([*lines, line.rstrip()])


def _pieces(text: str, columns: int) -> Iterable[str]:
    for piece in _PIECE.findall(text):
        if display_width(piece) <= columns or "://" in piece:
            yield piece
        else:
            yield from (piece[start : start + columns // 2] for start in range(0, len(piece), columns // 2))


class PaperText:
    """Makes the text of papers in one choice of languages from a template's fragments."""

    def __init__(self, fragments: Mapping[str, Slots], codes: Sequence[str]) -> None:
        self._fragments = fragments
        self._codes = tuple(codes)

    @lru_cache(CACHED_PAPERS)  # noqa: B019  one for all choices of languages, which live as long as their process
    def paper(self, paper: ShownPaper, detail: Detail) -> Fragment:
        """Return the paper at that detail. Open slots, which differ between readers: `number`, `also`."""
        return join_slots(self._lines(paper, detail)).encode()

    def _lines(self, paper: ShownPaper, detail: Detail) -> Iterable[Slots]:
        titles = in_order(paper.titles, self._codes)
        yield self._line(
            "title", title=fold(cut(clean(titles[0][1]), TITLE_LENGTH), columns=COLUMNS - 4, indent="    ")
        )
        for _, title in titles[1:]:
            yield self._line("under", title=fold(cut(clean(title), TITLE_LENGTH)))
        if detail is not Detail.TITLE:
            yield from self._facts(paper)
        if late := late_in_words(paper, self._codes[0]):
            yield self._line("late", late=late)
        yield from self._hub_facts(paper)
        yield self._line("abs_url", abs_url=paper.abs_url)
        if detail is not Detail.TITLE:
            yield self._line("pdf_url", pdf_url=paper.pdf_url)
            for code, text in in_order(paper.abstracts, self._codes):
                yield self._line(f"abstract_{code}", abstract=fold(self._shortened(clean(text), code, detail)))

    def _facts(self, paper: ShownPaper) -> Iterable[Slots]:
        facts = {
            "authors": name_authors(paper.authors, AUTHORS_SHOWN),
            "subjects": "; ".join(display_name(clean(category)) for category in paper.categories),
            "comment": clean(paper.comment or ""),
            "kind": kind_in_words(paper, self._codes[0]),
        }
        for name, value in facts.items():
            if value:
                yield self._folded(name, cut(value, TEXT_LENGTH))

    def _hub_facts(self, paper: ShownPaper) -> Iterable[Slots]:
        facts = list_facts(paper, self._codes[0])
        if facts:
            yield self._folded("facts", join_facts(facts))
            yield from (self._line("code_url", code_url=fact.url) for fact in facts[1:] if fact.url)

    def _folded(self, fragment: str, value: str) -> Slots:
        return Slots((fold(self._fragments[fragment].fill({fragment: value}), indent="  "),))

    def _line(self, fragment: str, **values: str) -> Slots:
        return self._fragments[fragment].fill_some(values)

    def _shortened(self, text: str, code: str, detail: Detail) -> str:
        if detail is Detail.COMPACT:
            return first_sentences(text, count=2, length=load_language(code).excerpt)
        return cut(text, TEXT_LENGTH)


class Written(NamedTuple):
    """Lines of text, and whether they are known to be plain (see `lines`)."""

    octets: bytes
    is_plain: bool


def _looked_at(blocks: Iterable[bytes]) -> Written:
    octets = _BETWEEN.join(blocks)
    return Written(octets, are_plain(octets))


class DigestText:
    """Writes the text part of digests in one choice of languages; safe to share between threads."""

    def __init__(self, template: MessageTemplate, codes: Sequence[str]) -> None:
        self._codes = tuple(codes)
        self._shell = template.text.encode()
        self._fragments = template.text_fragments
        self._papers = PaperText(template.text_fragments, codes)
        cached = lru_cache(CACHED_LINES)
        self._section: Callable[[str], bytes] = cached(self._make_section)
        self._also: Callable[[str, tuple[str, ...]], bytes] = cached(self._make_also)
        self._folded: Callable[[tuple[str, ...]], bytes] = cached(self._fold_lines)
        self._times: Callable[[Figures], Mapping[str, bytes]] = cached(self._write_times)

    def write(self, digest: Digest, details: Sequence[Detail], figures: Figures) -> Written:
        """Return the text; a paper whose detail is CUT is counted in the line that points to the browser."""
        links, sections = digest.links, self._show(digest, details)
        above, below = list(self._notes(digest)), list[bytes]()
        cut_count = details.count(Detail.CUT)
        if cut_count:
            below.append(self._fill("more", count=str(cut_count), browser_url=links.browser_url))
        values = {
            **self._times(figures),
            "origin": self._origin(digest),
            "manage_url": links.manage_url.encode(),
            "unsubscribe_url": links.unsubscribe_url.encode(),
            "browser_url": links.browser_url.encode(),
        }
        blocks = [*above, *(block.octets for block in sections), *below]
        between = [piece for block in blocks for piece in (_BETWEEN, block)][1:]
        around = self._shell.fill(values | {"blocks": _BETWEEN.join([*above, *below])})
        return Written(
            self._shell.fill_around("blocks", between, values),
            are_plain(around) and all(block.is_plain for block in sections),
        )

    def _write_times(self, figures: Figures) -> Mapping[str, bytes]:
        count = figures.trending_count if figures.is_trending else figures.count
        generated = figures.generated_at.astimezone(figures.zone)
        values = {
            "generated": f"{minute(generated)} ({offset_name(generated)})",
            "announced": both_times(figures.announced_at, figures.zone),
            "count": str(count),
            "papers": count_papers(count, SOURCE),
        }
        return {name: to_wire(value) for name, value in values.items()}

    def _origin(self, digest: Digest) -> bytes:
        """Return the line on who wrote the translations with an empty one below; nothing where nobody asked."""
        origin = digest.origin
        return b"" if origin is None else self._folded(tuple([origin[code] for code in self._codes])) + _BETWEEN

    def _fill(self, fragment: str, **values: str) -> bytes:
        return to_wire(self._fragments[fragment].fill(values))

    def _show(self, digest: Digest, details: Sequence[Detail]) -> Sequence[Written]:
        """Return the sections, their papers' details raised as far as the text's own, larger budget goes.

        Nobody cuts a text part short. What the HTML has no room for is not here either.
        """
        most = MOST[digest.density]
        if Detail.CUT not in details:
            sections = [self._whole(section, most) for section in digest.sections]
            if sum([len(section.octets) for section in sections]) < TEXT_BUDGET_BYTES:
                return sections
        return list(self._sections(digest, self._enrich(digest, details, most)))

    def _enrich(self, digest: Digest, details: Sequence[Detail], most: Detail) -> Sequence[Detail]:
        entries = [entry for section in digest.sections for entry in section.entries]
        shown = [index for index, detail in enumerate(details) if detail]
        room = Room(
            sections=[0] * len(shown),
            scores=[entries[index].score for index in shown],
            cost=lru_cache(None)(lambda place, detail: len(self._paper(1, entries[shown[place]], detail))),
            section_cost=lambda _: 0,
        )
        raised = dict(zip(shown, fit(room, most=most, budget_bytes=TEXT_BUDGET_BYTES), strict=True))
        return [max(detail, raised.get(index, Detail.CUT)) for index, detail in enumerate(details)]

    def _notes(self, digest: Digest) -> Iterator[bytes]:
        if digest.is_sample:
            yield self._fill("sample")
        for note in digest.notes:
            yield self._folded(tuple([note[code] for code in self._codes]))
        if not digest.sections:
            yield self._fill("empty")

    def _whole(self, section: Section, detail: Detail) -> Written:
        """Return a section with all its papers at that detail."""
        write = self._written if len(section.entries) <= LARGEST_CACHED else self._write
        return write(section, detail)

    @lru_cache(CACHED_SECTIONS)  # noqa: B019  one for all choices of languages, which live as long as their process
    def _written(self, section: Section, detail: Detail) -> Written:
        return self._write(section, detail)

    def _write(self, section: Section, detail: Detail) -> Written:
        return _looked_at(self._blocks(section, [detail] * len(section.entries)))

    def _sections(self, digest: Digest, details: Sequence[Detail]) -> Iterator[Written]:
        index = 0
        for section in digest.sections:
            mine, index = details[index : index + len(section.entries)], index + len(section.entries)
            if any(mine) or not section.entries:
                yield _looked_at(self._blocks(section, mine))

    def _blocks(self, section: Section, details: Sequence[Detail]) -> Iterator[bytes]:
        yield self._head(section)
        if not section.entries:
            yield self._fill("empty")
        is_trending = section.is_trending
        for number, (entry, detail) in enumerate(zip(section.entries, details, strict=True), 1):
            if detail:
                yield self._paper(number, entry, detail, is_trending=is_trending)

    def _head(self, section: Section) -> bytes:
        if section.trending_on is not None:
            return self._fill("trending", day=str(section.trending_on))
        return self._section(section.keyword)

    def _make_section(self, keyword: str) -> bytes:
        return to_wire(fold(self._fragments["section"].fill({"keyword": cut(clean(keyword), KEYWORD_LENGTH)})))

    def _paper(self, place: int, entry: Entry, detail: Detail, *, is_trending: bool = False) -> bytes:
        others = entry.matched if is_trending else entry.matched[1:]
        also = self._also("matches" if is_trending else "also", others) if others else b""
        return self._papers.paper(entry.paper, detail).fill({"number": str(place).encode(), "also": also})

    def _make_also(self, fragment: str, keywords: tuple[str, ...]) -> bytes:
        others = cut(", ".join(clean(keyword) for keyword in keywords), TITLE_LENGTH)
        return to_wire(fold(self._fragments[fragment].fill({fragment: others}), indent="  ") + "\n") if others else b""

    @staticmethod
    def _fold_lines(lines: tuple[str, ...]) -> bytes:
        return to_wire("\n".join(fold(clean(line)) for line in lines))
