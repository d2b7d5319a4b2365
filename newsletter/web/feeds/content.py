"""Papers and digests as the HTML inside a feed: escaped throughout, each language marked as its own."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from newsletter.digests import dates
from newsletter.digests.digest import Digest, Section, ShownPaper
from newsletter.digests.markup import LANGUAGE_TAGS
from newsletter.papers.taxonomy import display_name
from newsletter.subscribers.subscriber import Density

BOTH = tuple(LANGUAGE_TAGS)


def paper_content(paper: ShownPaper, page_url: str) -> Markup:
    """Return a paper in both languages, with its authors, categories, comment and links."""
    chinese_title = Markup('<h2 lang="zh-Hans">{}</h2>').format(paper.title_zh) if paper.title_zh else Markup("")
    details = [Markup("<p>{}</p>").format(", ".join(paper.authors))] if paper.authors else []
    details.append(Markup("<p>{}</p>").format(" · ".join(display_name(name) for name in paper.categories)))
    if paper.comment:
        details.append(Markup("<p><em>{}</em></p>").format(paper.comment))
    links = Markup('<p><a href="{}">Chenbao</a> · <a href="{}">arXiv</a> · <a href="{}">PDF</a></p>')
    return _joined(
        [chinese_title, *details, *_abstracts(paper, BOTH), links.format(page_url, paper.abs_url, paper.pdf_url)]
    )


def digest_content(digest: Digest) -> Markup:
    """Return a reader's digest: its sections in their order, in the reader's languages and density."""
    codes = digest.languages.codes
    notes = [Markup("<p>{}</p>").format(en if "en" in codes else zh) for en, zh in digest.notes]
    return _joined([*notes, *(_section(section, digest) for section in digest.sections)])


def _section(section: Section, digest: Digest) -> Markup:
    heading = section.keyword
    if section.trending_on is not None:
        codes = digest.languages.codes
        said = {"en": f"Trending on {dates.long_date(section.trending_on)}"}
        said["zh"] = f"{dates.long_date_zh(section.trending_on)}热门"
        heading = " · ".join(said[code] for code in codes)
    items = [_item(entry.paper, digest) for entry in section.entries]
    return Markup("<h2>{}</h2><ol>{}</ol>").format(heading, _joined(items))


def _item(paper: ShownPaper, digest: Digest) -> Markup:
    codes = digest.languages.codes
    titles = [
        Markup('<strong lang="{}"><a href="{}">{}</a></strong>').format(LANGUAGE_TAGS[code], paper.abs_url, title)
        for code in codes
        if (title := {"en": paper.title, "zh": paper.title_zh}[code])
    ] or [Markup('<strong lang="en"><a href="{}">{}</a></strong>').format(paper.abs_url, paper.title)]
    parts = [Markup("<br>").join(titles), Markup("<p>{}</p>").format(", ".join(paper.authors))]
    if digest.density is Density.FULL:
        parts += _abstracts(paper, codes)
    return Markup("<li>{}</li>").format(_joined(parts))


def _abstracts(paper: ShownPaper, codes: Sequence[str]) -> list[Markup]:
    texts = {"en": paper.abstract, "zh": paper.abstract_zh}
    known = [(code, text) for code in codes if (text := texts[code])] or [("en", paper.abstract)]
    return [Markup('<p lang="{}">{}</p>').format(LANGUAGE_TAGS[code], text) for code, text in known if text]


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
