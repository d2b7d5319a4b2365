"""The sentences of a digest that hold numbers and times, in the reader's languages."""

from datetime import date
from functools import lru_cache

from newsletter.digests.dates import announced_line, local_time, short_date, write_date
from newsletter.digests.digest import Digest, Section, ShownPaper
from newsletter.digests.figures import Figures
from newsletter.digests.prose import clean, cut
from newsletter.digests.speech import say, say_count, say_count_in, sentence
from newsletter.languages import SOURCE
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.versions import CommentChange, VersionChange

AUTHORS_SHOWN = 6
_SUBJECT_KEYWORDS_LENGTH = 48  # a phone shows about 40 characters of a subject; the count stands before them
_TITLE_SEPARATOR = " · "
_DIGESTS_ALIKE = 2048  # what readers of the same papers are told is worded once
_KINDS = {AnnouncementKind.CROSS: sentence("cross-list"), AnnouncementKind.REPLACE: sentence("replacement")}
_COMMENT_CHANGES = {CommentChange.NEW: sentence("new comment"), CommentChange.CHANGED: sentence("comment changed")}


def count_papers(number: int, code: str) -> str:
    """46 papers, 1 paper, 46 篇."""
    return say_count(code, "{n} paper", "{n} papers", number)


def count_title(number: int, code: str) -> str:
    """46 papers, 1,046 papers, 46 篇论文: where it stands alone."""
    return say_count_in(code, "title", "{n} paper", "{n} papers", number, n=f"{number:,}")


def section_count(number: int, shown: int, code: str) -> str:
    """46 papers, and how many of them stand here when the others were left to the browser."""
    papers = count_papers(number, code)
    return papers if shown == number else say(code, "{papers}, {shown} of them here", papers=papers, shown=shown)


def trending_count_line(section: Section, shown: int, code: str) -> str:
    """Thu 19 Mar: 5 papers; and how many more there are above or were before."""
    if section.trending_on is None:
        raise ValueError("not a section of trending papers")
    papers = section_count(len(section.entries), shown, code)
    line = say(code, "{day}: {papers}", day=short_date(section.trending_on, code), papers=papers)
    rest = say(code, "; {n} more above or in an earlier mail", n=section.left_out) if section.left_out else ""
    return line + rest


def summary(figures: Figures, code: str) -> str:
    """Return the line under the masthead: how many, for how many keywords, announced when, generated when."""
    parts = _trending_summary(figures, code) if figures.is_trending else _keyword_summary(figures, code)
    at = local_time(figures.generated_at, zone=figures.zone, edition_on=figures.edition_on, code=code)
    return " · ".join((*parts, say(code, "generated {time}", time=at)))


def _keyword_summary(figures: Figures, code: str) -> list[str]:
    found = say(code, "{papers} for you", papers=count_papers(figures.count, code))
    return [
        found if figures.count else _nothing(figures, code),
        say_count(code, "{n} keyword", "{n} keywords", figures.keyword_count),
        *([say(code, "{n} trending", n=figures.trending_count)] if figures.trending_count else []),
        _span(figures, code),
    ]


def _nothing(figures: Figures, code: str) -> str:
    if figures.trending_count:
        if figures.is_weekly:
            return say(code, "No papers for your keywords this week")
        return say(code, "No papers for your keywords today")
    return say(code, "No papers for you this week") if figures.is_weekly else say(code, "No papers for you today")


def _span(figures: Figures, code: str) -> str:
    """Return when a day's papers were announced, or which days' lists a weekly digest brings."""
    when, zone = figures.edition_on, figures.zone
    if figures.since_on is not None and figures.is_weekly:
        first, last = short_date(figures.since_on, code), short_date(when, code)
        return say(code, "the lists of {first} to {last}", first=first, last=last)
    return announced_line(figures.announced_at, zone=zone, edition_on=when, code=code)


def _trending_summary(figures: Figures, code: str) -> list[str]:
    number = figures.trending_count
    return [
        say_count(code, "{n} paper that trended on Hugging Face", "{n} papers that trended on Hugging Face", number)
    ]


def subject_values(digest: Digest) -> dict[str, str]:
    """Return what fills the subject: a sample's mark, the count with the keywords that found something, the date."""
    code = digest.languages.codes[0]
    return {
        "prefix": say(code, "Sample: ") if digest.is_sample else "",
        "headline": _headline(digest, code),
        "date": _dates(digest.since_on if digest.is_weekly else None, digest.edition_on, code),
    }


