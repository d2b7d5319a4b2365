"""Hugging Face and arXiv are asked side by side, and neither waits for the other."""

import pytest

from newsletter.errors import SourceError
from newsletter.papers.sources.gate import open_session
from newsletter.papers.sources.huggingface import fetch_trending
from newsletter.papers.sources.listing import fetch_listing
from newsletter.settings import Settings
from tests.papers.pages import FRIDAY, entries, listing_page
from tests.papers.peer import Peer, Reply, settings_for
from tests.papers.sources.daily_papers import PATH, entry, page_of

LIST_PATH = "/list/cs/new"


@pytest.fixture
def shared_host(peer: Peer) -> Settings:
    """Settings of a rehearsal: one host plays arXiv and Hugging Face, each as it is told."""
    return settings_for(peer.url).model_copy(update={"huggingface_url": peer.url})


def test_a_refusal_holds_hugging_face_back_and_not_arxiv(peer: Peer, shared_host: Settings) -> None:
    peer.on(PATH, Reply(status=429, headers={"Retry-After": "600"}))
    peer.on(LIST_PATH, listing_page(entries(2)))
    with open_session(shared_host) as session:
        for _ in range(2):
            with pytest.raises(SourceError) as caught:
                fetch_trending(session, peer.url, FRIDAY)
            assert caught.value.retry_after_seconds == pytest.approx(600, abs=5)
        assert len(fetch_listing(session, peer.url, "cs").announced) == 2
    assert [path.partition("?")[0] for path in peer.paths()] == [PATH, LIST_PATH]


def test_arxivs_refusal_does_not_hold_hugging_face_back(peer: Peer, shared_host: Settings) -> None:
    peer.on(LIST_PATH, Reply(status=429, headers={"Retry-After": "600"}))
    peer.on(PATH, page_of([entry()]))
    with open_session(shared_host) as session:
        with pytest.raises(SourceError):
            fetch_listing(session, peer.url, "cs")
        assert len(fetch_trending(session, peer.url, FRIDAY).papers) == 1


def test_asking_hugging_face_takes_no_turn_of_arxivs_and_says_who_asks(peer: Peer, shared_host: Settings) -> None:
    peer.on(PATH, page_of([entry()]))
    with open_session(shared_host) as session:
        fetch_trending(session, peer.url, FRIDAY)
    assert [path.name for path in shared_host.home.iterdir()] == ["huggingface-gate.json"]
    assert peer.requests[0].headers["user-agent"].startswith("Chenbao/")


def test_a_service_that_never_ends_its_answer_does_not_keep_us_for_ever(peer: Peer, shared_host: Settings) -> None:
    peer.on(PATH, Reply(length=10_000_000, drip_seconds=0.02))
    with (
        open_session(shared_host.model_copy(update={"arxiv_timeout_seconds": 0.1})) as session,
        pytest.raises(SourceError, match=r"no answer in time.*NEWSLETTER_HUGGINGFACE_URL") as caught,
    ):
        fetch_trending(session, peer.url, FRIDAY)
    assert caught.value.retryable
