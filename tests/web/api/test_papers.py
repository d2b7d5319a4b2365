"""Papers are listed page by page, narrowed down, and told of whole."""

from dataclasses import replace
from datetime import date

import pytest

from newsletter.papers.paper import ArxivId
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Subscriber
from tests.factories import announce, make_paper, open_day
from tests.web.api.conftest import Client, problem

pytestmark = pytest.mark.usefixtures("ann")


def ids(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


def test_a_days_papers_come_in_the_listings_order(stranger: Client) -> None:
    response = stranger.get("/papers?day=2026-03-20")
    assert [(item["id"], item["kind"], item["listed_on"]) for item in response.json()["items"]] == [
        ("2603.00003", "new", "2026-03-20"),
        ("2603.00001", "replace", "2026-03-20"),
    ]
    assert response.json()["items"][1]["title_zh"] == "行走的智能体"


def test_a_day_is_narrowed_down_by_category_kind_and_query(stranger: Client) -> None:
    assert ids(stranger, "/papers?day=2026-03-19&category=stat") == ["2603.00002"]
    assert ids(stranger, "/papers?day=2026-03-19&category=cs.LG") == ["2603.00001", "2603.00002"]
    assert ids(stranger, "/papers?day=2026-03-20&kind=replace") == ["2603.00001"]
    assert ids(stranger, "/papers?day=2026-03-20&q=more+agents") == ["2603.00003"]


def test_all_papers_are_walked_through_page_by_page(stranger: Client) -> None:
    found, path = [], "/papers?limit=2"
    while path:
        response = stranger.get(path)
        body = response.json()
        found += [item["id"] for item in body["items"]]
        path = (body["next"] or "").removeprefix("http://127.0.0.1:8000")
        assert ("link" in response.headers) == bool(path)
        if path:
            assert response.headers["link"] == f'<{body["next"]}>; rel="next"'
    assert found == ["2603.00003", "2603.00002", "2603.00001"]


def test_a_page_ends_where_the_list_ends(stranger: Client) -> None:
    assert stranger.get("/papers?limit=3").json()["next"] is None
    assert stranger.get("/papers?day=2026-03-19&limit=2").json()["next"] is None
    assert stranger.get("/papers?day=2026-03-19&limit=1").json()["next"] is not None


def test_a_query_finds_papers_of_all_days_the_newest_first(runtime: Runtime, stranger: Client) -> None:
    runtime.sweep_search()
    assert ids(stranger, "/papers?q=agents") == ["2603.00003", "2603.00001"]
    assert ids(stranger, "/papers?q=agents&category=cs.RO") == ["2603.00003"]
    assert ids(stranger, "/papers?category=stat.ML") == ["2603.00002"]


def test_a_search_says_how_many_there_are_and_how_relevant_each_is(runtime: Runtime, stranger: Client) -> None:
    runtime.sweep_search()
    body = stranger.get("/search?q=agents&limit=1").json()
    assert (body["query"], body["total"], len(body["items"])) == ("agent", 2, 1)
    assert body["items"][0]["score"] > 0
    second = stranger.get(body["next"]).json()
    assert second["items"][0]["id"] != body["items"][0]["id"]
    assert second["next"] is None
    assert stranger.get("/search?q=行走").json()["items"][0]["title_zh"] == "行走的智能体"
    assert stranger.get("/search?q=knitting").json() == {"next": None, "items": [], "query": "knitting", "total": 0}


def test_papers_like_one_are_found(runtime: Runtime, stranger: Client) -> None:
    runtime.sweep_search()
    body = stranger.get("/papers/2603.00001/similar").json()
    assert "2603.00001" not in [item["id"] for item in body["items"]]
    problem(stranger.get("/papers/2603.99999/similar"), 404, "not-found")


def test_a_paper_has_its_versions_lists_trending_days_and_translations(stranger: Client) -> None:
    paper = stranger.get("/papers/2603.00001").json()
    assert (paper["version"], paper["listed_on"]) == (2, "2026-03-19")
    assert [version["version"] for version in paper["versions"]] == [1, 2]
    assert [(place["listed_on"], place["kind"]) for place in paper["places"]] == [
        ("2026-03-19", "new"),
        ("2026-03-20", "replace"),
    ]
    [trended] = paper["trending"]
    assert (trended["trending_on"], trended["rank"], trended["facts"]["upvotes"]) == ("2026-03-19", 1, 12)
    [translation] = paper["translations"]
    assert (translation["field"], translation["engine"], translation["is_shown"]) == ("title", "deepl", True)
    assert paper["links"]["page"] == "http://127.0.0.1:8000/paper/2603.00001"
    assert stranger.get("/papers/2603.00001v2").json() == paper


def test_an_old_identifier_with_its_slash_is_an_address_too(runtime: Runtime, stranger: Client) -> None:
    old = replace(make_paper(1, "Old"), arxiv_id=ArxivId("math/0601001"))
    open_day(runtime.desk, announce([old], listed_on=date(2026, 3, 18)))
    assert stranger.get("/papers/math/0601001").json()["id"] == "math/0601001"
    assert stranger.get("/papers/math%2F0601001").json()["id"] == "math/0601001"


@pytest.mark.parametrize(
    "written", ["2603.99999", "nothing", "%00", "%ED%A0%80", "2603.00001v", "9" * 59, "x" * 61, "…"]
)
def test_what_is_no_stored_paper_is_not_found(stranger: Client, written: str) -> None:
    response = stranger.get(f"/papers/{written}")
    assert response.status_code in (404, 422)
    problem(response, response.status_code, "not-found" if response.status_code == 404 else "invalid")


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("/papers?day=2026-03-21", 404, "not-found"),
        ("/papers?day=2026-13-01", 422, "invalid"),
        ("/papers?day=20260320", 422, "invalid"),
        ("/papers?day=0001-01-01", 422, "invalid"),
        ("/papers?day=%00", 422, "invalid"),
        ("/papers?limit=0", 422, "invalid"),
        ("/papers?limit=101", 422, "invalid"),
        ("/papers?limit=" + "9" * 5000, 422, "invalid"),
        ("/papers?category=cs.XX", 422, "invalid"),
        ("/papers?kind=new", 422, "invalid"),
        ("/papers?day=2026-03-20&q=(agents", 400, "bad-query"),
        ("/papers?q=agents%00", 422, "invalid"),
        ("/search?q=", 422, "invalid"),
        ("/search?q=(agents", 400, "bad-query"),
        ("/search?q=" + "a" * 600, 400, "bad-query"),
        ("/papers?cursor=forged", 400, "bad-cursor"),
        ("/papers?cursor=%00", 422, "invalid"),
        ("/papers?cursor=" + "a" * 501, 422, "invalid"),
    ],
)
def test_what_cannot_be_used_is_a_problem(stranger: Client, path: str, status: int, slug: str) -> None:
    problem(stranger.get(path), status, slug)


def test_a_cursor_is_of_one_list_and_its_filters(stranger: Client) -> None:
    cursor = stranger.get("/papers?limit=1").json()["next"].partition("cursor=")[2]
    problem(stranger.get(f"/papers?limit=1&day=2026-03-20&cursor={cursor}"), 400, "bad-cursor")
    problem(stranger.get(f"/editions?limit=1&cursor={cursor}"), 400, "bad-cursor")


def test_a_broken_query_says_where_and_how_to_mend_it(stranger: Client) -> None:
    found = problem(stranger.get("/papers?day=2026-03-20&q=(agents"), 400, "bad-query")
    assert (found["position"], found["suggestion"]) == (0, "(agents)")


def test_what_a_program_has_is_not_sent_again(stranger: Client, ann: Subscriber) -> None:
    for path in ("/papers?day=2026-03-20", "/papers/2603.00001", "/editions/2026-03-20"):
        etag = stranger.get(path).headers["etag"]
        again = stranger.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert "ratelimit" in again.headers
