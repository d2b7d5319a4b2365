"""What hearing costs: ``python bench/feedback.py [DATABASE_URL]`` prints reports a second, parsed, recorded and judged.

Every report is about a delivery of its own, proven by its return path; a quarter each hard, soft, policy, and heard before.
The tables are dropped and made anew, so give it a database of its own.
"""

import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

from sqlmodel import SQLModel

from newsletter.clock import system_clock
from newsletter.db.engine import open_engine
from newsletter.mail.bounces import BounceClass
from newsletter.mail.intake.incoming import Source, open_mail
from newsletter.mail.intake.maildir import collect_maildir
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.tokens import Tokens
from tests.deliveries.feedback.hearing import Hearing
from tests.mail.reports import delivery_report

REPORTS = 1000
SECRET = "a secret of the benchmark"
KINDS = (BounceClass.HARD, BounceClass.SOFT, BounceClass.POLICY, None)


def main(url: str) -> None:
    """Fill a Maildir, empty it into the ledger, and print how fast that went."""
    engine = open_engine(url)
    SQLModel.metadata.drop_all(engine)
    SQLModel.metadata.create_all(engine)
    settings = load_settings(secret_key=SECRET, bounce_domain="bounces.example.org")
    runtime = Runtime(settings=settings, clock=system_clock, database=engine, tokens=Tokens(SECRET, now=system_clock))
    deliveries = Hearing(engine).mail(*(f"reader{number}" for number in range(REPORTS)))
    with tempfile.TemporaryDirectory() as name:
        maildir = Path(name)
        fill(maildir, runtime, deliveries)
        started = time.perf_counter()
        for path in maildir.glob("new/*"):
            open_mail(path.read_bytes(), Source.MAILDIR)
        parsed = time.perf_counter()
        collect_maildir(maildir, lambda raw: hear(runtime, raw), limit=REPORTS)
        heard = time.perf_counter()
    print(
        f"{engine.dialect.name}: opened {REPORTS / (parsed - started):.0f}/s, heard {REPORTS / (heard - parsed):.0f}/s"
    )
    engine.dispose()


def fill(maildir: Path, runtime: Runtime, deliveries: Mapping[str, int]) -> None:
    """Put one report for each delivery into the Maildir; every fourth is the one before it once more."""
    (maildir / "new").mkdir()
    (maildir / "cur").mkdir()
    raw = b""
    for (reader, delivery_id), kind in zip(deliveries.items(), cycle(KINDS), strict=False):
        to = runtime.return_paths.of(delivery_id)
        raw = raw if kind is None else delivery_report(f"{reader}@example.org", kind, to=to, own_id=f"<{reader}@mx>")
        (maildir / "new" / f"{delivery_id}.{reader}").write_bytes(raw)


def hear(runtime: Runtime, raw: bytes) -> None:
    """Record one report, as a worker does."""
    runtime.hear(open_mail(raw, Source.MAILDIR))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(folder) / 'bench.db'}")
