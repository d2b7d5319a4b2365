"""What the feeds hold: papers, editions and digests as entries."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from markupsafe import Markup

from newsletter.digests import dates
from newsletter.digests.addresses import Addresses
from newsletter.digests.digest import Digest, ShownPaper
from newsletter.digests.speech import say
from newsletter.digests.wording import count_title
from newsletter.editions.store import Edition
from newsletter.languages import SOURCE
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger_store import LedgerEntry
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.taxonomy import display_name
from newsletter.search.found import FoundPaper
from newsletter.translation.language import tag_of
from newsletter.web.feeds.content import digest_content, paper_content
from newsletter.web.feeds.feed import FeedEntry, Link, tag_uri

BEFORE_ALL = datetime(2026, 1, 1, tzinfo=UTC)


def paper_entry(paper: ShownPaper, edition_on: date, public_url: str) -> FeedEntry:
    """Return a paper as it was announced in an edition; announced again it is the same entry, updated."""
    page_url = f"{public_url}/paper/{paper.arxiv_id}"
    return FeedEntry(
        id=tag_uri(public_url, "paper", paper.arxiv_id),
        title=paper.title,
        updated_at=announced_at(edition_on),
        authors=paper.authors,
        categories=[(name, display_name(name)) for name in paper.categories],
        links=(
            Link(href=page_url),
            Link(href=paper.abs_url, rel="related", title="arXiv"),
            Link(href=paper.pdf_url, rel="related", type="application/pdf", title="PDF"),
        ),
        content=paper_content(paper, page_url),
    )


def found_entry(found: FoundPaper, listed_on: date, addresses: Addresses, language: str) -> FeedEntry:
    """Return a paper that a search found, as it was first announced."""
    paper = found.paper
    abstract_page, pdf = addresses.of_paper(paper, listed_on)
    shown = ShownPaper(
        arxiv_id=paper.arxiv_id,
        kind=AnnouncementKind.NEW,
        title=paper.title,
        title_translated=found.title_translated,
        authors=paper.authors,
        categories=paper.categories,
        comment=paper.comment,
        abstract=paper.abstract,
        abstract_translated=found.abstract_translated,
        language=language,
        abs_url=abstract_page,
        pdf_url=pdf,
    )
    return paper_entry(shown, listed_on, addresses.public_url)


def edition_entry(edition: Edition, lists: Sequence[LedgerEntry], public_url: str, language: str) -> FeedEntry:
    """Return a day of the newsletter: how many papers, and whether its lists are whole."""
    day, number = edition.edition_on, edition.paper_count
    page_url = f"{public_url}/day/{day}"
    judged = [
        Markup("<li>{}: {} ({})</li>").format(entry.category, entry.verdict.judgement, entry.verdict.reason)
        for entry in lists
    ]
    said = [
        Markup("<p{}>{}</p>").format(*_say_edition(day, number, code)) for code in dict.fromkeys((SOURCE, language))
    ]
    content = Markup('{}<ul>{}</ul><p><a href="{}">Chenbao</a></p>')
    return FeedEntry(
        id=tag_uri(public_url, "edition", f"{day}-sample" if edition.is_sample else str(day)),
        title=f"{dates.long_date(day)} · {count_title(number, SOURCE)}",
        # a list that changed its judgement makes the entry new
        updated_at=max([edition.opened_at, *(entry.changed_at for entry in lists)]),
        links=(
            Link(href=page_url),
            Link(href=f"{page_url}/feed.atom", rel="related", type="application/atom+xml", title="Papers"),
        ),
        content=content.format(Markup("").join(said), Markup("").join(judged), page_url),
    )


def _say_edition(day: date, number: int, code: str) -> tuple[Markup, str]:
    """Return the attribute that names the language, where it is not the feed's, and the line."""
    tag = Markup("") if code == SOURCE else Markup(' lang="{}"').format(tag_of(code))
    return tag, say(code, "{date}: {papers}.", date=dates.long_date(day, code), papers=count_title(number, code))


def digest_entry(digest: Digest, digest_id: int, public_url: str) -> FeedEntry:
    """Return a reader's digest of a day; composed anew it is another one."""
    number = digest.trending_count if digest.is_trending else digest.count
    codes = digest.languages.codes
    said = " · ".join(dates.long_date(digest.edition_on, code) for code in codes)
    return FeedEntry(
        id=tag_uri(public_url, "digest", str(digest_id)),
        title=f"{said} · {count_title(number, codes[0])}",
        updated_at=digest.generated_at,
        links=(Link(href=digest.links.browser_url),),
        content=digest_content(digest),
    )


def newest_of(entries: Sequence[FeedEntry], *, default: datetime = BEFORE_ALL) -> datetime:
    """Return when the newest entry was made; `default` stands for the age of a feed without any."""
    return max((entry.updated_at for entry in entries), default=default)
