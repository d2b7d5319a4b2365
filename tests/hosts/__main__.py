"""Send one edition from two hosts, cut one of them off, and measure what the second one brings: ``python -m tests.hosts``."""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from tests.hosts.ground import Relay, Server, open_broker, open_postgresql, open_relay
from tests.hosts.house import House
from tests.hosts.network import Network, open_network, why_impossible
from tests.hosts.shares import open_share
from tests.hosts.shares import why_impossible as why_no_shares

HOSTS = ("north", "south")
SIZES = {"whole": 1.0, "partial": 0.6}
"""What hosts are measured with: the second size leaves PostgreSQL most of a core, as if it had a machine of its own."""
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

    @contextlib.contextmanager
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


def measure(ground: Ground, readers: int, workers: int, cores: float) -> Pace:
    """Return how fast so many hosts build, sign and record mails that nobody takes.

    Each has so much of a core, and a core to itself where that is a whole one.
    """
    with contextlib.ExitStack() as undo:
        is_shared = cores < 1
        shares = [
            undo.enter_context(open_share(host.namespace, cores)) if is_shared else None
            for host in ground.network.hosts
        ]
        house = undo.enter_context(ground.house(readers))
        for core, host in enumerate(ground.network.hosts[:workers]):
            house.start_worker(host, is_discarding=True, core=None if is_shared else core, share=shares[core])
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
        found |= _measure_each(ground, measured)
    found["cut_off"] = cut_off(ground, readers)  # last: the plug stays pulled
    _say(f"{HOSTS[1]} cut off in the middle: {found['cut_off']}")
    return found


def _measure_each(ground: Ground, measured: int) -> dict[str, Any]:
    """Measure hosts of two sizes: a whole core, so that two leave none to what they share, and less than that."""
    found: dict[str, Any] = {}
    for name, cores in SIZES.items():
        if cores < 1 and (reason := why_no_shares()):
            _say(f"Hosts of {cores} of a core: not measured, since {reason}.")
            continue
        paces: dict[int, list[Pace]] = {1: [], 2: []}
        for workers in (1, 2, 2, 1):  # so that a slow minute of the machine meets both
            paces[workers].append(measure(ground, measured, workers, cores))
        one, two = (fmean(pace.per_second for pace in each) for each in paces.values())
        costs = [fmean(pace.cpu_milliseconds for pace in each) for each in paces.values()]
        rounds = {str(workers): [round(pace.per_second) for pace in each] for workers, each in paces.items()}
        found[name] = {
            "cores": cores,
            "per_second": rounds,
            "cpu_milliseconds": costs,
            "speed_up": two / one,
        }
        _say(
            f"Built and signed with {cores} of a core each: one host {one:.0f} a second, two {two:.0f}: "
            f"{two / one:.2f} times as many; processor time a mail {costs[0]:.2f} ms and {costs[1]:.2f} ms"
        )
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
