"""Editions say how whole they are; days say what trended."""

import pytest

from tests.web.api.conftest import Client, problem

pytestmark = pytest.mark.usefixtures("ann")


def test_editions_are_listed_the_newest_first(stranger: Client) -> None:
    body = stranger.get("/editions?limit=1").json()
    assert [(item["day"], item["paper_count"]) for item in body["items"]] == [("2026-03-20", 2)]
    body = stranger.get(body["next"]).json()
    assert [item["day"] for item in body["items"]] == ["2026-03-19"]
    assert body["next"] is None


def test_an_edition_has_the_ledgers_judgement_and_its_papers_by_kind(stranger: Client) -> None:
    response = stranger.get("/editions/2026-03-20")
    edition = response.json()
    [judged] = edition["lists"]
    assert (judged["category"], judged["judgement"], judged["missing_count"]) == ("cs", "complete", 0)
    assert edition["kinds"] == {"new": 1, "cross": 0, "replace": 1}
    assert edition["announced_at"] == "2026-03-20T00:00:00Z"
    assert edition["links"]["feed"] == "http://127.0.0.1:8000/day/2026-03-20/feed.atom"
    assert response.headers["cache-control"] == "public, max-age=86400"


@pytest.mark.parametrize("day", ["2026-03-21", "1999-01-01"])
def test_a_day_without_edition_is_not_found(stranger: Client, day: str) -> None:
    problem(stranger.get(f"/editions/{day}"), 404, "not-found")


def test_a_days_trending_papers_come_with_their_numbers(stranger: Client) -> None:
    assert stranger.get("/trending").json() == {"next": None, "items": ["2026-03-19"]}
    [found] = stranger.get("/trending/2026-03-19").json()["items"]
    assert (found["rank"], found["paper"]["title_zh"]) == (1, "行走的智能体")
    assert found["facts"] == {
        "upvotes": 12,
        "comments": 3,
        "organisation": "Walkers",
        "code_url": "https://github.com/walkers/walk",
        "stars": 99,
        "page": "https://huggingface.co/papers/2603.00001",
    }
    problem(stranger.get("/trending/2026-03-18"), 404, "not-found")
