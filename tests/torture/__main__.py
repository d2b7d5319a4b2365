"""Run schedules: ``python -m tests.torture --schedules 1000 --seed 1 --database sqlite``; see `make torture`."""

import argparse
import json
import multiprocessing
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import typer

from tests.torture.forge import Forge
from tests.torture.grounds import open_ground
from tests.torture.judge import Fault
from tests.torture.roles import warm_up
from tests.torture.run import Outcome, Workshop, run_schedule
from tests.torture.sabotage import SABOTAGES
from tests.torture.schedule import draw

_REPORT_EVERY = 50
Job = tuple[int, str]
"""A seed, and the bug that is put in."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the schedules and print what they came to; the last line is JSON."""
    asked = _parser().parse_args(arguments)
    _end_on_terminate()
    bugs = sorted(set(SABOTAGES) - {"none"}) if asked.sabotage == "each" else [asked.sabotage]
    jobs = [(asked.seed + number, bug) for bug in bugs for number in range(asked.schedules)]
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user when root starts it
    warm_up(folder / "warm")
    began = time.monotonic()
    outcomes: list[Outcome] = []
    for outcome in _run(jobs, kind=asked.database, slots=asked.slots, folder=folder):
        outcomes.append(outcome)
        _tell(outcome)
        if len(outcomes) % _REPORT_EVERY == 0:
            passed = time.monotonic() - began
            typer.echo(f"{len(outcomes)} of {len(jobs)} after {passed:.0f} s", err=True)
    passed = time.monotonic() - began
    typer.echo(f"seeds from {asked.seed} on {asked.database}: {passed:.0f} s with {asked.slots} at once")
    typer.echo(json.dumps(summarize(outcomes)))
    is_green = len(outcomes) == len(jobs) and all(outcome.is_green for outcome in outcomes)
    if is_green:
        shutil.rmtree(folder)
    return 0 if is_green else 1


def summarize(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Return the seven figures."""
    found = list(outcomes)

    def count(fault: Fault) -> int:
        return sum(outcome.judgement.count(fault) for outcome in found)

    return {
        "schedules": len(found),
        "kills": sum(outcome.kills for outcome in found),
        "lost": count(Fault.LOST),
        "duplicates": count(Fault.DUPLICATE),
        "uncertain": sum(outcome.judgement.uncertain for outcome in found),
        "wrong_uncertain": count(Fault.WRONG_UNCERTAIN),
        "without_reason": count(Fault.WITHOUT_REASON),
    }


def _run(jobs: Sequence[Job], *, kind: str, slots: int, folder: Path) -> Iterator[Outcome]:
    """Yield outcomes as they come; slot k runs every k-th job, in a process and on a ground of its own."""
    tls = make_certificate(folder)
    context = multiprocessing.get_context("fork")
    readers: list[Connection] = []
    for slot in range(min(slots, len(jobs))):
        reader, writer = context.Pipe(duplex=False)
        place = folder / f"slot-{slot}"
        options = (jobs[slot::slots], kind, place, tls, writer)
        context.Process(target=_work, args=options, daemon=True).start()
        writer.close()
        readers.append(reader)
    while readers:
        ready = multiprocessing.connection.wait(readers)
        for reader in [reader for reader in readers if reader in ready]:
            try:
                yield reader.recv()
            except EOFError:
                readers.remove(reader)


def _work(jobs: Sequence[Job], kind: str, folder: Path, tls: Path, results: Connection) -> None:
    """Be one slot."""
    forge = Forge()
    _end_on_terminate()
    ground_folder = folder / "ground"
    ground_folder.mkdir(parents=True)
    try:
        with open_ground(kind, ground_folder) as ground:
            shop = Workshop(ground=ground, forge=forge, folder=folder, tls=tls)
            for seed, sabotage in jobs:
                results.send(run_schedule(seed, shop, sabotage))
    finally:
        forge.close()
        shutil.rmtree(ground_folder, ignore_errors=True)


def _end_on_terminate() -> None:
    """Let a SIGTERM stop what was started, a database server among it, on the way out."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def make_certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1, signed by itself, with its key in the same file."""
    chain, key = folder / "chain.pem", folder / "key.pem"
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=relay"
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(chain)]
    subprocess.run(["openssl", *command.split(), *files], check=True, capture_output=True, timeout=60)
    with chain.open("ab") as file:
        file.write(key.read_bytes())
    return chain


def _tell(outcome: Outcome) -> None:
    if outcome.is_green:
        return
    if outcome.sabotage != "none":
        typer.echo(f"with {outcome.sabotage}:")
    typer.echo(str(draw(outcome.seed)))
    for finding in outcome.judgement.findings:
        typer.echo(f"  {finding.fault}: {finding.recipient}: {finding.text}")
    for trouble in outcome.trouble:
        typer.echo(f"  {trouble}")
    typer.echo(f"  see {outcome.folder}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--schedules", type=int, default=20, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="of the first; the next has the next number")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--slots", type=int, default=3, help="how many at once")
    parser.add_argument("--sabotage", choices=(*SABOTAGES, "each"), default="none", help="a bug put in")
    return parser


if __name__ == "__main__":
    sys.exit(main())
