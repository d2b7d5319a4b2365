"""Who asks too often waits; all web processes count together, and each alone while they cannot."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from newsletter.embedded.broker import broker_url, prepare_valkey, valkey_command, wait_until_ready
from newsletter.settings import Settings, load_settings
from newsletter.web.limits import Limiter, Policy, network_name

KEY = "a secret of the tests"
THREE = Policy(name="three", quota=3, within=timedelta(hours=1))


@pytest.fixture
def settings() -> Settings:
    return load_settings(secret_key=KEY)


@pytest.fixture
def broker(settings: Settings) -> Iterator[str]:
    home: Path = settings.home
    prepare_valkey(home)
    process = subprocess.Popen(valkey_command(home), stdout=subprocess.DEVNULL)
    url = broker_url(settings)
    wait_until_ready(url, 10)
    yield url
    process.terminate()
    process.wait(10)


def admitted(limiter: Limiter, who: str, times: int) -> list[bool]:
    return [limiter.take(THREE, who).is_admitted for _ in range(times)]


def test_processes_count_together_in_the_shared_valkey(broker: str) -> None:
    one, other = Limiter(broker, KEY), Limiter(broker, KEY)
    assert admitted(one, "ann", 2) == [True, True]
    assert admitted(other, "ann", 2) == [True, False]
    assert admitted(one, "bo", 1) == [True]


def test_who_asks_is_nowhere_to_be_read(broker: str, settings: Settings) -> None:
    Limiter(broker, KEY).take(THREE, "network:192.0.2.7")
    log = (settings.home / "valkey").rglob("*")
    assert not any(b"192.0.2.7" in path.read_bytes() for path in log if path.is_file())


def test_without_the_valkey_each_process_counts_alone_and_says_so_once(settings: Settings) -> None:
    limiter = Limiter(broker_url(settings), KEY)
    with capture_logs() as lines:
        assert admitted(limiter, "ann", 4) == [True, True, True, False]
    assert [line["event"] for line in lines] == ["limits_counted_alone"]


def test_a_valkey_that_was_away_is_tried_again(settings: Settings) -> None:
    now = 0.0
    limiter = Limiter(broker_url(settings), KEY, monotonic=lambda: now)
    limiter.take(THREE, "ann")
    prepare_valkey(settings.home)
    process = subprocess.Popen(valkey_command(settings.home), stdout=subprocess.DEVNULL)
    wait_until_ready(broker_url(settings), 10)
    assert limiter.take(THREE, "ann").remaining == 1  # still alone
    now = 60.0
    assert limiter.take(THREE, "ann").remaining == 2
    process.terminate()
    process.wait(10)


def test_headers_say_what_is_left_and_how_long_to_wait(settings: Settings) -> None:
    limiter = Limiter(broker_url(settings), KEY)
    first = limiter.take(THREE, "ann").headers
    assert first["RateLimit-Policy"] == '"three";q=3;w=3600'
    assert first["RateLimit"].startswith('"three";r=2;t=')
    assert "Retry-After" not in first
    admitted(limiter, "ann", 3)
    last = limiter.take(THREE, "ann").headers
    assert last["RateLimit"].startswith('"three";r=0;t=')
    assert 1 <= int(last["Retry-After"]) <= 3600


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "network:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "network:2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "network:192.0.2.7"),
        ("", "network:unknown"),
    ],
)
def test_a_household_counts_as_one(address: str, name: str) -> None:
    assert network_name(address) == name
