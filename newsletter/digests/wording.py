"""The sentences of a digest that hold numbers and times, in English and in Chinese."""

from newsletter.digests.dates import (
    announced_line,
    announced_line_zh,
    local_time,
    local_time_zh,
    short_date,
    short_date_zh,
)
from newsletter.digests.digest import Digest, Section, ShownPaper
from newsletter.digests.prose import clean, cut
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.versions import CommentChange, VersionChange

AUTHORS_SHOWN = 6
_SUBJECT_KEYWORDS_LENGTH = 48  # a phone shows about 40 characters of a subject; the count stands before them
_TITLE_SEPARATOR = " · "
_KINDS = {
    AnnouncementKind.CROSS: {"en": "cross-list", "zh": "交叉列表"},
    AnnouncementKind.REPLACE: {"en": "replacement", "zh": "更新版本"},
}
_COMMENT_CHANGES = {
    CommentChange.NEW: {"en": "new comment", "zh": "新增备注"},
    CommentChange.CHANGED: {"en": "comment changed", "zh": "备注有改动"},
}


def count_papers(count: int, code: str) -> str:
    """46 papers, 1 paper, 46 篇."""
    return f"{count} 篇" if code == "zh" else f"{count} paper{'' if count == 1 else 's'}"


def section_count(count: int, shown: int, code: str) -> str:
    """46 papers, and how many of them stand here when the others were left to the browser."""
    text = count_papers(count, code)
    if shown == count:
        return text
    return f"{text}，此处列出 {shown} 篇" if code == "zh" else f"{text}, {shown} of them here"


def trending_count_line(section: Section, shown: int, code: str) -> str:
    """Thu 19 Mar: 5 papers; and how many more there are above or were before."""
    if section.trending_on is None:
        raise ValueError("not a section of trending papers")
    count, more = section_count(len(section.entries), shown, code), section.left_out
    if code == "zh":
        rest = f"；另有 {more} 篇见于上文或此前来信" if more else ""
        return f"{short_date_zh(section.trending_on)}：{count}{rest}"
    rest = f"; {more} more above or in an earlier mail" if more else ""
    return f"{short_date(section.trending_on)}: {count}{rest}"


def summary(digest: Digest, code: str) -> str:
    """Return the line under the masthead: how many, for how many keywords, announced when, generated when."""
    parts = _trending_summary(digest, code) if digest.is_trending else _keyword_summary(digest, code)
    when, zone = digest.edition_on, digest.zone
    if code == "zh":
        return " · ".join((*parts, f"{local_time_zh(digest.generated_at, zone=zone, edition_on=when)} 生成"))
    return " · ".join((*parts, f"generated {local_time(digest.generated_at, zone=zone, edition_on=when)}"))


def _keyword_summary(digest: Digest, code: str) -> list[str]:
    keywords = sum(not section.is_authors for section in digest.keyword_sections)
    if code == "zh":
        nothing_zh = "本周没有符合您关键词的论文" if digest.is_weekly else "今日没有符合您关键词的论文"
        return [
            f"{digest.count} 篇论文" if digest.count else nothing_zh,
            f"{keywords} 个关键词",
            *([f"热门 {digest.trending_count} 篇"] if digest.trending_count else []),
            _span(digest, code),
        ]
    nothing = "No papers for your keywords" if digest.trending_count else "No papers for you"
    return [
        f"{count_papers(digest.count, 'en')} for you" if digest.count else f"{nothing} {_now(digest)}",
        f"{keywords} keyword{'' if keywords == 1 else 's'}",
        *([f"{digest.trending_count} trending"] if digest.trending_count else []),
        _span(digest, code),
    ]


def _now(digest: Digest) -> str:
    return "this week" if digest.is_weekly else "today"


def _span(digest: Digest, code: str) -> str:
    """Return when a day's papers were announced, or which days' lists a weekly digest brings."""
    when, zone = digest.edition_on, digest.zone
    if digest.since_on is not None and digest.is_weekly:
        if code == "zh":
            return f"{short_date_zh(digest.since_on)}至{short_date_zh(when)}的列表"
        return f"the lists of {short_date(digest.since_on)} to {short_date(when)}"
    line = announced_line_zh if code == "zh" else announced_line
    return line(digest.announced_at, zone=zone, edition_on=when)


def _trending_summary(digest: Digest, code: str) -> list[str]:
    if code == "zh":
        return [f"Hugging Face 热门论文 {digest.trending_count} 篇"]
    return [f"{count_papers(digest.trending_count, 'en')} that trended on Hugging Face"]


