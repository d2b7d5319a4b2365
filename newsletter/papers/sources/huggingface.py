"""Hugging Face's daily papers: the list of a day in the order of its readers' votes, with code and numbers beside.

A day (from 00:00 UTC) is a JSON array; at weekends it is empty. Only an identifier and a title are certain: other fields
came and went over the years, so each is read if it can be. Source: https://huggingface.co/docs/hub/api
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import requests
import structlog

from newsletter.errors import InputError, SourceError
from newsletter.papers.paper import ArxivId, Paper, parse_arxiv_id
from newsletter.papers.sources.document import Document, RefusedError, excerpt, fetch_document, read_json
from newsletter.papers.sources.gate import DAILY_PAPERS_PATH
from newsletter.papers.sources.record import make_paper

PAGE_SIZE = 100  # the most the service gives at once
MAX_PAGES = 10  # the longest day so far fills half a page
MAX_COUNT = 10_000_000
MAX_TITLE_LENGTH = 500
MAX_ABSTRACT_LENGTH = 6000  # arXiv takes 1920 characters
MAX_NAME_LENGTH = 200
MAX_AUTHORS = 2000

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNSEEN = re.compile(  # they split words, turn lines round, or cannot be stored
    r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_REPOSITORY = re.compile(
    r"https://github\.com/(?P<owner>[a-z0-9][\w-]{0,99})/(?P<name>[\w.-]{1,100}?)(?:\.git)?(?P<rest>[/?#].*)?\Z",
    re.ASCII | re.IGNORECASE,
)
_FOLDER = re.compile(r"(?:/tree|/blob)(?:/(?!\.+(?:[/?#]|\Z))[\w.+-]+)+(?=/*(?:[?#]|\Z))", re.ASCII)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trending:
    """A paper on the list of a day, with the numbers of the moment it was asked for; None is what nobody said.

    `paper` is Hugging Face's record, for when arXiv's own is not at hand: it has neither categories nor a comment.
    """

    paper: Paper
    rank: int
    """0-based place in the day's list, most votes first."""
    upvotes: int | None
    comments: int | None
    organisation: str | None
    code_url: str | None
    """A repository at https://github.com/, or a folder of one."""
    stars: int | None
    """Of the repository at `code_url`."""

    @property
    def arxiv_id(self) -> ArxivId:
        return self.paper.arxiv_id

    @property
    def hf_url(self) -> str:
        """The paper's page, where readers vote and talk about it."""
        return f"https://huggingface.co/papers/{self.arxiv_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendingDay:
    """The list of a day, each paper once; `skipped` says of every entry that could not be used why not."""

    day: date
    papers: tuple[Trending, ...]
    skipped: tuple[str, ...]


def fetch_trending(session: requests.Session, origin: str, day: date) -> TrendingDay:
    """Return the daily papers of `day`, from all pages of the list; none at weekends.

    Raises SourceError: retryable when the service is down, its answer is broken, or the day has not begun there.
    """
    entries: list[Any] = []
    for number in range(MAX_PAGES):
        page = _fetch_page(session, origin, day, number)
        is_repeated = page == entries[-PAGE_SIZE:]  # a service that did not know `p` would go on for ever
        entries += page
        if len(page) < PAGE_SIZE or is_repeated:
            break
    else:
        raise _broken(day, f"the list goes on after {len(entries)} papers")
    found = _read_day(entries, day)
    if found.skipped:
        _log.warning("trending_papers_skipped", day=str(day), count=len(found.skipped), reasons=found.skipped[:10])
    return found


def parse_trending(body: bytes, day: date) -> TrendingDay:
    """Read a whole day's answer: most votes first, equal votes in the order of the list, each paper once.

    Raises SourceError (retryable) for anything but a JSON array; what its entries lack never does.
    """
    return _read_day(_read_page(body, day), day)


def _fetch_page(session: requests.Session, origin: str, day: date, number: int) -> list[Any]:
    url = f"{origin}{DAILY_PAPERS_PATH}?date={day.isoformat()}&limit={PAGE_SIZE}&p={number}"
    try:
        body = fetch_document(session, url, expect=Document.JSON)
    except RefusedError as error:
        if error.status != requests.codes.bad_request:
            raise
        raise SourceError(
            f"Hugging Face has no list of {day} to give ({excerpt(error.body)!r}). Its days begin at 00:00 UTC; "
            "if that one is still to come, ask again then.",
            retryable=True,
        ) from error
    return _read_page(body, day)


