"""How fast the morning goes out: ``python -m bench.mail --readers N`` compares four ways to send it, and prints JSON last.

One run measures, on the same machine, with the same papers, readers and sink: our pipeline from end to end; the same without
database and broker; the plain pipeline; and Postfix's smtp-source, which sends nothing but zeros. docs/benchmarks.md explains.
"""

import argparse
import json
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog
from sqlalchemy import create_engine, text

from bench.filling import new_postgresql
from bench.mail import bare, plain
from bench.mail.crew import Crew
from bench.mail.house import ALGORITHMS, SELECTOR, House, build_house, furnish, make_keys
from bench.mail.morning import PAPERS_A_DAY, Morning, make_up_morning, read_morning
from bench.mail.ours import Delivered, deliver
from bench.mail.report import Ratio, describe_machine, list_versions, say_rates
from bench.mail.sink import SESSIONS, Sink, run_sink, run_source
from bench.mail.watch import fit_line

PLAIN_A_ROUND = 200
BARE_A_ROUND = 3000
SOURCE_A_ROUND = 6000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is measured."""

    readers: int
    papers: int
    database: str
    key: str
    workers: int
    seed: int
    rounds: int
    is_visited: bool


@dataclass(slots=True, kw_only=True)
class Rates:
    """Messages a second of every round, and what else the rounds found."""

    plain: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    source: list[float] = field(default_factory=list)
    source_kept: list[float] = field(default_factory=list)
    octets: int = 0
    plain_octets: int = 0
    build_ms: dict[str, float] = field(default_factory=dict)
    cpu_ms: dict[str, float] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, required=True)
    parser.add_argument("--papers", type=int, default=15, help="papers in each digest")
    parser.add_argument("--db", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--key", choices=tuple(ALGORITHMS), default="rsa", help="how mails are signed")
    parser.add_argument("--workers", type=int, default=2, help="worker processes, and as many of every other pipeline")
    parser.add_argument("--data", type=Path, help="recorded papers: a folder with arxiv-cs-daily/ and bilingual/")
    parser.add_argument(
        "--day", type=int, default=PAPERS_A_DAY, help="how many papers to make up where none are recorded"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often the other ways are measured")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--web", action="store_true", help="ask for readers' pages while the mail goes out")
    parser.add_argument(
        "--fit", default="", help="only our own pipeline, for each of these numbers of readers: 1000,10000"
    )
    parser.add_argument("--folder", type=Path, help="keep databases and logs in this new folder")
    given = parser.parse_args()
    sizes = [int(size) for size in given.fit.split(",") if size]
    if len(sizes) == 1:
        parser.error("--fit needs two numbers of readers or more")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended."))  # so that nothing it started is left running
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    choice = Choice(
        readers=given.readers, papers=given.papers, database=given.db, key=given.key, workers=given.workers,
        seed=given.seed, rounds=given.rounds, is_visited=given.web,
    )  # fmt: skip
    is_recorded = given.data is not None and (given.data / "arxiv-cs-daily").is_dir()
    morning = read_morning(given.data) if is_recorded else make_up_morning(given.seed, given.day)
    print(describe_machine())
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chenbao-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        place = Place(folder, stack, choice, morning)
        print(", ".join(f"{what} {number}" for what, number in list_versions(place.new_database()).items()))
        print(f"{len(morning.announced)} {'recorded' if is_recorded else 'made up'} papers of {morning.listed_on}")
        found = grow(place, sizes) if sizes else compare(place)
    print(json.dumps(found))


class Place:
    """Where everything is measured: one sink, and a new installation for each run."""

    def __init__(self, folder: Path, stack: ExitStack, choice: Choice, morning: Morning) -> None:
        self.folder, self.choice, self.morning = folder, choice, morning
        self.sink: Sink = stack.enter_context(run_sink(folder))
        self.keys = make_keys()
        self._server = stack.enter_context(new_postgresql()) if choice.database == "postgresql" else ""
        self._runs = 0

    def new_database(self) -> str:
        """Return the URL of an empty database."""
        self._runs += 1
        if not self._server:
            return f"sqlite:///{self.folder / f'bench{self._runs}.db'}"
        server = create_engine(self._server, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE bench{self._runs}"))
        server.dispose()
        return self._server.replace("/postgres?", f"/bench{self._runs}?")

    def run(self, readers: int) -> tuple[House, Delivered]:
        """Send the morning to so many readers by our own pipeline."""
        choice, web_port = self.choice, _free_port()
        house = build_house(
            self.folder / f"home{self._runs + 1}", self.new_database(), self.morning,
            smtp_port=self.sink.port, web_port=web_port, key=choice.key, keys=self.keys,
        )  # fmt: skip
        sets = furnish(house, self.morning, readers=readers, papers=choice.papers, seed=choice.seed)
        print(
            f"{readers:,} readers, {choice.papers} papers each, of {sets} different choices, {choice.database}",
            flush=True,
        )
        return house, deliver(
            house, self.sink, readers=readers, papers=choice.papers, workers=choice.workers,
            is_visited=choice.is_visited, server_pids=self._server_pids(),
        )  # fmt: skip

    def _server_pids(self) -> list[int]:
        if not self._server:
            return []
        [folder] = parse_qs(urlsplit(self._server).query)["host"]
        return [int((Path(folder) / "postmaster.pid").read_text().split()[0])]


def compare(place: Place) -> dict[str, Any]:
    """Send the morning by every pipeline; print the medians and the ratios, and return everything as JSON values."""
    choice = place.choice
    house, delivered = place.run(choice.readers)
    rates = measure_others(place, house)
    ours, others = delivered.per_second, {name: median(getattr(rates, name)) for name in ("plain", "bare", "source")}
    ratios = [
        Ratio(name="times the plain pipeline", value=ours / others["plain"], wanted=12),
        Ratio(name=f"of smtp-source with {SESSIONS} sessions", value=ours / others["source"], wanted=0.5),
        Ratio(name="of ours without database and broker", value=ours / others["bare"], wanted=0.75),
    ]
    say(delivered, rates, ratios)
    return {
        "plain_per_second": round(others["plain"], 1),
        "ours_per_second": round(ours, 1),
        "ours_without_database_per_second": round(others["bare"], 1),
        "smtp_source_per_second": round(others["source"], 1),
        "smtp_source_kept_per_second": round(median(rates.source_kept), 1),
        "readers": choice.readers,
        "papers": choice.papers,
        "bytes_per_mail": rates.octets,
        "plain_bytes_per_mail": rates.plain_octets,
        "database": choice.database,
        "key": choice.key,
        "workers": choice.workers,
        "ours_build_ms_rsa": rates.build_ms["rsa"],
        "ours_build_ms_ed25519": rates.build_ms["ed25519"],
        "ours_build_ms_unsigned": rates.build_ms["unsigned"],
        "plain_cpu_ms": rates.cpu_ms["plain"],
        "ours_without_database_cpu_ms": rates.cpu_ms["bare"],
        **_values(delivered),
    }


def measure_others(place: Place, house: House) -> Rates:
    """Measure the other ways round by round, one after the other, so that a busy minute meets them all."""
    choice, sink, rates = place.choice, place.sink, Rates()
    runtime = house.open()
    mails = place.folder / "mails.json"
    bare.export_sample(bare.load_sample(runtime, house, min(choice.readers, bare.SAMPLE)), mails)
    runtime.database.dispose()
    signing = plain.Signing(
        selector=SELECTOR, key=plain.key_for(choice.key, place.keys[choice.key]), algorithm=ALGORITHMS[choice.key].value
    )
    with (
        Crew(plain.prepare, choice.workers, mails, signing, sink.port) as plainly,
        Crew(bare.prepare, choice.workers, house, place.keys, choice.workers) as barely,
    ):
        for number in range(1, choice.rounds + 1):
            rates.plain_octets, rates.cpu_ms["plain"] = _measure(
                plainly, min(choice.readers, PLAIN_A_ROUND), sink, rates.plain
            )
            rates.octets, rates.cpu_ms["bare"] = _measure(barely, min(choice.readers, BARE_A_ROUND), sink, rates.bare)
            sourced = min(choice.readers * 3, SOURCE_A_ROUND)
            rates.source.append(run_source(sink, count=sourced, octets=rates.octets))
            rates.source_kept.append(run_source(sink, count=sourced, octets=rates.octets, is_kept=True))
            print(f"  round {number} of {choice.rounds}", flush=True)
        for kind in ("unsigned", *ALGORITHMS):
            rates.build_ms[kind] = round(barely.round(1, kind).found / 1e6, 3)
    return rates


def _measure(crew: Crew, count: int, sink: Sink, rates: list[float]) -> tuple[int, float]:
    """Let a crew send so many mails; note how many a second; return the octets and the processor ms of each."""
    before, sunk = sink.octets, sink.count
    done = crew.round(count)
    if sink.count - sunk != count:
        sys.exit(f"{count} mails were sent, and the sink has {sink.count - sunk}.")
    rates.append(done.per_second)
    return (sink.octets - before) // count, round(done.cpu_seconds / count * 1000, 3)


def say(delivered: Delivered, rates: Rates, ratios: Sequence[Ratio]) -> None:
    found = [
        ("plain pipeline", rates.plain, f"{rates.plain_octets:,} octets a mail"),
        ("ours without database and broker", rates.bare, f"{rates.octets:,} octets a mail"),
        (f"smtp-source, {SESSIONS} sessions", rates.source, "the same size"),
        ("smtp-source -d", rates.source_kept, "the same, on kept connections"),
    ]
    print(
        f"{delivered.per_second:10,.1f} a second: ours, dispatching; {delivered.whole_per_second:,.1f} with composing"
    )
    for name, rounds, remark in found:
        print(f"{median(rounds):10,.1f} a second: {name} ({say_rates(rounds)}), {remark}")
    built = ", ".join(f"{milliseconds:.3f} ms {kind}" for kind, milliseconds in rates.build_ms.items())
    print(f"building a mail, processor time: {built}")
    used = {**rates.cpu_ms, **{f"ours, {kind}": spent for kind, spent in delivered.cpu_ms.items()}}
    print("sending a mail, processor time: " + ", ".join(f"{spent:.3f} ms {kind}" for kind, spent in used.items()))
    _say_run(delivered)
    print(*ratios, sep="\n")


def _say_run(delivered: Delivered) -> None:
    grown = delivered.grown_mib
    memory = (f"{kind} {size} ({grown.get(kind, 0):+})" for kind, size in delivered.max_rss_mib.items())
    print(f"largest process in MiB (growth while dispatching): {', '.join(memory)}")
    if delivered.line is not None:
        print(f"time over mails while dispatching: {delivered.line}")
    if delivered.web is not None:
        print(f"readers' pages meanwhile: {delivered.web}")


def grow(place: Place, sizes: Sequence[int]) -> dict[str, Any]:
    """Send the morning to ever more readers, by our own pipeline alone, and fit a line through the seconds."""
    runs = []
    for size in sizes:
        _, delivered = place.run(size)
        _say_run(delivered)
        runs.append(delivered)
    lines = {
        "compose": fit_line([(one.readers, one.compose_seconds) for one in runs]),
        "dispatch": fit_line([(one.readers, one.dispatch_seconds) for one in runs]),
    }
    for what, line in lines.items():
        print(f"{what}: {line}")
    fits = {f"{what}_{name}": value for what, line in lines.items() for name, value in _rounded(asdict(line)).items()}
    return {"runs": [_values(one) for one in runs], "database": place.choice.database, "key": place.choice.key, **fits}


def _values(delivered: Delivered) -> dict[str, Any]:
    web = asdict(delivered.web) if delivered.web is not None else {}
    return {
        "readers": delivered.readers,
        "compose_seconds": round(delivered.compose_seconds, 2),
        "dispatch_seconds": round(delivered.dispatch_seconds, 2),
        "dispatch_per_second": round(delivered.per_second, 1),
        "whole_per_second": round(delivered.whole_per_second, 1),
        "cpu_ms": {kind: round(spent, 3) for kind, spent in delivered.cpu_ms.items()},
        "max_rss_mib": dict(delivered.max_rss_mib),
        "grown_mib": dict(delivered.grown_mib),
        **({"fit_r_squared": round(delivered.line.r_squared, 5)} if delivered.line is not None else {}),
        **{f"web_{name}": round(value, 1) for name, value in web.items()},
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.6g}") for name, value in values.items()}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
