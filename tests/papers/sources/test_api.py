"""The API's papers come whole or not at all, through the gate."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from newsletter.errors import SourceError
from newsletter.papers.paper import ArxivId
from newsletter.papers.sources.api import fetch_papers, search_submitted
from tests.conftest import StandIn
from tests.papers.pages import FRIDAY, Entry, api_error, api_page, entries
from tests.papers.peer import Peer, Reply

ONE = [ArxivId("2603.00001")]


def query_of(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def serve(peer: Peer, shown: list[Entry]) -> None:
    """Answer as the API does: the asked-for slice of the papers asked for."""

    def answer(path: str) -> Reply:
        asked = query_of(path)
        ids = asked.get("id_list", "").split(",") if asked.get("id_list") else None
        found = [entry for entry in shown if ids is None or entry.arxiv_id in ids]
        start, count = int(asked["start"]), int(asked["max_results"])
        return Reply(body=api_page(found[start : start + count], total=len(found), start=start))

    peer.answer = answer


def test_a_paper_comes_with_every_field(peer: Peer, http: requests.Session) -> None:
    entry = Entry(
        title="0", abstract=r"In $O(n)$ steps & less.", categories=("cs.RO", "cs.LG"), version=4, comment=None
    )
    serve(peer, [entry])
    [paper] = fetch_papers(http, peer.url, ONE)
    assert (paper.arxiv_id, paper.version, paper.title_source) == ("2603.00001", 4, "0")
    assert paper.abstract_source == r"In $O(n)$ steps & less."
    assert paper.categories == ("cs.RO", "cs.LG")
    assert paper.authors == ("Ada Roe", "Bo Lind")
    assert paper.comment is None


def test_papers_come_in_the_order_asked_for_once_each_and_unknown_ones_are_left_out(
    peer: Peer, http: requests.Session
) -> None:
    serve(peer, entries(3))
    wanted = [ArxivId(text) for text in ("2603.00003", "2603.99999", "2603.00001", "2603.00003")]
    assert [paper.arxiv_id for paper in fetch_papers(http, peer.url, wanted)] == ["2603.00003", "2603.00001"]


def test_a_hundred_papers_are_one_request(peer: Peer, http: requests.Session) -> None:
    many = entries(250)
    serve(peer, many)
    assert len(fetch_papers(http, peer.url, [ArxivId(entry.arxiv_id) for entry in many])) == 250
    assert [len(query_of(path)["id_list"].split(",")) for path in peer.paths()] == [100, 100, 50]


def test_no_papers_are_no_request(peer: Peer, http: requests.Session) -> None:
    assert fetch_papers(http, peer.url, []) == []
    assert peer.requests == []


def test_the_request_carries_our_name_and_not_the_packages(peer: Peer, http: requests.Session) -> None:
    serve(peer, entries(1))
    fetch_papers(http, peer.url, ONE)
    assert peer.requests[0].headers["user-agent"].startswith("Chenbao/")


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Reply(body=b"Rate exceeded."), "slow down"),
        (Reply(status=503), "not available"),
        (Reply(resets=True), "No whole answer"),
        (Reply(body=b"<html>It works!</html>"), "not a whole feed"),
        (Reply(body=api_page(entries(1), total=2)), "1 papers instead of 2"),
        (Reply(body=api_page([], total=1)), "0 papers instead of 1"),
        (Reply(body=api_page(entries(1)).replace(b"totalResults>1<", b"totalResults>?<")), "does not say how many"),
        (
            Reply(body=api_page(entries(1)).replace(b"<published>", b"<was>").replace(b"</published>", b"</was>")),
            "0 papers",
        ),
        (Reply(body=api_page(entries(1)).replace(b"</entry>", b"")), "not well-formed"),
        (Reply(body=api_page(entries(1)).replace(b"abs/2603", b"abs/x2603")), "no identifier"),
    ],
)
def test_half_an_answer_is_a_retryable_error_and_never_a_quiet_day(
    peer: Peer, http: requests.Session, trouble: Reply, words: str
) -> None:
    peer.on("/api", trouble)
    with pytest.raises(SourceError, match=words) as caught:
        fetch_papers(http, peer.url, ONE)
    assert caught.value.retryable


@pytest.mark.parametrize("status", [200, 400])
def test_the_apis_own_error_is_told_and_not_tried_again(peer: Peer, http: requests.Session, status: int) -> None:
    peer.on("/api", Reply(status=status, body=api_error("incorrect id format for abc")))
    with pytest.raises(SourceError, match="incorrect id format for abc") as caught:
        fetch_papers(http, peer.url, ONE)
    assert not caught.value.retryable
    assert len(peer.requests) == 1


def test_a_page_that_is_cut_cleanly_is_fetched_again(peer: Peer, http: requests.Session) -> None:
    page = api_page(entries(1))
    peer.on("/api", page[:700], page)
    assert len(fetch_papers(http, peer.url, ONE)) == 1


def test_submissions_are_searched_for_within_the_window_of_the_list(peer: Peer, http: requests.Session) -> None:
    serve(peer, [])
    assert list(search_submitted(http, peer.url, ["cs.LG", "cs"], FRIDAY, FRIDAY)) == []
    asked = query_of(peer.paths()[0])
    assert asked["search_query"] == (
        "(cat:cs.LG OR cat:cs OR cat:cs.*) AND submittedDate:[202603181800 TO 202603191800]"  # 14:00 in New York
    )
    assert (asked["sortBy"], asked["sortOrder"]) == ("submittedDate", "ascending")


def test_a_submission_at_the_deadline_belongs_to_the_next_list(peer: Peer, http: requests.Session) -> None:
    times = ["2026-03-18T17:59:59Z", "2026-03-18T18:00:00Z", "2026-03-19T17:59:59Z", "2026-03-19T18:00:00Z"]
    serve(peer, [Entry(arxiv_id=f"2603.0000{n}", submitted=text) for n, text in enumerate(times)])
    found = list(search_submitted(http, peer.url, ["cs"], FRIDAY, FRIDAY))
    assert [(paper.arxiv_id, at) for paper, at in found] == [
        ("2603.00001", datetime(2026, 3, 18, 18, tzinfo=UTC)),
        ("2603.00002", datetime(2026, 3, 19, 17, 59, 59, tzinfo=UTC)),
    ]


def test_a_long_result_is_read_page_by_page(peer: Peer, http: requests.Session) -> None:
    serve(peer, entries(2300))
    assert len(list(search_submitted(http, peer.url, ["cs"], FRIDAY, FRIDAY))) == 2300
    assert [query_of(path)["start"] for path in peer.paths()] == ["0", "1000", "2000"]


@pytest.mark.standin
def test_the_recorded_api_answers_ids_and_windows(standin: StandIn, http: requests.Session) -> None:
    standin.control(now="2026-03-20T01:00-04:00")
    [paper] = fetch_papers(http, standin.url, [ArxivId("2603.18074")])
    assert paper.arxiv_id == "2603.18074"
    found = list(search_submitted(http, standin.url, ["cs.RO"], date(2026, 3, 19), FRIDAY))
    assert found
    assert all("cs.RO" in paper.categories for paper, _ in found)


@pytest.mark.standin
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "rate_exceeded_200"},
        {"kind": "truncate", "bytes": 900, "clean": True},
        {"kind": "truncate", "bytes": 900},
        {"kind": "reset"},
        {"status": 503, "retry_after": 0},
    ],
)
def test_the_recorded_apis_faults_are_errors(
    standin: StandIn, http: requests.Session, fault: dict[str, object]
) -> None:
    standin.control(now="2026-03-20T01:00-04:00", faults=[{"match": "/api/query", **fault}])
    with pytest.raises(SourceError) as caught:
        fetch_papers(http, standin.url, [ArxivId("2603.18074")])
    assert caught.value.retryable
    standin.control(faults=[{"match": "/api/query", "times": 1, **fault}])
    assert len(fetch_papers(http, standin.url, [ArxivId("2603.18074")])) == 1
