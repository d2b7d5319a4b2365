"""A day is asked for page by page, and whatever keeps it from coming is told."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from structlog.testing import capture_logs

from newsletter.errors import SourceError
from newsletter.papers.sources.document import TRIES, RefusedError
from newsletter.papers.sources.huggingface import MAX_PAGES, PAGE_SIZE, fetch_trending
from tests.papers.pages import FRIDAY
from tests.papers.peer import Peer, Reply
from tests.papers.sources.daily_papers import PATH, entry, page_of


def pages_of(peer: Peer, items: list[dict[str, Any]]) -> None:
    """Let the peer give these entries page by page, as it is asked."""

    def answer(path: str) -> Reply:
        asked = {name: int(values[0]) for name, values in parse_qs(urlsplit(path).query).items() if name != "date"}
        start = asked["p"] * asked["limit"]
        return Reply(body=page_of(items[start : start + asked["limit"]]))

    peer.answer = answer


@pytest.mark.parametrize(("count", "asked"), [(0, 1), (3, 1), (PAGE_SIZE - 1, 1), (PAGE_SIZE, 2), (PAGE_SIZE + 1, 2)])
def test_pages_are_asked_for_until_one_is_not_full(peer: Peer, http: requests.Session, count: int, asked: int) -> None:
    pages_of(peer, [entry(number) for number in range(count)])
    assert len(fetch_trending(http, peer.url, FRIDAY).papers) == count
    assert peer.paths() == [f"{PATH}?date=2026-03-20&limit={PAGE_SIZE}&p={number}" for number in range(asked)]


def test_a_paper_that_slid_to_the_next_page_meanwhile_is_shown_once(peer: Peer, http: requests.Session) -> None:
    items = [entry(number) for number in range(PAGE_SIZE + 1)]
    peer.on(f"{PATH}?date=2026-03-20&limit=100&p=0", page_of(items[:PAGE_SIZE]))
    peer.on(f"{PATH}?date=2026-03-20&limit=100&p=1", page_of(items[PAGE_SIZE - 1 :]))
    assert len(fetch_trending(http, peer.url, FRIDAY).papers) == PAGE_SIZE + 1


def test_a_service_that_does_not_know_pages_is_asked_twice_at_most(peer: Peer, http: requests.Session) -> None:
    peer.on(PATH, page_of([entry(number) for number in range(PAGE_SIZE)]))
    assert len(fetch_trending(http, peer.url, FRIDAY).papers) == PAGE_SIZE
    assert len(peer.requests) == 2


def test_a_list_without_end_is_an_error(peer: Peer, http: requests.Session) -> None:
    pages_of(peer, [entry(number) for number in range(PAGE_SIZE * (MAX_PAGES + 1))])
    with pytest.raises(SourceError, match="goes on after 1000 papers") as caught:
        fetch_trending(http, peer.url, FRIDAY)
    assert caught.value.retryable
    assert len(peer.requests) == MAX_PAGES


def test_the_log_tells_what_was_left_out(peer: Peer, http: requests.Session) -> None:
    peer.on(PATH, page_of([entry(1, id="x"), entry(2)]))
    with capture_logs() as logs:
        assert len(fetch_trending(http, peer.url, FRIDAY).papers) == 1
    [line] = logs
    assert (line["event"], line["day"], line["count"]) == ("trending_papers_skipped", "2026-03-20", 1)
    assert line["reasons"] == ("'x' is not an arXiv identifier",)


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(status=503),
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply(body=b""),
        Reply(body=b"<html><body>Down for repairs</body></html>"),
        Reply(body=page_of([entry()])[:-1]),
        Reply(resets=True),
        Reply(body=b"[", length=20),
    ],
)
def test_a_passing_trouble_is_tried_again(peer: Peer, http: requests.Session, trouble: Reply) -> None:
    peer.on(PATH, trouble, page_of([entry()]))
    assert len(fetch_trending(http, peer.url, FRIDAY).papers) == 1
    assert len(peer.requests) == 2


def test_a_lasting_trouble_is_a_retryable_error(peer: Peer, http: requests.Session) -> None:
    peer.on(PATH, b"<html><body>Down for repairs</body></html>")
    with pytest.raises(SourceError, match="not a whole json document: 'Down for repairs'") as caught:
        fetch_trending(http, peer.url, FRIDAY)
    assert caught.value.retryable
    assert len(peer.requests) == TRIES


def test_a_page_that_fails_leaves_no_half_of_a_day(peer: Peer, http: requests.Session) -> None:
    peer.on(f"{PATH}?date=2026-03-20&limit=100&p=0", page_of([entry(number) for number in range(PAGE_SIZE)]))
    peer.on(f"{PATH}?date=2026-03-20&limit=100&p=1", Reply(status=500))
    with pytest.raises(SourceError, match="not available"):
        fetch_trending(http, peer.url, FRIDAY)


def test_a_day_that_has_not_begun_there_can_be_asked_for_again(peer: Peer, http: requests.Session) -> None:
    peer.on(PATH, Reply(status=400, body=b'{"error":"date must not be in the future"}'))
    with pytest.raises(SourceError, match=r"no list of 2026-03-20 .*in the future.* 00:00 UTC") as caught:
        fetch_trending(http, peer.url, FRIDAY)
    assert caught.value.retryable
    assert len(peer.requests) == 1


def test_a_wrong_address_is_not_retryable(peer: Peer, http: requests.Session) -> None:
    peer.on(PATH, Reply(status=404, body=b"<p>No such page</p>"))
    with pytest.raises(RefusedError, match="No such page") as caught:
        fetch_trending(http, peer.url, FRIDAY)
    assert not caught.value.retryable
