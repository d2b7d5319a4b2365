"""Lists of OAI-PMH records are asked for page by page, and one record by its identifier."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from newsletter.errors import InputError, SourceError
from newsletter.papers.paper import AnnouncementKind, ArxivId
from newsletter.papers.sources.document import TRIES
from newsletter.papers.sources.listing import fetch_listing
from newsletter.papers.sources.oai import BEGAN_ON, ExpiredTokenError, find_record, list_changed
from newsletter.papers.taxonomy import canonical, list_categories
from tests.conftest import StandIn
from tests.papers.pages import FRIDAY, Entry, entries, oai_deleted, oai_error, oai_page, oai_record
from tests.papers.peer import Peer, Reply

SATURDAY = FRIDAY + timedelta(days=1)
TOKEN = "<resumptionToken expirationDate='2026-03-21T00:00:00Z'>{}</resumptionToken>"
ONE = oai_page([oai_record(Entry())])


def asked(peer: Peer) -> list[dict[str, str]]:
    return [{name: values[0] for name, values in parse_qs(urlsplit(path).query).items()} for path in peer.paths()]


def test_pages_are_asked_for_one_by_one(peer: Peer, http: requests.Session) -> None:
    first, second = entries(2), entries(1, first=3)
    peer.on(
        "/oai",
        oai_page([oai_record(entry) for entry in first], token=TOKEN.format("from%3Dx&amp;skip 2")),
        oai_page([oai_record(entry) for entry in second], token="<resumptionToken/>"),
    )
    pages = list_changed(http, peer.url, "cs.LG", since=FRIDAY)
    assert len(next(pages).records) == 2
    assert len(peer.requests) == 1
    assert [record.paper.arxiv_id for page in pages for record in page.records] == ["2603.00003"]
    assert asked(peer) == [
        {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "set": "cs:cs:LG", "from": "2026-03-20"},
        {"verb": "ListRecords", "resumptionToken": "from%3Dx&skip 2"},
    ]


def test_a_broken_off_run_goes_on_from_its_token(peer: Peer, http: requests.Session) -> None:
    peer.on("/oai", ONE)
    [page] = list_changed(http, peer.url, "cs", since=FRIDAY, token="from%3Dx")
    assert page.token is None
    assert asked(peer) == [{"verb": "ListRecords", "resumptionToken": "from%3Dx"}]


def test_no_records_are_no_pages(peer: Peer, http: requests.Session) -> None:
    peer.on("/oai", oai_error("noRecordsMatch"))
    assert list(list_changed(http, peer.url, "cs", since=FRIDAY)) == []


def test_a_token_that_turns_out_to_lead_nowhere_ends_the_list(peer: Peer, http: requests.Session) -> None:
    peer.on("/oai", oai_page([oai_record(Entry())], token=TOKEN.format("x")), oai_error("noRecordsMatch"))
    assert len(list(list_changed(http, peer.url, "cs", since=FRIDAY))) == 1


def test_an_expired_token_leaves_what_came_before_it(peer: Peer, http: requests.Session) -> None:
    peer.on(
        "/oai", oai_page([oai_record(Entry())], token=TOKEN.format("x")), oai_error("badResumptionToken", "expired")
    )
    pages = list_changed(http, peer.url, "cs", since=FRIDAY)
    assert len(next(pages).records) == 1
    with pytest.raises(ExpiredTokenError):
        next(pages)


def test_a_list_that_goes_round_in_circles_is_an_error(peer: Peer, http: requests.Session) -> None:
    peer.on("/oai", oai_page([oai_record(Entry())], token=TOKEN.format("x")))
    with pytest.raises(SourceError, match="round in circles"):
        list(list_changed(http, peer.url, "cs", since=FRIDAY))
    assert len(peer.requests) == 2


def test_later_records_are_left_out_and_later_pages_not_asked_for(peer: Peer, http: requests.Session) -> None:
    days = [FRIDAY, FRIDAY, SATURDAY]
    records = [oai_record(entry, datestamp=day) for entry, day in zip(entries(3), days, strict=True)]
    peer.on("/oai", oai_page(records, token=TOKEN.format("x")))
    [page] = list_changed(http, peer.url, "cs", since=FRIDAY, until=FRIDAY)
    assert [record.paper.arxiv_id for record in page.records] == ["2603.00001", "2603.00002"]
    assert page.token is None
    assert "until" not in asked(peer)[0]


def test_a_list_out_of_order_is_read_to_its_end(peer: Peer, http: requests.Session) -> None:
    records = [
        oai_record(entry, datestamp=day) for entry, day in zip(entries(3), [SATURDAY, FRIDAY, SATURDAY], strict=True)
    ]
    last = oai_page([oai_record(Entry(arxiv_id="2603.00007"))])
    peer.on("/oai", oai_page(records, token=TOKEN.format("x")), last)
    pages = list_changed(http, peer.url, "cs", since=FRIDAY, until=FRIDAY)
    assert [[record.paper.arxiv_id for record in page.records] for page in pages] == [["2603.00002"], ["2603.00007"]]


def test_a_range_that_ends_before_it_begins_is_refused(http: requests.Session) -> None:
    with pytest.raises(InputError, match="swap"):
        list_changed(http, "http://127.0.0.1:1", "cs", since=SATURDAY, until=FRIDAY)


def test_nothing_is_asked_for_from_before_the_service_began(peer: Peer, http: requests.Session) -> None:
    peer.on("/oai", ONE)
    list(list_changed(http, peer.url, "cs", since=date(1991, 8, 14)))
    assert asked(peer)[0]["from"] == BEGAN_ON.isoformat() == "2005-09-16"


@pytest.mark.parametrize(
    "trouble",
    [Reply(body=b"Rate exceeded."), Reply(body=ONE[:-12]), Reply(body=b""), Reply(status=503), Reply(resets=True)],
)
def test_a_passing_trouble_is_tried_again_and_a_lasting_one_retryable(
    peer: Peer, http: requests.Session, trouble: Reply
) -> None:
    peer.on("/oai", trouble, Reply(body=ONE))
    assert len(list(list_changed(http, peer.url, "cs", since=FRIDAY))) == 1
    peer.on("/oai", trouble)
    with pytest.raises(SourceError) as caught:
        list(list_changed(http, peer.url, "cs", since=FRIDAY))
    assert caught.value.retryable
    assert len(peer.requests) == 2 + TRIES


def test_one_paper_is_found_by_its_identifier(peer: Peer, http: requests.Session) -> None:
    peer.on("/oai", oai_page([oai_record(Entry(arxiv_id="math/0601001", version=2))], verb="GetRecord"))
    record = find_record(http, peer.url, ArxivId("math/0601001"))
    assert record is not None
    assert (record.paper.arxiv_id, record.paper.version) == ("math/0601001", 2)
    assert asked(peer) == [
        {"verb": "GetRecord", "identifier": "oai:arXiv.org:math/0601001", "metadataPrefix": "arXivRaw"}
    ]


@pytest.mark.parametrize(
    "answer", [oai_error("idDoesNotExist", "no"), oai_page([oai_deleted("2603.00001")], verb="GetRecord")]
)
def test_a_paper_that_arxiv_does_not_have_is_none(peer: Peer, http: requests.Session, answer: bytes) -> None:
    peer.on("/oai", answer)
    assert find_record(http, peer.url, ArxivId("2603.00001")) is None


def test_an_answer_without_the_record_is_an_error(peer: Peer, http: requests.Session) -> None:
    peer.on("/oai", oai_page([], verb="GetRecord"))
    with pytest.raises(SourceError, match=r"2603\.00001 has no record"):
        find_record(http, peer.url, ArxivId("2603.00001"))


@pytest.mark.standin
def test_a_days_records_are_the_days_list(standin: StandIn, http: requests.Session) -> None:
    standin.control(now="2026-03-19T23:00-04:00", oai_page_size=250)
    pages = list(list_changed(http, standin.url, "cs", since=FRIDAY))
    assert len(pages) > 1
    assert all(page.token_expires_at == datetime(2026, 3, 21, tzinfo=UTC) for page in pages[:-1])
    records = {record.paper.arxiv_id: record for page in pages for record in page.records}
    listing = {item.paper.arxiv_id: item for item in fetch_listing(http, standin.url, "cs").announced}
    assert {record.datestamp for record in records.values()} == {FRIDAY}
    assert records.keys() == listing.keys()
    home = {canonical(name) for name in list_categories("cs")}
    for arxiv_id, item in listing.items():
        paper = records[arxiv_id].paper
        assert (item.kind is AnnouncementKind.REPLACE) is (paper.version > 1)
        assert canonical(paper.primary_category) in home or item.kind is not AnnouncementKind.NEW
        assert replace(item.paper, version=paper.version) == paper


@pytest.mark.standin
def test_the_recorded_service_resumes_finds_and_refuses(standin: StandIn, http: requests.Session) -> None:
    standin.control(now="2026-03-19T23:00-04:00", oai_page_size=20)
    whole = [page.records for page in list_changed(http, standin.url, "cs.RO", since=FRIDAY, until=FRIDAY)]
    first = next(list_changed(http, standin.url, "cs.RO", since=FRIDAY))
    rest = list_changed(http, standin.url, "cs.RO", since=FRIDAY, token=first.token)
    assert [first.records, *(page.records for page in rest)] == whole
    known = whole[0][0]
    assert find_record(http, standin.url, known.paper.arxiv_id) == known
    assert find_record(http, standin.url, ArxivId("2603.99999")) is None
    standin.control(now="2026-03-21T01:00+00:00")
    assert list(list_changed(http, standin.url, "cs", since=SATURDAY)) == []
    with pytest.raises(ExpiredTokenError, match="token expired"):
        next(list_changed(http, standin.url, "cs.RO", since=FRIDAY, token=first.token))
    with pytest.raises(SourceError, match="badArgument") as caught:
        next(list_changed(http, standin.url, "cs", since=date(2026, 4, 1)))
    assert not caught.value.retryable


@pytest.mark.standin
@pytest.mark.parametrize(
    "fault",
    [{"kind": "rate_exceeded_200"}, {"kind": "truncate", "bytes": 9000, "clean": True}, {"kind": "truncate"}],
)
def test_the_recorded_services_faults_are_errors(
    standin: StandIn, http: requests.Session, fault: dict[str, object]
) -> None:
    standin.control(now="2026-03-19T23:00-04:00", faults=[{"match": "/oai", **fault}])
    with pytest.raises(SourceError) as caught:
        next(list_changed(http, standin.url, "cs", since=FRIDAY))
    assert caught.value.retryable
