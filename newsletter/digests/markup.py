"""One paper as HTML: escaped, its matched words marked; built once and shared by all readers who see it alike."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from markupsafe import escape

from newsletter.digests.digest import ShownPaper, in_order
from newsletter.digests.facts import list_facts
from newsletter.digests.fit import Detail
from newsletter.digests.prose import clean, cut, first_sentences
from newsletter.digests.slots import Fragment, Slots, join_slots
from newsletter.digests.wording import kind_in_words, late_in_words, name_authors
from newsletter.errors import QuerySyntaxError
from newsletter.queries.highlight import find_spans
from newsletter.queries.query import Query
from newsletter.translation.keywords import read_keyword
from newsletter.translation.language import load_language

CACHED_PAPERS = 8_000  # some 50 MB; a day has about a thousand papers, each with the words of several queries marked
TITLE_LENGTH = 400
ABSTRACT_LENGTH = 4000  # arXiv itself stops at 1920
COMMENT_LENGTH = 200
AUTHORS_LENGTH = 300
CATEGORIES_SHOWN = 6
MARKS_SHOWN = 6  # in one text; each takes 50 bytes, and what is marked everywhere stands out nowhere
EXCERPT_SENTENCES = 2

_LINE_BYTES = 600  # SMTP allows 998 octets in a line, and the template adds its own
_TOKEN = re.compile(r"<[^>]*>|&[^;\s]{1,10};|\s|[^<&\s]{1,40}|[<&]")


class PaperMarkup:
    """Makes the HTML of papers in one choice of languages from a template's fragments."""

    def __init__(self, fragments: Mapping[str, Slots], codes: Sequence[str]) -> None:
        self._fragments = fragments
        self._codes = tuple(codes)

    @lru_cache(CACHED_PAPERS)  # noqa: B019  one for all choices of languages, which live as long as their process
    def paper(self, paper: ShownPaper, detail: Detail, queries: tuple[str, ...]) -> Fragment:
        """Return the paper at that detail, its words that the (canonical) queries matched marked.

        Open slots, which differ between readers: `number`, `also`, `browser_url` (the last two not in a title).
        """
        parsed = [query for text in queries if (query := _parsed(text)) is not None]
        lines = self._title_lines(paper, parsed) if detail is Detail.TITLE else self._lines(paper, detail, parsed)
        frame = self._fragments["brief" if detail is Detail.TITLE else "paper"]
        return frame.fill_some({"lines": join_slots(lines)}).encode()

    def _title_lines(self, paper: ShownPaper, queries: Sequence[Query]) -> Iterable[Slots]:
        for style, (code, title) in zip(("brief", "small"), in_order(paper.titles, self._codes), strict=False):
            yield self._title(f"{style}_{code}", paper, title, queries)
        if late := late_in_words(paper, self._codes[0]):
            yield self._fragments["late"].fill_some({"late": late})
        if facts := self._facts(paper):
            yield self._fragments["facts"].fill_some({"facts": breakable(facts)})

    def _lines(self, paper: ShownPaper, detail: Detail, queries: Sequence[Query]) -> Iterable[Slots]:
        for style, (code, title) in zip(("lead", "under"), in_order(paper.titles, self._codes), strict=False):
            yield self._title(f"{style}_{code}", paper, title, queries)
        if detail is Detail.FULL and paper.authors:
            authors = breakable(str(escape(cut(name_authors(paper.authors), AUTHORS_LENGTH))))
            yield self._fragments["authors"].fill_some({"authors": authors})
        meta = " · ".join(part for part in (str(escape(self._meta(paper))), self._facts(paper)) if part)
        yield self._fragments["meta"].fill_some({"meta": breakable(meta)})
        texts = in_order(paper.abstracts, self._codes)
        styles = ("abstract", "second" if detail is Detail.FULL else "after")
        for style, (code, text) in zip(styles, texts, strict=False):
            yield self._abstract(f"{style}_{code}", code, text, detail, queries)
        addresses = {"abs_url": paper.abs_url, "pdf_url": paper.pdf_url, "arxiv_id": paper.arxiv_id}
        yield self._fragments["links"].fill_some({name: str(escape(value)) for name, value in addresses.items()})

    def _title(self, fragment: str, paper: ShownPaper, title: str, queries: Sequence[Query]) -> Slots:
        marked = self._marked(cut(clean(title), TITLE_LENGTH), queries, "title")
        return self._fragments[fragment].fill_some({"title": marked, "abs_url": str(escape(paper.abs_url))})

    def _abstract(self, fragment: str, code: str, text: str, detail: Detail, queries: Sequence[Query]) -> Slots:
        shown = clean(text)
        if detail is Detail.COMPACT:
            shown = first_sentences(shown, count=EXCERPT_SENTENCES, length=load_language(code).excerpt)
        marked = self._marked(cut(shown, ABSTRACT_LENGTH), queries, "abstract")
        return self._fragments[fragment].fill_some({"abstract": marked})

    def _meta(self, paper: ShownPaper) -> str:
        categories = [clean(category) for category in paper.categories[:CATEGORIES_SHOWN]]
        kind, late = kind_in_words(paper, self._codes[0]), late_in_words(paper, self._codes[0])
        comment = cut(clean(paper.comment or ""), COMMENT_LENGTH)
        return " · ".join(part for part in (*categories, kind, late, comment) if part)

    def _facts(self, paper: ShownPaper) -> str:
        """Return what Hugging Face says of the paper as markup."""
        facts = ((str(escape(fact.text)), fact.url) for fact in list_facts(paper, self._codes[0]))
        link = self._fragments["fact_link"]
        return " · ".join(link.fill({"text": text, "url": str(escape(url))}) if url else text for text, url in facts)

    def _marked(self, text: str, queries: Sequence[Query], field: Literal["title", "abstract"]) -> str:
        spans = find_spans(queries, text, field=field)[:MARKS_SHOWN] if queries else []
        edges = [0, *(edge for span in spans for edge in span), len(text)]
        parts = [str(escape(text[start:end])) for start, end in pairwise(edges)]
        parts[1::2] = [self._fragments["mark"].fill({"text": part}) for part in parts[1::2]]
        return breakable("".join(parts))


@lru_cache(4096)
def _parsed(query: str) -> Query | None:
    """Read a canonical query; one that an older grammar wrote marks nothing, since the digest must go out all the same."""
    try:
        return read_keyword(query)
    except QuerySyntaxError:
        return None


def breakable(markup: str) -> str:
    """Break escaped markup into lines of at most `_LINE_BYTES`, at spaces; in a text without spaces, invisibly.

    No line begins with a dot, which SMTP would have to double.
    """
    if len(markup) * 4 <= _LINE_BYTES or len(markup.encode()) <= _LINE_BYTES:
        return markup
    done, size = [], 0
    for piece, following in pairwise([*_TOKEN.findall(markup), ""]):
        bytes_more = len(piece.encode())
        if piece == " " and size > _LINE_BYTES * 3 // 4 and not following.startswith("."):
            done.append("\n")  # to a reader of HTML a blank like any other
            size = 0
            continue
        if size + bytes_more > _LINE_BYTES:
            done.append("<wbr\n>")  # a line end between two Chinese characters would show as a gap
            size = 0
        done.append(piece)
        size += bytes_more
    return "".join(done)