@lru_cache(256)
def _dates(since_on: date | None, edition_on: date, code: str) -> str:
    last = short_date(edition_on, code)
    return last if since_on is None else say(code, "{first} to {last}", first=short_date(since_on, code), last=last)


def _headline(digest: Digest, code: str) -> str:
    if digest.is_trending:
        first, _ = best_titles(digest, count=1, length=_SUBJECT_KEYWORDS_LENGTH)
        return first + (f" + {digest.trending_count - 1}" if digest.trending_count > 1 else "")
    if count := digest.count:
        papers = _count_papers(count, code)
        return say(code, "{papers} · {keywords}", papers=papers, keywords=_keywords_found(digest.sections))
    if digest.trending_count:
        return say_count(code, "{n} trending paper", "{n} trending papers", digest.trending_count)
    return say(code, "No papers this week") if digest.is_weekly else say(code, "No papers today")


_count_papers = lru_cache(4096)(count_papers)
_clean_once = lru_cache(8192)(clean)
"""Titles and keywords come again and again."""


@lru_cache(_DIGESTS_ALIKE)
def _keywords_found(sections: tuple[Section, ...]) -> str:
    found = [_clean_once(section.keyword) for section in sections if section.entries and not section.is_trending]
    shown = [cut(found[0], _SUBJECT_KEYWORDS_LENGTH)]
    while len(shown) < len(found) and len(", ".join((*shown, found[len(shown)]))) <= _SUBJECT_KEYWORDS_LENGTH:
        shown.append(found[len(shown)])
    return ", ".join(shown) + (f" +{len(found) - len(shown)}" if len(shown) < len(found) else "")


def kind_in_words(paper: ShownPaper, code: str) -> str:
    """Return what a paper is when it is not new: a cross-list, or a replacement with what it changed; else nothing."""
    parts = [say(code, _KINDS[paper.kind])] if paper.kind in _KINDS else []
    return " · ".join([*parts, *(_change_in_words(paper.change, code) if paper.change else ())])


def _change_in_words(change: VersionChange, code: str) -> list[str]:
    now = say(code, "now v{version}", version=change.version)
    versions = now if change.before is None else f"v{change.before} → v{change.version}"
    return [versions, *([say(code, _COMMENT_CHANGES[change.comment])] if change.comment else [])]


def late_in_words(paper: ShownPaper, code: str) -> str:
    """Return to which list a paper that came late belongs; an empty string for any other."""
    day = paper.late_from
    if day is None:
        return ""
    dates = {"date": short_date(day, code), "day": write_date(day, "day", code)}
    return say(code, "late: from the list of {date}", **dates)


def also_in(keywords: tuple[str, ...], code: str) -> str:
    """Return which other keywords of the reader the paper matched; empty when none."""
    names = ", ".join(clean(keyword) for keyword in keywords)
    return say(code, "also in: {names}", names=names) if names else ""


def matches_in(keywords: tuple[str, ...], code: str) -> str:
    """Return which keywords of the reader a trending paper matched; empty when none."""
    names = ", ".join(clean(keyword) for keyword in keywords)
    return say(code, "matches: {names}", names=names) if names else ""


def name_authors(authors: tuple[str, ...], shown: int = AUTHORS_SHOWN) -> str:
    """Return the first authors, then how many more there are: A, B, C + 12."""
    rest = len(authors) - shown
    names = ", ".join(clean(author) for author in authors[:shown])
    return f"{names} + {rest}" if rest > 0 else names


def best_titles(digest: Digest, *, count: int = 3, length: int = 100) -> tuple[str, str]:
    """Return the most relevant papers' titles in `length` characters, the last one cut, and their language.

    The language is the reader's first one, or English when one of the titles is not translated.
    """
    return _best_titles(digest.sections, digest.languages.codes[0], count, length)


@lru_cache(_DIGESTS_ALIKE)
def _best_titles(sections: tuple[Section, ...], code: str, count: int, length: int) -> tuple[str, str]:
    entries = [entry for section in sections for entry in section.entries]
    papers = [entry.paper for entry in sorted(entries, key=lambda entry: -entry.score)[:count]]
    known = [title for paper in papers if (title := paper.titles.get(code))]
    is_whole = len(known) == len(papers)
    titles = [_clean_once(title) for title in (known if is_whole else [paper.title for paper in papers])]
    return cut(_TITLE_SEPARATOR.join(titles), length), code if is_whole else SOURCE
