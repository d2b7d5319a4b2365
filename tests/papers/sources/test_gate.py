"""arXiv is asked one thing at a time, with a pause, by all processes of this host together."""

import gzip
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from newsletter import __version__
from newsletter.errors import NoConnectionError, SettingsError, SourceError
from newsletter.papers.sources.gate import MAX_BODY_BYTES, open_session, polite_session
from newsletter.settings import Settings
from tests.conftest import NOON, StandIn
from tests.papers.peer import Peer, Reply

INTERVAL = 3.0


@dataclass(slots=True)
class FakeTime:
    """A wall clock that only sleeping (and whoever sets it) moves."""

    now: float = 1_774_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds

    def read(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
def make(tmp_path: Path, clock: FakeTime) -> Callable[[], requests.Session]:
    """Open sessions of one gate, as several processes of one host would."""

    def opened() -> requests.Session:
        return polite_session(
            folder=tmp_path,
            interval_seconds=INTERVAL,
            timeout_seconds=20,
            contact="editor@example.org",
            sleep=clock.sleep,
            wall_clock=clock.read,
        )

    return opened


def ask_some(url: str, folder: Path, interval: float, count: int) -> None:
    session = polite_session(folder=folder, interval_seconds=interval, timeout_seconds=20, contact="editor@example.org")
    for _ in range(count):
        session.get(url)


def run_processes(number: int, *arguments: object) -> list[int | None]:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=ask_some, args=arguments) for _ in range(number)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


def test_requests_say_who_we_are_and_what_we_take(peer: Peer, make: Callable[[], requests.Session]) -> None:
    peer.on("/", b"hello")
    # even when the caller names somebody else, as a library under it may
    assert make().get(peer.url, headers={"user-agent": "somebody/1.0"}).content == b"hello"
    [request] = peer.requests
    assert request.headers["user-agent"] == f"Chenbao/{__version__} (+mailto:editor@example.org)"
    assert all(kind in request.headers["accept"] for kind in ("application/atom+xml", "text/html", "*/*"))


def test_a_contact_cannot_smuggle_in_a_header(peer: Peer, tmp_path: Path) -> None:
    peer.on("/", b"hello")
    contact = "ed\r\nX-Evil: 1 编辑@example.org"
    polite_session(folder=tmp_path, interval_seconds=0, timeout_seconds=20, contact=contact).get(peer.url)
    assert "x-evil" not in peer.requests[0].headers


def test_the_contact_falls_back_to_the_sender_of_the_mail(tmp_path: Path) -> None:
    session = open_session(Settings(home=tmp_path, mail_from="Morning <paper@example.org>"))
    assert "+mailto:paper@example.org)" in str(session.headers["User-Agent"])


def test_the_first_request_does_not_wait(peer: Peer, make: Callable[[], requests.Session], clock: FakeTime) -> None:
    peer.on("/", b"hello")
    make().get(peer.url)
    assert clock.slept == []


def test_the_interval_counts_from_the_end_of_the_last_request(
    peer: Peer, make: Callable[[], requests.Session], clock: FakeTime
) -> None:
    def slow(_path: str) -> Reply:
        clock.now += 10  # the answer takes longer than the interval
        return Reply(body=b"hello")

    peer.answer = slow
    session = make()
    session.get(peer.url)
    clock.now += 1
    session.get(peer.url)
    assert clock.slept == [INTERVAL - 1]


def test_the_interval_holds_across_processes_and_restarts(
    peer: Peer, make: Callable[[], requests.Session], clock: FakeTime
) -> None:
    peer.on("/", b"hello")
    make().get(peer.url)
    make().get(peer.url)
    assert clock.slept == [INTERVAL]


def test_a_clock_set_back_costs_one_interval_and_no_more(
    peer: Peer, make: Callable[[], requests.Session], clock: FakeTime
) -> None:
    peer.on("/", b"hello")
    make().get(peer.url)
    clock.now -= 86_400
    make().get(peer.url)
    assert clock.slept == [INTERVAL]


def test_a_redirect_is_a_request_of_its_own(peer: Peer, make: Callable[[], requests.Session], clock: FakeTime) -> None:
    peer.on("/old", Reply(status=301, headers={"Location": "/new"}))
    peer.on("/new", b"hello")
    assert make().get(f"{peer.url}/old").content == b"hello"
    assert clock.slept == [INTERVAL]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_holds_every_process_back(
    peer: Peer, make: Callable[[], requests.Session], clock: FakeTime, form: str
) -> None:
    clock.now = NOON.timestamp()
    later = format_datetime(NOON.replace(second=20), usegmt=True)
    peer.on("/list", Reply(status=503, headers={"Retry-After": "20" if form == "seconds" else later}), b"hello")
    assert make().get(f"{peer.url}/list").status_code == 503
    assert make().get(f"{peer.url}/list").status_code == 200
    assert clock.slept == [20]


def test_one_service_that_is_down_does_not_hold_back_the_others(
    peer: Peer, make: Callable[[], requests.Session], clock: FakeTime
) -> None:
    peer.on("/list", Reply(status=503, headers={"Retry-After": "50"}))
    peer.on("/atom", b"hello")
    make().get(f"{peer.url}/list/cs")
    make().get(f"{peer.url}/atom/cs")
    assert clock.slept == [INTERVAL]


@pytest.mark.parametrize("refusal", [Reply(status=429, headers={"Retry-After": "50"}), Reply(body=b"Rate exceeded.\n")])
def test_asking_too_fast_holds_everything_back(
    peer: Peer, make: Callable[[], requests.Session], clock: FakeTime, refusal: Reply
) -> None:
    peer.on("/list", refusal)
    peer.on("/atom", b"hello")
    make().get(f"{peer.url}/list/cs")
    make().get(f"{peer.url}/atom/cs")
    assert clock.slept == [50 if refusal.headers else 2 * INTERVAL]


