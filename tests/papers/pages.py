"""Small listings of a day and of recent days, feeds, API and OAI-PMH pages of invented papers, structured as arXiv's are."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from newsletter.papers.paper import AnnouncementKind

FRIDAY = date(2026, 3, 20)
KIND_HEADINGS = {"new": "New submissions", "cross": "Cross submissions", "replace": "Replacement submissions"}
SUBJECTS = {
    "cs.LG": "Machine Learning",
    "cs.RO": "Robotics",
    "eess.SY": "Systems and Control",
    "math.OC": "Optimization",
}
_FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
)
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An invented paper as the sources show it."""

    arxiv_id: str = "2603.00001"
    kind: AnnouncementKind = AnnouncementKind.NEW
    title: str = "Walking robots that learn"
    authors: tuple[str, ...] = ("Ada Roe", "Bo Lind")
    abstract: str = "We teach robots to walk. They fall less."
    categories: tuple[str, ...] = ("cs.LG", "cs.RO")
    comment: str | None = "9 pages"
    version: int = 1
    has_html: bool = True
    submitted: str = "2026-03-19T10:00:00Z"


def entries(count: int, *, kind: AnnouncementKind = AnnouncementKind.NEW, first: int = 1) -> list[Entry]:
    return [
        Entry(arxiv_id=f"2603.{number:05d}", kind=kind, title=f"Study number {number}", version=1 + (kind == "replace"))
        for number in range(first, first + count)
    ]


def listing_page(
    shown: Sequence[Entry],
    *,
    listed_on: date = FRIDAY,
    everything: Sequence[Entry] | None = None,
) -> bytes:
    """The page that shows `shown`, of `everything` (default: the same) on all pages together."""
    everything = shown if everything is None else everything
    parts = [f"<h3>Showing new listings for {listed_on:%A}, {listed_on.day} {listed_on:%B %Y}</h3>"]
    parts.append(f"<div class='paging'>Total of {len(everything)} entries</div>")
    for kind, heading in KIND_HEADINGS.items():
        here = [entry for entry in shown if entry.kind == kind]
        if here:
            total = sum(entry.kind == kind for entry in everything)
            parts.append(f"<dl id='articles'>\n<h3>{heading} (showing {len(here)} of {total} entries)</h3>")
            parts += [_listing_entry(entry) for entry in here]
            parts.append("</dl>")
    if not everything:
        parts.append("<p>No updates today.</p>")
    body = "\n".join(parts)
    return f"<!DOCTYPE html>\n<html><head><title>new</title></head><body>\n{body}\n</body>\n</html>\n".encode()


def recent_page(lists: Mapping[date, Sequence[Entry]], *, skip: int = 0, show: int = 2000) -> bytes:
    """The page of recent days, newest list first: at most `show` of all entries, without the first `skip`; no abstracts."""
    total = sum(map(len, lists.values()))
    parts = [f"<h2>Authors and titles for recent submissions</h2>\n<div class='paging'>Total of {total} entries</div>"]
    passed = 0
    for day, shown in sorted(lists.items(), reverse=True):
        begin, end = max(skip - passed, 0), min(max(skip + show - passed, 0), len(shown))
        passed += len(shown)
        if begin < end:
            place = "" if end - begin == len(shown) else "last " if end == len(shown) else "first "
            how = f"{'continued, ' if begin else ''}showing {place}{end - begin} of {len(shown)} entries "
            parts.append(f"<dl id='articles'>\n<h3>{day:%a}, {day.day} {day:%b %Y} ({how})</h3>")
            parts += [_listing_entry(replace(entry, abstract="")) for entry in shown[begin:end]]
            parts.append("</dl>")
    body = "\n".join(parts)
    return f"<!DOCTYPE html>\n<html><head><title>recent</title></head><body>\n{body}\n</body>\n</html>\n".encode()


def _listing_entry(entry: Entry) -> str:
    name = f"https://arxiv.org/html/{entry.arxiv_id}v{entry.version}"
    link = f", <a href='{name}'>html</a>" if entry.has_html else ""
    note = {"cross": f"(cross-list from {entry.categories[0]})", "replace": "(replaced)"}.get(entry.kind, "")
    primary, *others = [f"{SUBJECTS.get(name, 'Something')} ({name})" for name in entry.categories]
    subjects = "; ".join([f'<span class="primary-subject">{primary}</span>', *others])
    label = "<span class='descriptor'>Comments:</span>"
    comment = f"<div class='list-comments mathjax'>{label}\n  {_linked(entry.comment)}\n</div>"
    abstract = f"<p class='mathjax'>\n  {_linked(entry.abstract)}\n</p>" if entry.abstract else ""
    authors = ", ".join(f'<a href="/search/cs?searchtype=author">{html.escape(name)}</a>' for name in entry.authors)
    return f"""<dt><a name='item1'>[1]</a>
  <a href ="/abs/{entry.arxiv_id}" title="Abstract" id="{entry.arxiv_id}">arXiv:{entry.arxiv_id}</a>
  {note}
  [<a href="/pdf/{entry.arxiv_id}">pdf</a>{link}]</dt>
<dd><div class='meta'>
  <div class='list-title mathjax'><span class='descriptor'>Title:</span>
    {_linked(entry.title)}
  </div>
  <div class='list-authors'>{authors}</div>
  {comment if entry.comment else ""}
  <div class='list-subjects'><span class='descriptor'>Subjects:</span>
    {subjects}
  </div>
  {abstract}
</div></dd>"""


