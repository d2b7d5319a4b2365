"""The text part of a digest: the same papers in the same detail, folded for a terminal."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from newsletter.digests.dates import both_times, minute, offset_name
from newsletter.digests.digest import Digest, Entry, Section, ShownPaper, in_order
from newsletter.digests.facts import join_facts, list_facts
from newsletter.digests.fit import MOST, Detail, Room, fit
from newsletter.digests.prose import clean, cut, display_width, first_sentences
from newsletter.digests.slots import MessageTemplate, Slots, join_slots
from newsletter.digests.wording import count_papers, kind_in_words, late_in_words, name_authors
from newsletter.languages import SOURCE
from newsletter.papers.taxonomy import display_name
from newsletter.translation.language import load_language

COLUMNS = 78
AUTHORS_SHOWN = 30
CACHED_PAPERS = 2048
KEYWORD_LENGTH = 500
TEXT_BUDGET_BYTES = 240_000
"""What papers may take of the text part."""
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
        self.paper: Callable[[ShownPaper, Detail], Slots] = lru_cache(CACHED_PAPERS)(self._paper)
        """The paper at that detail. Open slots, which differ between readers: `number`, `also`."""

    def _paper(self, paper: ShownPaper, detail: Detail) -> Slots:
        return join_slots(self._lines(paper, detail))

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


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestText:
    """Writes the text part of digests in one choice of languages."""

    template: MessageTemplate
    papers: PaperText

    def write(self, digest: Digest, details: Sequence[Detail]) -> str:
        """Return the text; a paper whose detail is CUT is counted in the line that points to the browser."""
        links = digest.links
        blocks = [*self._notes(digest), *self._sections(digest, self._enrich(digest, details))]
        cut_count = sum(detail is Detail.CUT for detail in details)
        if cut_count:
            blocks.append(self._fill("more", count=str(cut_count), browser_url=links.browser_url))
        generated = digest.generated_at.astimezone(digest.zone)
        values = {
            "generated": f"{minute(generated)} ({offset_name(generated)})",
            "announced": both_times(digest.announced_at, digest.zone),
            "count": str(digest.trending_count if digest.is_trending else digest.count),
            "papers": count_papers(digest.trending_count if digest.is_trending else digest.count, SOURCE),
            "blocks": "\n\n".join(blocks),
            "origin": self._origin(digest),
            "manage_url": links.manage_url,
            "unsubscribe_url": links.unsubscribe_url,
            "browser_url": links.browser_url,
        }
        return self.template.text.fill(values)

    @staticmethod
    def _origin(digest: Digest) -> str:
        """Return the line on who wrote the translations with an empty one below; nothing where nobody asked."""
        origin = digest.origin
        return (
            "" if origin is None else "\n".join(fold(clean(origin[code])) for code in digest.languages.codes) + "\n\n"
        )

    def _fill(self, fragment: str, **values: str) -> str:
        return self.template.text_fragments[fragment].fill(values)

    def _enrich(self, digest: Digest, details: Sequence[Detail]) -> list[Detail]:
        """Return the details again, raised as far as the text's own, larger budget goes: nobody cuts a text part short."""
        entries = [entry for section in digest.sections for entry in section.entries]
        shown = [index for index, detail in enumerate(details) if detail]
        room = Room(
            sections=[0] * len(shown),
            scores=[entries[index].score for index in shown],
            cost=lambda place, detail: len(self._paper(1, entries[shown[place]], detail).encode()),
            section_cost=lambda _: 0,
        )
        raised = dict(zip(shown, fit(room, most=MOST[digest.density], budget_bytes=TEXT_BUDGET_BYTES), strict=True))
        return [max(detail, raised.get(index, Detail.CUT)) for index, detail in enumerate(details)]

    def _notes(self, digest: Digest) -> Iterator[str]:
        if digest.is_sample:
            yield self._fill("sample")
        for note in digest.notes:
            yield "\n".join(fold(clean(note[code])) for code in digest.languages.codes)
        if not digest.sections:
            yield self._fill("empty")

    def _sections(self, digest: Digest, details: Sequence[Detail]) -> Iterator[str]:
        remaining = iter(details)
        for section in digest.sections:
            found = [(place, entry, next(remaining)) for place, entry in enumerate(section.entries, 1)]
            shown = [item for item in found if item[2]]
            if found and not shown:
                continue
            yield self._head(section)
            if not found:
                yield self._fill("empty")
            for place, entry, detail in shown:
                yield self._paper(place, entry, detail, is_trending=section.is_trending)

    def _head(self, section: Section) -> str:
        if section.trending_on is not None:
            return self._fill("trending", day=str(section.trending_on))
        return fold(self._fill("section", keyword=cut(clean(section.keyword), KEYWORD_LENGTH)))

    def _paper(self, place: int, entry: Entry, detail: Detail, *, is_trending: bool = False) -> str:
        fragment, keywords = ("matches", entry.matched) if is_trending else ("also", entry.matched[1:])
        others = cut(", ".join(clean(keyword) for keyword in keywords), TITLE_LENGTH)
        also = fold(self._fill(fragment, **{fragment: others}), indent="  ") + "\n" if others else ""
        return self.papers.paper(entry.paper, detail).fill({"number": str(place), "also": also})