def subject_values(digest: Digest) -> dict[str, str]:
    """Return what fills the subject: a sample's mark, the count with the keywords that found something, the date."""
    is_zh = digest.languages.codes[0] == "zh"
    return {
        "prefix": ("样刊：" if is_zh else "Sample: ") if digest.is_sample else "",
        "headline": _headline(digest, is_zh=is_zh),
        "date": _dates(digest, is_zh=is_zh),
    }


def _dates(digest: Digest, *, is_zh: bool) -> str:
    say = short_date_zh if is_zh else short_date
    last = say(digest.edition_on)
    if digest.since_on is None or not digest.is_weekly:
        return last
    return f"{say(digest.since_on)}至{last}" if is_zh else f"{say(digest.since_on)} to {last}"


def _headline(digest: Digest, *, is_zh: bool) -> str:
    if digest.is_trending:
        first, _ = best_titles(digest, count=1, length=_SUBJECT_KEYWORDS_LENGTH)
        return first + (f" + {digest.trending_count - 1}" if digest.trending_count > 1 else "")
    if digest.count:
        count = f"{digest.count} 篇论文" if is_zh else count_papers(digest.count, "en")
        return f"{count} · {_keywords_found(digest)}"
    if digest.trending_count:
        trending = digest.trending_count
        return f"热门论文 {trending} 篇" if is_zh else f"{trending} trending paper{'' if trending == 1 else 's'}"
    if digest.is_weekly:
        return "本周无相关论文" if is_zh else "No papers this week"
    return "今日无相关论文" if is_zh else "No papers today"


def _keywords_found(digest: Digest) -> str:
    found = [clean(section.keyword) for section in digest.keyword_sections if section.entries]
    shown = [cut(found[0], _SUBJECT_KEYWORDS_LENGTH)]
    while len(shown) < len(found) and len(", ".join((*shown, found[len(shown)]))) <= _SUBJECT_KEYWORDS_LENGTH:
        shown.append(found[len(shown)])
    return ", ".join(shown) + (f" +{len(found) - len(shown)}" if len(shown) < len(found) else "")


def kind_in_words(paper: ShownPaper, code: str) -> str:
    """Return what a paper is when it is not new: a cross-list, or a replacement with what it changed; else nothing."""
    parts = [_KINDS[paper.kind][code]] if paper.kind in _KINDS else []
    return " · ".join([*parts, *(_change_in_words(paper.change, code) if paper.change else ())])


def _change_in_words(change: VersionChange, code: str) -> list[str]:
    now = f"现为 v{change.version}" if code == "zh" else f"now v{change.version}"
    versions = now if change.before is None else f"v{change.before} → v{change.version}"
    return [versions, *([_COMMENT_CHANGES[change.comment][code]] if change.comment else [])]


def late_in_words(paper: ShownPaper, code: str) -> str:
    """Return to which list a paper that came late belongs; an empty string for any other."""
    day = paper.late_from
    if day is None:
        return ""
    return f"迟到：{day.month}月{day.day}日列表" if code == "zh" else f"late: from the list of {short_date(day)}"


def also_in(keywords: tuple[str, ...], code: str) -> str:
    """Return which other keywords of the reader the paper matched; empty when none."""
    names = ", ".join(clean(keyword) for keyword in keywords)
    return (f"另见：{names}" if code == "zh" else f"also in: {names}") if names else ""


def matches_in(keywords: tuple[str, ...], code: str) -> str:
    """Return which keywords of the reader a trending paper matched; empty when none."""
    names = ", ".join(clean(keyword) for keyword in keywords)
    return (f"符合：{names}" if code == "zh" else f"matches: {names}") if names else ""


def name_authors(authors: tuple[str, ...], shown: int = AUTHORS_SHOWN) -> str:
    """Return the first authors, then how many more there are: A, B, C + 12."""
    rest = len(authors) - shown
    names = ", ".join(clean(author) for author in authors[:shown])
    return f"{names} + {rest}" if rest > 0 else names


def best_titles(digest: Digest, *, count: int = 3, length: int = 100) -> tuple[str, str]:
    """Return the most relevant papers' titles in `length` characters, the last one cut, and their language.

    The language is the reader's first one, or English when one of the titles is not translated.
    """
    entries = [entry for section in digest.sections for entry in section.entries]
    papers = [entry.paper for entry in sorted(entries, key=lambda entry: -entry.score)[:count]]
    translated = [paper.title_zh for paper in papers if paper.title_zh]
    is_zh = digest.languages.codes[0] == "zh" and len(translated) == len(papers)
    titles = [clean(title) for title in (translated if is_zh else [paper.title for paper in papers])]
    return cut(_TITLE_SEPARATOR.join(titles), length), "zh" if is_zh else "en"
