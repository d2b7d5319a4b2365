"""One newsletter with a day to send, whose workers are on several hosts."""

import math
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from unittest import mock

import psutil
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlmodel import col, func, select

from newsletter.db.engine import open_engine, reading, transaction
from newsletter.db.migrate import migrate
from newsletter.deliveries.sweep import sweep
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.sign_up import parse_keywords
from newsletter.runtime import Runtime, open_runtime
from newsletter.settings import load_settings
from newsletter.subscribers.bulk_store import Newcomer, add_many
from newsletter.subscribers.subscriber import Preferences
from tests.factories import FRIDAY, MORNING, announce, make_desk, make_paper, open_day
from tests.hosts.network import Host

PAPERS = 15
LEASE_SECONDS = 10
BATCH = 100
_CELERY = ("--pool", "threads", "--loglevel", "INFO", "--without-gossip", "--without-mingle")
_LOOK_SECONDS = 0.5
_READY_SECONDS = 60.0


class House:
    """The newsletter: a database with an edition that is composed, and workers who wait to be woken.

    A context manager, which ends its workers.
    """

    def __init__(self, *, database_url: str, broker_url: str, smtp_url: str, folder: Path, readers: int) -> None:
        self.readers = readers
        self._folder = folder
        self._environment = _environment(database_url, broker_url, smtp_url, folder)
        self._workers: list[tuple[subprocess.Popen[bytes], Path]] = []
        self.runtime = self._open(database_url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process, _ in self._workers:
            process.kill()  # `unshare` takes everything in the namespace along
            process.wait(10)
        self.runtime.database.dispose()

    def start_worker(
        self, host: Host, *, is_discarding: bool = False, core: int | None = None, share: Path | None = None
    ) -> None:
        """Start a worker on a host; it builds, signs and records, and throws the mails away if asked."""
        home = self._folder / host.name
        home.mkdir(exist_ok=True)
        environment = {**self._environment, "NEWSLETTER_HOME": str(home)}
        if is_discarding:
            # those are for hosts that share few mails, and for one that is cut off
            del environment["NEWSLETTER_DISPATCH_BATCH"], environment["NEWSLETTER_LEASE_SECONDS"]
        role = ("-m", "tests.hosts.worker", *(["--discard"] if is_discarding else []))
        # as many at a time as in the Procfile where speed counts, else one, whose mails can be followed
        concurrency = "4" if is_discarding else "1"
        command = (sys.executable, *role, *_CELERY, "--concurrency", concurrency, "--hostname", f"worker@{host.name}")
        self._workers.append((host.start(command, environment, home / "log", core=core, share=share), home / "log"))

    def wait_until_ready(self) -> None:
        """Return when every worker listens."""
        self.wait_until(lambda: all(" ready." in log.read_text() for _, log in self._workers), _READY_SECONDS)

    def states(self) -> Counter[str]:
        """Return how many deliveries are in each state."""
        with reading(self.runtime.database) as session:
            statement = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
            return Counter(dict(session.exec(statement).all()))

    def accepted(self) -> set[str]:
        """Return the Message-IDs of what the ledger calls accepted."""
        with reading(self.runtime.database) as session:
            return set(session.exec(select(DeliveryRow.message_id).where(DeliveryRow.state == "accepted")))

    def count_marked(self) -> int:
        """Return how many are being sent whose final dot may have gone out."""
        with reading(self.runtime.database) as session:
            marked = col(DeliveryRow.marked_at).is_not(None)
            return session.exec(select(func.count()).where(DeliveryRow.state == "sending", marked)).one()

    def cpu_seconds(self) -> float:
        """Return the processor time that all workers have taken so far."""
        started = [psutil.Process(process.pid) for process, _ in self._workers]
        times = [each.cpu_times() for one in started for each in (one, *one.children(recursive=True))]
        return sum(each.user + each.system for each in times)

    def wake(self) -> None:
        """Do what a beat brings about: look for forgotten work, and wake the workers."""
        self.runtime.sweep()
        self.runtime.wake_dispatch()

    def wait_until(
        self, condition: Callable[[], bool], timeout_seconds: float, *, tick_seconds: float = math.inf
    ) -> None:
        """Wait until the condition holds, poking the house every so many seconds. Raises AssertionError."""
        deadline = time.monotonic() + timeout_seconds
        next_tick = time.monotonic() + tick_seconds
        while not condition():
            if dead := [log for process, log in self._workers if process.poll() is not None]:
                raise AssertionError(f"a worker ended: {dead[0].read_text()[-2000:]}")
            assert time.monotonic() < deadline, f"not in time: {self.states()}"
            if time.monotonic() >= next_tick:
                self.wake()
                next_tick += tick_seconds
            time.sleep(_LOOK_SECONDS)

    def call_it_a_day(self) -> None:
        """Sweep as if a quarter of an hour had passed: what was on the wire and never answered is in doubt from then on."""
        later = self.runtime.clock() + timedelta(minutes=15)
        sweep(self.runtime.database, now=lambda: later)

    def _open(self, database_url: str) -> Runtime:
        database = open_engine(database_url)
        migrate(database)
        words = " ".join(["Reinforcement learning walks, and we measure how far it comes."] * 20)
        papers = [
            make_paper(number, f"Reinforcement learning of walk {number}", abstract=words) for number in range(PAPERS)
        ]
        open_day(make_desk(database), announce(papers))
        keywords = parse_keywords(["reinforcement learning"])
        with transaction(database) as session:
            newcomers = [
                Newcomer(email=f"r{number}@example.org", name="", subscriptions=keywords, preferences=Preferences())
                for number in range(self.readers)
            ]
            add_many(session, newcomers, at=MORNING, is_confirmed=True)
        database.dispose()
        with mock.patch.dict(os.environ, self._environment):
            runtime = open_runtime(load_settings())
        runtime.compose(FRIDAY)
        return runtime


def _environment(database_url: str, broker_url: str, smtp_url: str, folder: Path) -> Mapping[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": broker_url,
        "NEWSLETTER_HOME": str(folder),
        "NEWSLETTER_SECRET_KEY": "a secret that all hosts of the newsletter share",
        "NEWSLETTER_SMTP_URL": smtp_url,
        "NEWSLETTER_MX_LOOKUP": "no",
        "NEWSLETTER_MAIL_FROM": "Chenbao <chenbao@papers.example.org>",
        "NEWSLETTER_DKIM_SELECTOR": "hosts",
        "NEWSLETTER_DKIM_KEY": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "NEWSLETTER_DISPATCH_BATCH": str(BATCH),
        "NEWSLETTER_LEASE_SECONDS": str(LEASE_SECONDS),
        "NEWSLETTER_CLOCK": (MORNING + timedelta(hours=1)).isoformat(),
        "NEWSLETTER_CLOCK_STARTED_AT": datetime.now(UTC).isoformat(),
    }