def _read_page(body: bytes, day: date) -> list[Any]:
    try:
        found = read_json(body)
    except ValueError as error:
        raise _broken(day, f"the answer is not whole JSON ({excerpt(body) or 'an empty body'!r})") from error
    if not isinstance(found, list):
        raise _broken(day, f"the answer is not a list ({excerpt(body)!r})")
    return found


def _broken(day: date, reason: str) -> SourceError:
    return SourceError(
        f"Hugging Face's daily papers of {day} cannot be used: {reason}. It is usually well again after some minutes.",
        retryable=True,
    )


def _read_day(entries: Sequence[object], day: date) -> TrendingDay:
    found: dict[ArxivId, Trending] = {}
    skipped = []
    for entry in entries:
        match _read_entry(entry):
            case str(reason):
                skipped.append(reason)
            case trending:
                found.setdefault(trending.arxiv_id, trending)
    ordered = sorted(found.values(), key=_votes, reverse=True)  # which keeps the order of equals
    papers = tuple(replace(trending, rank=rank) for rank, trending in enumerate(ordered))
    return TrendingDay(day=day, papers=papers, skipped=tuple(skipped))


def _votes(trending: Trending) -> int:
    return -1 if trending.upvotes is None else trending.upvotes


def _read_entry(entry: object) -> Trending | str:
    """Return the entry's paper, still without its rank, or why there is none."""
    item = _mapping(entry)
    about = _mapping(item.get("paper"))
    name = _text(about.get("id"), MAX_NAME_LENGTH)
    try:
        arxiv_id, version = parse_arxiv_id(name)
    except InputError:
        return f"{name!r} is not an arXiv identifier" if name else "an entry has no identifier"
    paper = make_paper(
        arxiv_id,
        version or 1,
        # the outer title still has the TeX that the inner one lost: LLM$\times$MapReduce is "LLMtimesMapReduce" there
        title=_text(item.get("title"), MAX_TITLE_LENGTH) or _text(about.get("title"), MAX_TITLE_LENGTH),
        authors=_names(about.get("authors")),
        abstract=_text(about.get("summary"), MAX_ABSTRACT_LENGTH) or _text(item.get("summary"), MAX_ABSTRACT_LENGTH),
        categories=(),
        comment=None,
    )
    if not paper.title:
        return f"{arxiv_id} has no title"
    code_url = _repository(about.get("githubRepo"))
    return Trending(
        paper=paper,
        rank=0,
        upvotes=_count(about.get("upvotes")),
        comments=_count(item.get("numComments")),
        organisation=_organisation(about.get("organization")) or _organisation(item.get("organization")),
        code_url=code_url,
        stars=_count(about.get("githubStars")) if code_url else None,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    """Return a whole number from 0 to MAX_COUNT as it is; anything else (a bool is an int, too) as None."""
    return value if type(value) is int and 0 <= value <= MAX_COUNT else None


def _text(value: object, limit: int) -> str:
    """Return a text as one line of at most `limit` characters without what cannot be seen; anything else as none."""
    if not isinstance(value, str):
        return ""
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", _CONTROLS.sub(" ", value)))
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _names(authors: object) -> list[str]:
    listed = authors[:MAX_AUTHORS] if isinstance(authors, list) else []
    return [_text(_mapping(author).get("name"), MAX_NAME_LENGTH) for author in listed]


def _organisation(value: object) -> str | None:
    names = _mapping(value)
    return _text(names.get("fullname"), MAX_NAME_LENGTH) or _text(names.get("name"), MAX_NAME_LENGTH) or None


def _repository(value: object) -> str | None:
    """Return the address of a GitHub repository (or a folder in it) without the rest of a pasted link."""
    found = _REPOSITORY.match("".join(_text(value, MAX_NAME_LENGTH * 3).split()))
    if not found or found["name"] in (".", ".."):
        return None
    folder = _FOLDER.match(found["rest"] or "")
    return f"https://github.com/{found['owner']}/{found['name']}" + (folder[0] if folder else "")
