"""The rows of a digest's HTML that are not papers, as octets: made once for all readers whose rows say the same."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from markupsafe import escape

from newsletter.digests.dates import long_date
from newsletter.digests.digest import Digest, Section
from newsletter.digests.figures import Figures
from newsletter.digests.markup import breakable
from newsletter.digests.prose import clean, cut
from newsletter.digests.slots import MessageTemplate, to_wire
from newsletter.digests.wording import also_in, matches_in, section_count, summary, trending_count_line

KEYWORD_LENGTH = 120
ALSO_LENGTH = 160
CACHED_ROWS = 4096  # of each kind; a row has some 400 octets
_NOTE_LENGTH = 400


def safe(text: str, length: int) -> str:
    """Return somebody else's text as markup: cleaned, cut, escaped, in lines that SMTP can carry."""
    return breakable(str(escape(cut(clean(text), length))))


class Rows:
    """Makes rows in one choice of languages from a template's fragments; safe to share between threads."""

    def __init__(self, template: MessageTemplate, codes: Sequence[str]) -> None:
        self._fragments = {name: slots.encode() for name, slots in template.html_fragments.items()}
        self._codes = tuple(codes)
        cached = lru_cache(CACHED_ROWS)
        self.masthead: Callable[[Figures], bytes] = cached(self._masthead)
        self.topic: Callable[[int, str | None, int, bool], bytes] = cached(self._topic)
        """A section in the contents list: its place, its keyword (None for trending papers), its count, if it is linked."""
        self.teaser: Callable[[str, str], bytes] = cached(self._teaser)
        """What a mailbox shows beside the subject: papers' titles, and in which language they are."""
        self.nothing: Callable[[str], bytes] = cached(self._nothing)
        self.also: Callable[[tuple[str, ...], bool], bytes] = cached(self._also)
        """A paper's other keywords, or those that a trending paper matched, to go into its row."""
        self._keyword_head: Callable[[int, str, int, int], bytes] = cached(self._make_keyword_head)
        self._lines: Callable[[str, tuple[str, ...]], bytes] = cached(self._make_lines)

    def fill(self, fragment: str, **values: bytes) -> bytes:
        """Return a fragment with its slots filled."""
        return self._fragments[fragment].fill(values)

    def note(self, note: Mapping[str, str]) -> bytes:
        """Return an honest line for the reader."""
        return self.fill("note", lines=self._lines("note", tuple([note[code] for code in self._codes])))

    def origin(self, digest: Digest) -> bytes:
        """Return the line on who wrote the translations, nothing where nobody asked for any."""
        origin = digest.origin
        return b"" if origin is None else self._lines("origin", tuple([origin[code] for code in self._codes]))

    def head(self, place: int, section: Section, shown: int) -> bytes:
        """Return what stands above a section's papers, of which so many are shown."""
        if not section.is_trending:
            return self._keyword_head(place, section.keyword, len(section.entries), shown)
        counts = {f"count_{code}": trending_count_line(section, shown, code) for code in self._codes}
        return self._head(place, None, counts)

    def _masthead(self, figures: Figures) -> bytes:
        values = {f"date_{code}": to_wire(long_date(figures.edition_on, code)) for code in self._codes}
        for code in self._codes:
            values[f"summary_{code}"] = to_wire(safe(summary(figures, code), _NOTE_LENGTH))
        return self.fill("masthead", **values)

    def _teaser(self, titles: str, code: str) -> bytes:
        return self.fill(f"teaser_{code}", teaser=to_wire(safe(titles, len(titles))))

    def _topic(self, place: int, keyword: str | None, count: int, is_linked: bool) -> bytes:
        values = {"keyword": self._title(keyword), "count": str(count).encode()}
        return (
            self.fill("topic", place=str(place).encode(), **values) if is_linked else self.fill("topic_cut", **values)
        )

    def _nothing(self, keyword: str) -> bytes:
        return self.fill("nothing", keyword=to_wire(safe(keyword, KEYWORD_LENGTH)))

    def _also(self, keywords: tuple[str, ...], is_trending: bool) -> bytes:
        also = (matches_in if is_trending else also_in)(keywords, self._codes[0])
        return to_wire(" · " + safe(also, ALSO_LENGTH)) if also else b""

    def _make_keyword_head(self, place: int, keyword: str, count: int, shown: int) -> bytes:
        counts = {f"count_{code}": section_count(count, shown, code) for code in self._codes}
        return self._head(place, keyword, counts)

    def _head(self, place: int, keyword: str | None, counts: Mapping[str, str]) -> bytes:
        values = {name: to_wire(count) for name, count in counts.items()}
        return self.fill("section", place=str(place).encode(), keyword=self._title(keyword), **values)

    def _title(self, keyword: str | None) -> bytes:
        """Return a section's title as markup."""
        return self.fill("trending_title") if keyword is None else to_wire(safe(keyword, KEYWORD_LENGTH))

    def _make_lines(self, kind: str, lines: tuple[str, ...]) -> bytes:
        spoken = zip(self._codes, lines, strict=True)
        filled = (self.fill(f"{kind}_{code}", **{kind: to_wire(safe(line, _NOTE_LENGTH))}) for code, line in spoken)
        return b"\r\n".join(filled)
