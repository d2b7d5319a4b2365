"""A digest as a message: subject, HTML within the byte budget, text; and as JSON for a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from newsletter.digests.dates import long_date, short_date
from newsletter.digests.digest import Digest, Entry
from newsletter.digests.figures import figures_of
from newsletter.digests.notice import Notice, say_why
from newsletter.digests.page import DigestPage
from newsletter.digests.plaintext import DigestText, fold
from newsletter.digests.prose import clean
from newsletter.digests.service_render import ServiceRenderer, fill_wished
from newsletter.digests.slots import FilledMessage, MessageTemplate, WrittenMessage
from newsletter.digests.wording import subject_values
from newsletter.papers.calendar import EASTERN
from newsletter.papers.hub_facts import format_facts
from newsletter.papers.taxonomy import display_name
from newsletter.subscribers.subscriber import Languages


class Renderer:
    """Turns digests into messages by joining fragments that were compiled once; safe to share between threads."""

    def __init__(
        self,
        digest: Mapping[Languages, MessageTemplate],
        confirmation: Mapping[Languages, MessageTemplate],
        *,
        weekly: Mapping[Languages, MessageTemplate],
        trending: Mapping[Languages, MessageTemplate],
        notice: Mapping[Languages, MessageTemplate],
        service: ServiceRenderer,
        usual: Languages,
    ) -> None:
        self.service = service
        self.usual = usual
        """What a mail speaks to somebody who has not chosen yet."""
        self._confirmation = confirmation
        self._notice = notice
        self._digests = {"digest": digest, "weekly": weekly, "trending": trending}
        self._frames: dict[tuple[Languages, str], _Frame] = {}

    def write(self, digest: Digest) -> WrittenMessage:
        """Return subject, HTML (at most 90,000 octets) and text; all show the same papers in the same detail."""
        frame, figures = self._frame_of(digest), figures_of(digest)
        page = frame.page.lay_out(digest, figures)
        text = frame.text.write(digest, page.details, figures)
        return WrittenMessage(
            subject=self.subject(digest), html=page.html, text=text.octets, is_plain=page.is_plain and text.is_plain
        )

    def message(self, digest: Digest) -> FilledMessage:
        """Return the same as words."""
        return self.write(digest).words

    def subject(self, digest: Digest) -> str:
        """Return the subject on one line: the count, the keywords that found something, the date."""
        return clean(self._frame_of(digest).page.template.subject.fill(subject_values(digest)))

    def html(self, digest: Digest) -> str:
        """Return the HTML, at most 90,000 bytes of UTF-8."""
        return self.message(digest).html

    def text(self, digest: Digest) -> str:
        """Return the text part: the papers that the HTML shows, in the same detail."""
        return self.message(digest).text

    def confirmation(
        self,
        *,
        confirm_url: str,
        site_url: str,
        languages: Languages,
        keywords: Sequence[str] = (),
    ) -> FilledMessage:
        """Return the double opt-in mail: one link, what it is for, and that doing nothing does nothing."""
        template = self._confirmation[languages]
        addresses = {"confirm_url": confirm_url, "site_url": site_url}
        wished, wished_text = fill_wished(template, keywords)
        subject = clean(template.subject.fill({}))
        html = {name: str(escape(url)) for name, url in addresses.items()} | {"title": subject, "wished": wished}
        text = {**addresses, "wished": wished_text}
        return FilledMessage(subject=subject, html=template.html.fill(html), text=template.text.fill(text))

    def notice(self, notice: Notice) -> FilledMessage:
        """Return the mail for a day without a list: the date, one line that says why, and when the next list is due."""
        template, day = self._notice[notice.languages], notice.listed_on
        codes = notice.languages.codes
        subject = clean(template.subject.fill({"date": short_date(day, codes[0])}))
        links = {"manage_url": notice.links.manage_url, "unsubscribe_url": notice.links.unsubscribe_url}
        dates = {f"date_{code}": long_date(day, code) for code in codes}
        lines = {f"line_{code}": say_why(notice, code) for code in codes}
        foot = template.html_fragments["foot"].fill({name: str(escape(url)) for name, url in links.items()})
        return FilledMessage(
            subject=subject,
            html=template.html.fill({"title": subject, "below": foot, **dates, **lines}),
            text=template.text.fill({**links, **dates, **{name: fold(line) for name, line in lines.items()}}),
        )

    def _frame_of(self, digest: Digest) -> "_Frame":
        kind = "trending" if digest.is_trending else "weekly" if digest.is_weekly else "digest"
        key = digest.languages, kind
        if key not in self._frames:  # two threads that make it at once make the same
            template = self._digests[kind][digest.languages]
            self._frames[key] = _Frame(
                page=DigestPage(template, digest.languages), text=DigestText(template, digest.languages.codes)
            )
        return self._frames[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What makes one kind of message in one choice of languages."""

    page: DigestPage
    text: DigestText


def to_json(digest: Digest) -> dict[str, Any]:
    """Return the whole digest, however large, as JSON values.

    Instants are ISO 8601 with an offset: the announcement in Eastern time, the generation in the reader's zone.
    """
    return {
        "edition_on": digest.edition_on.isoformat(),
        "generated_at": digest.generated_at.astimezone(digest.zone).isoformat(timespec="seconds"),
        "announced_at": digest.announced_at.astimezone(EASTERN).isoformat(timespec="seconds"),
        "count": digest.trending_count if digest.is_trending else digest.count,
        "sections": [
            {
                "keyword": section.keyword,
                **({"trending_on": section.trending_on.isoformat()} if section.trending_on else {}),
                "papers": [_paper_json(entry) for entry in section.entries],
            }
            for section in digest.sections
        ],
    }


def _paper_json(entry: Entry) -> dict[str, Any]:
    paper = entry.paper
    return {
        "arxiv_id": paper.arxiv_id,
        "title": paper.title,
        f"title_{paper.language}": paper.title_translated,
        "authors": list(paper.authors),
        "subjects": [display_name(category) for category in paper.categories],
        "comment": paper.comment,
        "abs_url": paper.abs_url,
        "pdf_url": paper.pdf_url,
        "abstract": paper.abstract,
        f"abstract_{paper.language}": paper.abstract_translated,
        "matched": list(entry.matched),
        **({"hugging_face": format_facts(paper.facts)} if paper.facts else {}),
    }
