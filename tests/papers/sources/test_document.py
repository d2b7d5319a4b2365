"""What comes from a source is the whole document that was asked for, or an error that says whether to try again."""

import pytest
import requests
from structlog.testing import capture_logs

from newsletter.errors import Fault, NoConnectionError, SourceError
from newsletter.papers.sources.document import (
    TRIES,
    Document,
    RefusedError,
    excerpt,
    fetch_document,
    read_json,
    witnessed,
)
from tests.papers.peer import Peer, Reply

PAGE = b"<!DOCTYPE html>\n<html><body>hello</body></html>\n"
FEED = b"<?xml version='1.0'?>\n<feed><title>hello</title></feed>"
OAI = b"<?xml version='1.0'?>\n<OAI-PMH><error code='badVerb'/></OAI-PMH>\n"
LIST = b'\n[{"title": "hello"}, []]\n'


@pytest.mark.parametrize(
    ("body", "expect"), [(PAGE, Document.PAGE), (FEED, Document.FEED), (OAI, Document.OAI), (LIST, Document.JSON)]
)
def test_a_whole_document_is_returned(peer: Peer, http: requests.Session, body: bytes, expect: Document) -> None:
    peer.on("/", body)
    assert fetch_document(http, peer.url, expect=expect) == body


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(status=503),
        Reply(status=500),
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply(status=408),
        Reply(body=b"Rate exceeded.\n"),
        Reply(body=b""),
        Reply(body=b"<html><body>half a pa"),
        Reply(body=FEED),
        Reply(resets=True),
        Reply(body=PAGE[:20], length=len(PAGE)),
    ],
)
def test_a_passing_trouble_is_tried_again(peer: Peer, http: requests.Session, trouble: Reply) -> None:
    peer.on("/", trouble, Reply(body=PAGE))
    assert fetch_document(http, peer.url, expect=Document.PAGE) == PAGE
    assert len(peer.requests) == 2


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Reply(status=503), "not available at the moment"),
        (Reply(body=b"Rate exceeded."), "slow down"),
        (Reply(body=b"<p>It works!</p>"), "not a whole html document: 'It works!'"),
        (Reply(body=b""), "an empty body"),
        (Reply(resets=True), "No whole answer"),
    ],
)
def test_a_lasting_trouble_is_an_error_after_three_tries(
    peer: Peer, http: requests.Session, trouble: Reply, words: str
) -> None:
    peer.on("/", trouble)
    with pytest.raises(SourceError, match=words) as caught:
        fetch_document(http, peer.url, expect=Document.PAGE)
    assert caught.value.retryable
    assert len(peer.requests) == TRIES


def test_without_a_connection_it_is_not_tried_again(http: requests.Session) -> None:
    with pytest.raises(NoConnectionError), capture_logs() as logs:
        fetch_document(http, "http://127.0.0.1:1/list", expect=Document.PAGE)
    assert logs == []


@pytest.mark.parametrize("status", [400, 403, 404, 406, 410])
def test_a_refusal_is_not_tried_again(peer: Peer, http: requests.Session, status: int) -> None:
    peer.on("/", Reply(status=status, body=b"<p>No such thing</p>"))
    with pytest.raises(RefusedError, match="No such thing") as caught:
        fetch_document(http, peer.url, expect=Document.PAGE)
    assert not caught.value.retryable
    assert caught.value.status == status
    assert len(peer.requests) == 1


def test_whoever_asks_us_to_stay_away_for_long_is_not_asked_again(peer: Peer, http: requests.Session) -> None:
    peer.on("/", Reply(status=503, headers={"Retry-After": "600"}))
    with pytest.raises(SourceError, match="in 600 seconds") as caught:
        fetch_document(http, peer.url, expect=Document.PAGE)
    assert caught.value.retry_after_seconds == 600
    assert len(peer.requests) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "gopher://127.0.0.1/", "no address"])
def test_an_address_that_cannot_be_one_is_not_retryable(http: requests.Session, url: str) -> None:
    with pytest.raises(SourceError, match="NEWSLETTER_ARXIV") as caught:
        fetch_document(http, url, expect=Document.PAGE)
    assert not caught.value.retryable


def test_going_round_in_circles_is_not_retryable(peer: Peer, http: requests.Session) -> None:
    peer.on("/", Reply(status=302, headers={"Location": "/"}))
    with pytest.raises(SourceError) as caught:
        fetch_document(http, peer.url, expect=Document.PAGE)
    assert not caught.value.retryable


@pytest.mark.parametrize("body", [b"", LIST[:-3], b"[1],", b"\xff[]", b"[" * 100_000, PAGE])
def test_what_is_not_whole_json_is_an_error_of_one_kind(body: bytes) -> None:
    with pytest.raises(ValueError):
        read_json(body)


def test_a_number_without_end_does_not_spoil_the_document_around_it() -> None:
    assert read_json(b"[7, -7, " + b"9" * 5000 + b"]") == [7, -7, float("inf")]


def test_an_excerpt_is_one_short_line_of_words() -> None:
    assert excerpt(b"<head><style>p {}</style></head>\n<p>Down for\n repairs</p>" + b"." * 500).startswith(
        "Down for repairs ..."
    )
    assert len(excerpt(b"x" * 5000)) == 120
    assert excerpt(b"\xff\xfe") == "\ufffd\ufffd"


def test_whoever_wants_to_know_is_told_of_every_failure_even_if_all_went_well_in_the_end(
    peer: Peer, http: requests.Session
) -> None:
    peer.on("/", Reply(status=503), Reply(body=PAGE[:30]), Reply(body=PAGE))
    told: list[SourceError] = []
    with witnessed(told.append):
        fetch_document(http, peer.url, expect=Document.PAGE)
    assert [error.fault for error in told] == [Fault.UNAVAILABLE, Fault.TRUNCATED]


def test_the_failure_that_is_raised_is_told_as_well(peer: Peer, http: requests.Session) -> None:
    peer.on("/", Reply(resets=True))
    told: list[SourceError] = []
    with witnessed(told.append), pytest.raises(SourceError) as caught:
        fetch_document(http, peer.url, expect=Document.PAGE)
    assert len(told) == TRIES
    assert told[-1] is caught.value
    assert {error.fault for error in told} == {Fault.DROPPED}


def test_nobody_is_told_of_what_fails_elsewhere(peer: Peer, http: requests.Session) -> None:
    peer.on("/", Reply(status=404))
    outer: list[SourceError] = []
    inner: list[SourceError] = []
    with witnessed(outer.append):
        with witnessed(inner.append), pytest.raises(RefusedError):
            fetch_document(http, peer.url, expect=Document.PAGE)
        assert (len(outer), len(inner)) == (0, 1)
        with pytest.raises(RefusedError):
            fetch_document(http, peer.url, expect=Document.PAGE)
    with pytest.raises(RefusedError):
        fetch_document(http, peer.url, expect=Document.PAGE)
    assert (len(outer), len(inner)) == (1, 1)
