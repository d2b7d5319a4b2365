"""Send one edition from two hosts, cut one of them off, and measure what the second one brings: ``python -m tests.hosts``."""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.hosts.ground import Relay, Server, open_broker, open_postgresql, open_relay
from tests.hosts.house import House
from tests.hosts.network import Network, open_network, why_impossible

HOSTS = ("north", "south")
_SEND_SECONDS = 600.0
_TICK_SECONDS = 2.0
_BEAT_SECONDS = 45.0  # a wake-up call is forgotten after 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What there is on the bridge."""

    network: Network
    server: Server
    broker_url: str
    relay: Relay
    folder: Path

    @contextmanager
    def house(self, readers: int) -> Iterator[House]:
        """Open a house of its own, with so many readers."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        smtp_url = f"smtp://{self.network.address}:{self.relay.port}"
        self.relay.letters.clear()
        with House(
            database_url=self.server.new_database(),
            broker_url=self.broker_url,
            smtp_url=smtp_url,
            folder=folder,
            readers=readers,
        ) as found:
            yield found


def share(ground: Ground, readers: int) -> dict[str, int]:
    """Let both hosts send one edition; returns how many mails came from each. Raises AssertionError."""
    with ground.house(readers) as house:
        for host in ground.network.hosts:
            house.start_worker(host)
        house.wait_until_ready()
        house.wake()
        house.wait_until(lambda: house.states()["accepted"] == readers, _SEND_SECONDS, tick_seconds=_TICK_SECONDS)
        _judge(ground, house, doubtful=0)
        shares = _shares(ground)
        assert all(shares.values()), f"one host sent nothing: {shares}"
        return shares


def cut_off(ground: Ground, readers: int) -> dict[str, int]:
    """Cut one host off in the middle; the other one ends the edition. Raises AssertionError."""
    lost = ground.network.hosts[1]
    with ground.house(readers) as house:
        for host in ground.network.hosts:
            house.start_worker(host)
        house.wait_until_ready()
        house.wake()
        house.wait_until(lambda: _shares(ground)[lost.name] >= readers // 10, _SEND_SECONDS)
        lost.pull_the_plug()
        before = _shares(ground)
        house.wait_until(lambda: not _is_under_way(house), _SEND_SECONDS, tick_seconds=_TICK_SECONDS)
        house.call_it_a_day()
        doubtful = house.states()["uncertain"]
        _judge(ground, house, doubtful=doubtful)
        after = _shares(ground)
        assert after[lost.name] == before[lost.name] < readers
        return {**after, "uncertain": doubtful}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast mails are built and signed, and what the workers' processors took for each."""

    per_second: float
    cpu_milliseconds: float


def measure(ground: Ground, readers: int, workers: int) -> Pace:
    """Return how fast so many hosts, each with a core, build, sign and record mails that nobody takes."""
    with ground.house(readers) as house:
        for core, host in enumerate(ground.network.hosts[:workers]):
            house.start_worker(host, is_discarding=True, core=core)
        house.wait_until_ready()
        cpu, began_at = house.cpu_seconds(), time.monotonic()
        house.wake()
        house.wait_until(lambda: house.states()["accepted"] == readers, _SEND_SECONDS, tick_seconds=_BEAT_SECONDS)
        seconds, cpu_seconds = time.monotonic() - began_at, house.cpu_seconds() - cpu
        return Pace(per_second=readers / seconds, cpu_milliseconds=1000 * cpu_seconds / readers)


def _is_under_way(house: House) -> bool:
    """Tell whether anything waits, or is being sent without the mark that leaves its fate open."""
    states = house.states()
    return bool(states["queued"] or states["deferred"]) or states["sending"] > house.count_marked()


def _shares(ground: Ground) -> dict[str, int]:
    counts = Counter(letter.host for letter in list(ground.relay.letters))
    return {host.name: counts[host.address] for host in ground.network.hosts}


def _judge(ground: Ground, house: House, *, doubtful: int) -> None:
    """Compare the relay's record with the ledger: nothing twice, nothing lost."""
    seen = Counter(letter.message_id for letter in ground.relay.letters)
    assert max(seen.values()) == 1, f"sent twice: {[found for found, times in seen.items() if times > 1][:5]}"
    accepted = house.accepted()
    assert accepted <= set(seen), "the ledger has mails that the relay has not"
    assert len(accepted) + doubtful == house.readers, house.states()


def _run(ground: Ground, readers: int, measured: int) -> dict[str, Any]:
    found: dict[str, Any] = {"shares": share(ground, readers)}
    _say(f"{readers} mails, each once: {found['shares']}")
    if measured:
        one, two = (measure(ground, measured, workers) for workers in (1, 2))
        speed_up = two.per_second / one.per_second
        found |= {"one": asdict(one), "two": asdict(two), "speed_up": speed_up}
        _say(
            f"Built and signed: one host {one.per_second:.0f} a second, two {two.per_second:.0f}: {speed_up:.2f} times as many"
        )
        _say(f"Processor time a mail: {one.cpu_milliseconds:.2f} ms and {two.cpu_milliseconds:.2f} ms")
    found["cut_off"] = cut_off(ground, readers)  # last: the plug stays pulled
    _say(f"{HOSTS[1]} cut off in the middle: {found['cut_off']}")
    return found


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.hosts", description=__doc__)
    parser.add_argument("--readers", type=int, default=1000, help="of the edition that two hosts share")
    parser.add_argument(
        "--measured", type=int, default=8000, help="of the edition that is built and signed; 0: do not measure"
    )
    return parser


def main() -> int:
    """Run everything and print what came of it; the last line is JSON."""
    arguments = _parser().parse_args()
    if reason := why_impossible():
        _say(f"Skipped: {reason}.")
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="chenbao-hosts-") as folder,
        open_network(HOSTS) as network,
        open_postgresql(network.address) as server,
        open_broker(network.address, Path(folder)) as broker_url,
        open_relay(network.address) as relay,
    ):
        ground = Ground(network=network, server=server, broker_url=broker_url, relay=relay, folder=Path(folder))
        _say(json.dumps(_run(ground, arguments.readers, arguments.measured)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
