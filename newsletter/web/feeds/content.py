"""Papers and digests as the HTML inside a feed: escaped throughout, each language marked as its own."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from newsletter.digests import dates
from newsletter.digests.digest import Digest, Section, ShownPaper, in_order
from newsletter.digests.speech import say
from newsletter.languages import SOURCE
from newsletter.papers.taxonomy import display_name
from newsletter.subscribers.subscriber import Density
from newsletter.translation.language import tag_of


def paper_content(paper: ShownPaper, page_url: str) -> Markup:
    """Return a paper in both languages, with its authors, categories, comment and links."""
    other = (
        Markup('<h2 lang="%s">%s</h2>') % (tag_of(paper.language), paper.title_translated)
        if paper.title_translated
        else Markup("")
    )
    details = [Markup("<p>%s</p>") % ", ".join(paper.authors)] if paper.authors else []
    details.append(Markup("<p>%s</p>") % " · ".join(display_name(name) for name in paper.categories))
    if paper.comment:
        details.append(Markup("<p><em>%s</em></p>") % paper.comment)
    links = Markup('<p><a href="%s">Chenbao</a> · <a href="%s">arXiv</a> · <a href="%s">PDF</a></p>')
    return _joined(
        [
            other,
            *details,
            *_abstracts(paper, (SOURCE, paper.language)),
            links % (page_url, paper.abs_url, paper.pdf_url),
        ]
    )


def digest_content(digest: Digest) -> Markup:
    """Return a reader's digest: its sections in their order, in the reader's languages and density."""
    codes = digest.languages.codes
    notes = [Markup("<p>%s</p>") % note[SOURCE if SOURCE in codes else codes[0]] for note in digest.notes]
    return _joined([*notes, *(_section(section, digest) for section in digest.sections)])


def _section(section: Section, digest: Digest) -> Markup:
    heading = section.keyword
    if section.trending_on is not None:
        heading = " · ".join(
            say(code, "Trending on {date}", date=dates.long_date(section.trending_on, code))
            for code in digest.languages.codes
        )
    items = [_item(entry.paper, digest) for entry in section.entries]
    return Markup("<h2>%s</h2><ol>%s</ol>") % (heading, _joined(items))


def _item(paper: ShownPaper, digest: Digest) -> Markup:
    codes = digest.languages.codes
    titles = [
        Markup('<strong lang="%s"><a href="%s">%s</a></strong>') % (tag_of(code), paper.abs_url, title)
        for code, title in in_order(paper.titles, codes)
    ]
    parts = [Markup("<br>").join(titles), Markup("<p>%s</p>") % ", ".join(paper.authors)]
    if digest.density is Density.FULL:
        parts += _abstracts(paper, codes)
    return Markup("<li>%s</li>") % _joined(parts)


def _abstracts(paper: ShownPaper, codes: Sequence[str]) -> list[Markup]:
    known = in_order(paper.abstracts, codes)
    return [Markup('<p lang="%s">%s</p>') % (tag_of(code), text) for code, text in known if text]


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
