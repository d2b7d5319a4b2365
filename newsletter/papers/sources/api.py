"""arXiv's API through the `arxiv` package: papers by identifier, and papers by time of submission.

The package's own HTTP session is replaced by one that passes the polite gate and looks at each page before the package
does: alone it takes "Rate exceeded." for zero results, a cut page for a short one, and an error for a paper.
Source: https://info.arxiv.org/help/api/user-manual.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

import arxiv
import requests
from lxml import etree

from newsletter.errors import Fault, InputError, SourceError
from newsletter.papers.deadlines import submission_window
from newsletter.papers.paper import ArxivId, Paper, parse_arxiv_id
from newsletter.papers.sources.document import Document, RefusedError, fetch_document
from newsletter.papers.sources.record import make_paper

IDS_A_REQUEST = 100
PAGE_SIZE = 1000  # arXiv allows 2000 but answers large slices slowly
_NAMES = {"atom": "http://www.w3.org/2005/Atom", "opensearch": "http://a9.com/-/spec/opensearch/1.1/"}


def fetch_papers(session: requests.Session, origin: str, ids: Sequence[ArxivId]) -> list[Paper]:
    """Return the newest versions of the papers with these identifiers, in their order; unknown ones are left out.

    Asks for 100 at a time. Raises SourceError when arXiv does not give a whole answer.
    """
    client = _open_client(session, origin, page_size=IDS_A_REQUEST)
    rest = iter(dict.fromkeys(ids))
    found: dict[ArxivId, Paper] = {}
    while batch := list(islice(rest, IDS_A_REQUEST)):
        search = arxiv.Search(id_list=batch, max_results=None)
        found.update((paper.arxiv_id, paper) for paper, _ in _run(client, search))
    return [found[arxiv_id] for arxiv_id in dict.fromkeys(ids) if arxiv_id in found]


def search_submitted(
    session: requests.Session, origin: str, categories: Sequence[str], first: date, last: date
) -> Iterator[tuple[Paper, datetime]]:
    """Yield each paper in the categories whose first version was submitted for the lists dated `first` to `last`.

    With it comes the instant of that submission (UTC), oldest first. Submission defines no announcement: moderation can
    hold a paper for days. Raises SourceError when arXiv does not give a whole answer.
    """
    begin, end = submission_window(first)[0], submission_window(last)[1]
    client = _open_client(session, origin, page_size=PAGE_SIZE)
    search = arxiv.Search(
        query=f"({_categories_query(categories)}) AND submittedDate:[{_minute(begin)} TO {_minute(end)}]",
        max_results=None,
        sort_by=arxiv.SortCriterion.SubmittedDate,
        sort_order=arxiv.SortOrder.Ascending,
    )
    # the API's windows are whole minutes with both ends in: the instant of the deadline itself belongs to the next list
    return ((paper, at) for paper, at in _run(client, search) if begin <= at < end)


def _categories_query(categories: Sequence[str]) -> str:
    """Name categories as they are, and archives with all their categories: `cs` is `cat:cs.*`."""
    return " OR ".join(f"cat:{name}" if "." in name else f"cat:{name} OR cat:{name}.*" for name in categories)


def _minute(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%d%H%M")


def _open_client(session: requests.Session, origin: str, *, page_size: int) -> arxiv.Client:
    client = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=0)  # the gate waits, fetch_document retries
    client.query_url_format = f"{origin}/api/query?{{}}"
    client._session = _CheckedSession(session)  # noqa: SLF001  the package has no other way to give it a session
    return client


def _run(client: arxiv.Client, search: arxiv.Search) -> Iterator[tuple[Paper, datetime]]:
    try:
        for result in client.results(search):
            yield _read_result(result)
    except arxiv.ArxivError as error:  # what it finds wrong with a page that we let pass
        raise SourceError(f"arXiv's API gave an unusable answer: {error.message}.", retryable=True) from error


def _read_result(result: Any) -> tuple[Paper, datetime]:
    try:
        arxiv_id, version = parse_arxiv_id(result.get_short_id())
    except InputError as error:
        raise _broken(f"a paper has no identifier ({result.entry_id!r})") from error
    paper = make_paper(
        arxiv_id,
        version or 1,
        title=result.title,
        authors=[author.name for author in result.authors],
        abstract=result.summary,
        categories=[name for name in (result.primary_category, *result.categories) if name],
        comment=result.comment,
    )
    return paper, result.published


class _CheckedSession:
    """The part of a requests session that the `arxiv` package uses: polite, and only whole pages come through."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def get(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Return a page of results; `headers` (the package's name) are dropped, since arXiv should see ours."""
        try:
            body = fetch_document(self._session, url, expect=Document.FEED)
        except RefusedError as error:
            said = _error_text(error.body)
            raise SourceError(
                f"arXiv's API refused the request: {said}." if said else str(error),
                retryable=False,
                fault=Fault.REFUSED,
            ) from error
        _check_page(url, body)
        page = requests.Response()
        page.status_code = requests.codes.ok
        page._content = body  # noqa: SLF001  requests offers no other way to make a response
        return page


def _check_page(url: str, body: bytes) -> None:
    """Raise SourceError unless the page holds as many papers as its numbers say it must."""
    root = _parse(body)
    if root is None:
        raise _broken("it is not well-formed XML")
    if said := _error_text(body):
        raise SourceError(f"arXiv's API refused the request: {said}.", retryable=False, fault=Fault.REFUSED)
    asked = {
        name: int(values[0])
        for name, values in parse_qs(urlsplit(url).query).items()
        if name in ("start", "max_results")
    }
    total = root.findtext("opensearch:totalResults", "", _NAMES).strip()
    if not total.isdecimal():
        raise _broken("it does not say how many results there are")
    expected = max(0, min(asked["max_results"], int(total) - asked["start"]))
    found = sum(_is_readable(entry) for entry in root.iterfind("atom:entry", _NAMES))
    if found != expected:
        raise _broken(f"{found} papers instead of {expected} (of {total}, from {asked['start']} on)")


def _is_readable(entry: Any) -> bool:
    """Tell whether the package will read the entry; it skips others with a line in the log."""
    return all(entry.findtext(f"atom:{name}", "", _NAMES).strip() for name in ("id", "published", "updated"))


def _error_text(body: bytes) -> str:
    """Return what the API's error entry says, or an empty text when the body is no error."""
    root = _parse(body)
    entries: Iterable[Any] = [] if root is None else root.iterfind("atom:entry", _NAMES)
    for entry in entries:
        if "/api/errors" in entry.findtext("atom:id", "", _NAMES):
            return str(entry.findtext("atom:summary", "", _NAMES)).strip() or "an error without words"
    return ""


def _parse(body: bytes) -> Any:
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None


def _broken(reason: str) -> SourceError:
    return SourceError(
        f"A page of arXiv's API cannot be used: {reason}. It is usually well again soon.", retryable=True
    )
