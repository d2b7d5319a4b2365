"""The days that Hugging Face really sent are read whole, and the recorded service is read as the real one."""

import json
import lzma
from datetime import date
from pathlib import Path

import pytest
import requests

from newsletter.errors import SourceError
from newsletter.papers.sources import huggingface
from newsletter.papers.sources.huggingface import TrendingDay, fetch_trending, parse_trending
from tests.conftest import SHARED, StandIn
from tests.papers.sources.daily_papers import PATH

RECORDED = SHARED / "data" / "hf-daily-papers"
SATURDAY = date(2026, 3, 21)


def recorded_days() -> list[Path]:
    found = sorted(RECORDED.glob("*.json.xz"))
    if not found:
        pytest.skip("the recorded daily papers (../shared/data) are not beside this checkout")
    return found


def test_every_recorded_day_is_read_whole() -> None:
    for path in recorded_days():
        body = lzma.decompress(path.read_bytes())
        found = parse_trending(body, date.fromisoformat(path.name[:10]))
        sent = {item["paper"]["id"]: item["paper"] for item in json.loads(body)}
        assert {item.arxiv_id for item in found.papers} == set(sent)
        assert len(found.papers) == len(sent)
        assert found.skipped == ()
        for item in found.papers:
            assert item.upvotes == sent[item.arxiv_id]["upvotes"]
            assert item.stars is None or item.stars == sent[item.arxiv_id]["githubStars"]
            assert "\\" not in item.paper.title
            assert item.paper.authors
            assert item.paper.abstract


@pytest.mark.standin
def test_the_recorded_service_gives_a_day_page_by_page(
    standin: StandIn, http: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fetch_trending(http, standin.url, date(2026, 3, 19))
    monkeypatch.setattr(huggingface, "PAGE_SIZE", 10)
    assert len(whole.papers) > 10
    assert fetch_trending(http, standin.url, date(2026, 3, 19)) == whole


@pytest.mark.standin
def test_the_recorded_service_has_nothing_at_weekends(standin: StandIn, http: requests.Session) -> None:
    standin.control(now="2026-03-22T12:00+00:00")
    assert fetch_trending(http, standin.url, SATURDAY) == TrendingDay(day=SATURDAY, papers=(), skipped=())


@pytest.mark.standin
def test_the_recorded_service_in_trouble_says_so(standin: StandIn, http: requests.Session) -> None:
    standin.control(faults=[{"match": PATH, "kind": "truncate", "bytes": 700, "clean": True}])
    with pytest.raises(SourceError, match="not a whole json document") as caught:
        fetch_trending(http, standin.url, date(2026, 3, 19))
    assert caught.value.retryable