def test_failures_in_a_row_wait_twice_as_long_each_time_until_one_succeeds(
    peer: Peer, make: Callable[[], requests.Session], clock: FakeTime
) -> None:
    down = Reply(status=500)
    peer.on("/", down, down, b"hello", down, b"hello")
    for _ in range(5):
        make().get(peer.url)
    assert clock.slept == [2 * INTERVAL, 4 * INTERVAL, INTERVAL, 2 * INTERVAL]


def test_a_long_retry_after_is_an_error_and_not_a_long_wait(
    peer: Peer, make: Callable[[], requests.Session], clock: FakeTime
) -> None:
    peer.on("/", Reply(status=503, headers={"Retry-After": "600"}))
    make().get(peer.url)
    with pytest.raises(SourceError) as caught:
        make().get(peer.url)
    assert caught.value.retryable
    assert caught.value.retry_after_seconds == 600
    assert len(peer.requests) == 1
    assert clock.slept == []


def test_a_reset_is_retryable_and_backs_off(peer: Peer, make: Callable[[], requests.Session], clock: FakeTime) -> None:
    peer.on("/", Reply(resets=True), b"hello")
    with pytest.raises(SourceError, match="No whole answer") as caught:
        make().get(peer.url)
    assert caught.value.retryable
    assert make().get(peer.url).content == b"hello"
    assert clock.slept == [2 * INTERVAL]


def test_a_body_that_is_cut_off_is_retryable(peer: Peer, http: requests.Session) -> None:
    peer.on("/", Reply(body=b"half of it", length=20))
    with pytest.raises(SourceError, match="No whole answer") as caught:
        http.get(peer.url)
    assert caught.value.retryable


def test_nobody_listening_is_retryable_says_what_to_check_and_costs_no_back_off(
    make: Callable[[], requests.Session], clock: FakeTime
) -> None:
    for _ in range(3):
        with pytest.raises(NoConnectionError, match=r"Connection refused\. Check the network") as caught:
            make().get("http://127.0.0.1:1/list")
        assert caught.value.retryable
    assert clock.slept == [INTERVAL, INTERVAL]


def test_a_host_without_an_address_is_no_connection_either(http: requests.Session) -> None:
    with pytest.raises(NoConnectionError):
        http.get("http://nowhere.invalid/list")


@pytest.mark.parametrize("drip_seconds", [0.02, 30.0])
def test_neither_silence_nor_a_dripping_body_lasts_for_ever(peer: Peer, tmp_path: Path, drip_seconds: float) -> None:
    peer.on("/", Reply(length=10_000_000, drip_seconds=drip_seconds))
    session = polite_session(folder=tmp_path, interval_seconds=0, timeout_seconds=0.15, contact="editor@example.org")
    with pytest.raises(SourceError, match="no answer in time") as caught:
        session.get(peer.url)
    assert caught.value.retryable


def test_a_body_that_swells_without_end_is_refused(peer: Peer, http: requests.Session) -> None:
    bomb = gzip.compress(bytes(MAX_BODY_BYTES + 1), 1)
    peer.on("/", Reply(body=bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(SourceError, match="too large"):
        http.get(peer.url)


def test_a_packed_body_comes_unpacked(peer: Peer, http: requests.Session) -> None:
    peer.on("/", Reply(body=gzip.compress(b"hello " * 100), headers={"Content-Encoding": "gzip"}))
    assert http.get(peer.url).content == b"hello " * 100


def test_a_spoilt_memory_keeps_the_interval_and_heals(
    peer: Peer, make: Callable[[], requests.Session], clock: FakeTime, tmp_path: Path
) -> None:
    peer.on("/", b"hello")
    (tmp_path / "arxiv-gate.json").write_text('{"last_at": 17')
    make().get(peer.url)
    make().get(peer.url)
    assert clock.slept == [INTERVAL, INTERVAL]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="NEWSLETTER_HOME"):
        polite_session(
            folder=tmp_path / "file" / "home", interval_seconds=3, timeout_seconds=20, contact="a@example.org"
        )


def test_a_process_that_dies_in_the_middle_of_a_request_does_not_block_the_others(peer: Peer, tmp_path: Path) -> None:
    peer.on("/hang", Reply(length=10_000_000, drip_seconds=0.01))
    peer.on("/", b"hello")
    process = multiprocessing.get_context("spawn").Process(target=ask_some, args=(f"{peer.url}/hang", tmp_path, 0, 1))
    process.start()
    while not peer.requests:
        process.join(0.01)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    ask_some(peer.url, tmp_path, 0, 1)
    assert len(peer.requests) == 2


def test_three_processes_at_once_ask_one_after_the_other(peer: Peer, tmp_path: Path) -> None:
    peer.on("/", b"hello")
    assert run_processes(3, peer.url, tmp_path, 0.15, 3) == [0, 0, 0]
    times = sorted(request.started_at for request in peer.requests)
    assert len(times) == 9
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.15
    assert max(request.parallel for request in peer.requests) == 1


@pytest.mark.standin
def test_the_recorded_service_sees_three_processes_as_one_polite_client(standin: StandIn, tmp_path: Path) -> None:
    requests.delete(f"{standin.url}/_log", timeout=10)
    assert run_processes(3, f"{standin.url}/list/cs.RO/new", tmp_path, 0.3, 2) == [0, 0, 0]
    seen = standin.stats()["arxiv"]
    assert seen["requests"] == 6
    assert seen["max_parallel"] == 1
    assert seen["min_gap_seconds"] >= 0.3