def _linked(text: str | None) -> str:
    """Escaped text with "this https URL" instead of each address, as the site shows it."""
    out, at = [], 0
    for match in _ADDRESS.finditer(text or ""):
        scheme = match[0].partition(":")[0]
        out.append(html.escape((text or "")[at : match.start()]))
        out.append(f'<a href="{html.escape(match[0])}" class="link-external link-{scheme}">this {scheme} URL</a>')
        at = match.end()
    return "".join(out) + html.escape((text or "")[at:])


def feed_page(shown: Sequence[Entry], *, published: str = "2026-03-20T00:00:00-04:00") -> bytes:
    """An Atom feed; without items it still says when it was built."""
    parts = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        _FEED,
        "<id>http://rss.arxiv.org/atom/cs</id><title>cs updates on arXiv.org</title>",
        f"<updated>{published}</updated>",
    ]
    for entry in shown:
        name = f"{entry.arxiv_id}v{entry.version}"
        parts.append(
            f"<entry><id>oai:arXiv.org:{name}</id><title>{escape(entry.title)}</title>"
            f"<summary>arXiv:{name} Announce Type: {entry.kind} \nAbstract: {escape(entry.abstract)}</summary>"
            + "".join(f"<category term={quoteattr(category)}/>" for category in entry.categories)
            + f"<published>{published}</published><arxiv:announce_type>{entry.kind}</arxiv:announce_type>"
            f"<dc:creator>{escape(', '.join(entry.authors))}</dc:creator></entry>"
        )
    return "\n".join([*parts, "</feed>\n"]).encode()


def api_page(shown: Sequence[Entry], *, total: int | None = None, start: int = 0) -> bytes:
    """A page of API results that says there are `total` (default: these)."""
    parts = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        f"{_FEED}<id>https://arxiv.org/api/x</id><title>arXiv Query</title>",
        f"<opensearch:totalResults>{len(shown) if total is None else total}</opensearch:totalResults>",
        f"<opensearch:startIndex>{start}</opensearch:startIndex>",
    ]
    for entry in shown:
        comment = f"<arxiv:comment>{escape(entry.comment)}</arxiv:comment>" if entry.comment else ""
        parts.append(
            f"<entry><id>http://arxiv.org/abs/{entry.arxiv_id}v{entry.version}</id><title>{escape(entry.title)}</title>"
            f"<updated>{entry.submitted}</updated><published>{entry.submitted}</published>"
            f"<summary>  {escape(entry.abstract)}\n</summary>{comment}"
            + "".join(f"<category term={quoteattr(category)}/>" for category in entry.categories)
            + f"<arxiv:primary_category term={quoteattr(entry.categories[0])}/>"
            + "".join(f"<author><name>{escape(name)}</name></author>" for name in entry.authors)
            + "</entry>"
        )
    return "\n".join([*parts, "</feed>\n"]).encode()


def api_error(said: str) -> bytes:
    """The API's error entry."""
    page = api_page([Entry(title="Error")]).decode()
    page = page.replace("http://arxiv.org/abs/2603.00001v1", "https://arxiv.org/api/errors#x")
    return page.replace(Entry().abstract, said).encode()


def oai_page(records: Sequence[str], *, verb: str = "ListRecords", token: str = "") -> bytes:
    """A page of OAI-PMH records; `token` is the whole element that leads on, if any."""
    return _oai_answer(f"<{verb}>\n{''.join(records)}{token}\n</{verb}>")


def oai_record(entry: Entry, *, datestamp: date = FRIDAY) -> str:
    """A record in arXiv's raw format; every later version came a day after the one before."""
    first = instant(entry.submitted)
    versions = "".join(
        f'<version version="v{number + 1}"><date>{format_datetime(first + timedelta(days=number), usegmt=True)}</date>'
        "<size>9kb</size><source_type>D</source_type></version>"
        for number in range(entry.version)
    )
    comment = f"<comments>{escape(entry.comment)}</comments>" if entry.comment else ""
    return f"""<record><header>
 <identifier>oai:arXiv.org:{entry.arxiv_id}</identifier>
 <datestamp>{datestamp}</datestamp><setSpec>cs:cs:LG</setSpec>
</header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">
 <id>{entry.arxiv_id}</id><submitter>{escape(entry.authors[0])}</submitter>{versions}
 <title>{escape(entry.title)}</title>
 <authors>{escape(", ".join(entry.authors))}</authors>
 <categories>{" ".join(entry.categories)}</categories>{comment}
 <license>http://creativecommons.org/licenses/by/4.0/</license>
 <abstract>  {escape(entry.abstract)}
</abstract></arXivRaw></metadata></record>
"""


def oai_deleted(arxiv_id: str) -> str:
    """A record that says only that the paper is no more."""
    return (
        f'<record><header status="deleted"><identifier>oai:arXiv.org:{arxiv_id}</identifier>'
        f"<datestamp>{FRIDAY}</datestamp></header></record>\n"
    )


def oai_error(code: str, said: str = "") -> bytes:
    """OAI-PMH's error element; arXiv sends it with HTTP 200."""
    return _oai_answer(f"<error code='{code}'>{escape(said)}</error>")


def _oai_answer(inside: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        "<responseDate>2026-03-20T03:00:00Z</responseDate><request>https://oaipmh.arxiv.org/oai</request>\n"
        f"{inside}\n</OAI-PMH>\n"
    ).encode()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
