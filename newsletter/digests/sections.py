"""The rows of a digest's sections, as octets: a section is laid out once for all readers who see it alike."""

from collections.abc import Mapping
from functools import lru_cache

from newsletter.digests.digest import Entry, Section
from newsletter.digests.fit import Detail
from newsletter.digests.markup import PaperMarkup
from newsletter.digests.rows import Rows
from newsletter.digests.slots import Fragment, join_fragments
from newsletter.lines import CRLF

CACHED_SECTIONS = 2048
LARGEST_CACHED = 8
"""A section of more papers is seldom shown whole, and its papers are found one by one: so 2048 sections take some 50 MB."""

Queries = tuple[tuple[str, str], ...]
"""Keywords with their (canonical) queries."""

_NUMBERS = tuple(str(number).encode() for number in range(1000))


class SectionRows:
    """Lays out sections in one choice of languages; safe to share between threads."""

    def __init__(self, rows: Rows, markup: PaperMarkup) -> None:
        self._rows = rows
        self._markup = markup

    def whole(self, place: int, section: Section, detail: Detail, queries: Mapping[str, str]) -> Fragment:
        """Return a section's head and all its papers at that detail. Open slot: `browser_url`.

        `queries` are those of the reader's keywords: the words of every keyword that a paper matched are marked in it.
        """
        others = tuple([(keyword, queries[keyword]) for keyword in _other_keywords(section) if keyword in queries])
        lay_out = self._laid_out if len(section.entries) <= LARGEST_CACHED else self._lay_out
        return lay_out(place, section, detail, others)

    def paper(
        self, number: int, entry: Entry, detail: Detail, queries: Mapping[str, str], *, is_trending: bool
    ) -> Fragment:
        """Return one paper's row, with the number that it has in its section. Open slot: `browser_url` (not in a title)."""
        others = entry.matched if is_trending else entry.matched[1:]
        marked = tuple([queries[keyword] for keyword in entry.matched if keyword in queries])
        values = {
            "number": _NUMBERS[number] if number < len(_NUMBERS) else str(number).encode(),
            "also": self._rows.also(others, is_trending) if others else b"",
        }
        return self._markup.paper(entry.paper, detail, marked).fill_some(values)

    @lru_cache(CACHED_SECTIONS)  # noqa: B019  one for all choices of languages, which live as long as their process
    def _laid_out(self, place: int, section: Section, detail: Detail, others: Queries) -> Fragment:
        return self._lay_out(place, section, detail, others)

    def _lay_out(self, place: int, section: Section, detail: Detail, others: Queries) -> Fragment:
        queries = dict(others) if section.is_trending else {section.keyword: section.query, **dict(others)}
        head = Fragment((self._rows.head(place, section, len(section.entries)),), ())
        papers = [
            self.paper(number, entry, detail, queries, is_trending=section.is_trending)
            for number, entry in enumerate(section.entries, 1)
        ]
        return join_fragments([head, *papers], between=CRLF)


@lru_cache(CACHED_SECTIONS)
def _other_keywords(section: Section) -> tuple[str, ...]:
    """Return the keywords beside the section's own that its papers matched; none in most."""
    found = {keyword: None for entry in section.entries for keyword in entry.matched}
    return tuple([keyword for keyword in found if section.is_trending or keyword != section.keyword])
