"""An installation of its own to measure: home, database, settings, and the product's own processes as the Procfile has them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench.mail.morning import Morning, add_readers, announce, find_keywords
from newsletter.db.engine import open_engine
from newsletter.db.migrate import migrate
from newsletter.embedded import launch
from newsletter.embedded.broker import broker_url, prepare_valkey, valkey_command, wait_until_ready
from newsletter.embedded.processes import PROCESSES, command
from newsletter.mail.dkim.keys import format_key, generate_key
from newsletter.mail.dkim.signer import Algorithm
from newsletter.papers.calendar import announced_at
from newsletter.runtime import Runtime, open_runtime
from newsletter.settings import load_settings

SITE = "https://papers.example.org"
SELECTOR = "bench"
ALGORITHMS = {"rsa": Algorithm.RSA, "ed25519": Algorithm.ED25519}
_KEY_SETTINGS = {"rsa": "NEWSLETTER_DKIM_KEY", "ed25519": "NEWSLETTER_DKIM_ED25519_KEY"}
_NOWHERE = "http://127.0.0.1:9"
_SOURCES = ("ARXIV", "ARXIV_API", "ARXIV_FEED", "ARXIV_OAI", "HUGGINGFACE")
_READY_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One installation: its home, the environment of its processes, and the day it mails."""

    home: Path
    environment: Mapping[str, str]
    listed_on: date

    def open(self) -> Runtime:
        """Return the installation as one of its own processes has it; changes this process's environment."""
        for name in list(os.environ):
            if name.startswith("NEWSLETTER_") or name in ("DATABASE_URL", "REDIS_URL", "PORT"):
                del os.environ[name]
        os.environ.update(self.environment)
        return open_runtime(load_settings())

    @contextmanager
    def run(self, name: str, kind: str, *, until: str = "") -> Iterator[int]:
        """Run a process of the Procfile under a name; yield its number when its log says so."""
        words = command(PROCESSES[kind], self.environment)
        if kind == "worker":
            words = (*words, f"--hostname={name}@%h")
        with _running(words, self.home / f"{name}.log", self.environment, until) as pid:
            yield pid

    @contextmanager
    def run_broker(self) -> Iterator[int]:
        """Run the private Valkey."""
        prepare_valkey(self.home)
        with _running(valkey_command(self.home), self.home / "valkey.log", self.environment, "") as pid:
            wait_until_ready(broker_url(load_settings(home=self.home)), _READY_SECONDS)
            yield pid

    @contextmanager
    def run_workers(self, count: int) -> Iterator[list[int]]:
        """Run so many workers of the Procfile; yields their numbers when all wait for work."""
        with ExitStack() as stack:
            names = [f"worker{number}" for number in range(1, count + 1)]
            yield [stack.enter_context(self.run(name, "worker", until=" ready.")) for name in names]


@contextmanager
def _running(words: Sequence[str], log: Path, environment: Mapping[str, str], until: str) -> Iterator[int]:
    tied = [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), *words]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
    with log.open("wb") as file:
        process = subprocess.Popen(tied, env={**clean, **environment}, stdout=file, stderr=subprocess.STDOUT)
    try:
        ends = time.monotonic() + _READY_SECONDS
        while until and until not in log.read_text("utf-8", "replace"):
            if process.poll() is not None or time.monotonic() > ends:
                sys.exit(f"{log.stem} did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def build_house(
    home: Path,
    database_url: str,
    morning: Morning,
    *,
    smtp_port: int,
    web_port: int,
    key: str,
    keys: Mapping[str, bytes],
) -> House:
    """Make the tables and open the morning's edition; nobody reads it yet. `keys` has a private key in PEM of each kind."""
    home.mkdir(parents=True)
    clock = announced_at(morning.listed_on) + timedelta(hours=1)
    environment = {
        "NEWSLETTER_HOME": str(home),
        "DATABASE_URL": database_url,
        "PORT": str(web_port),
        "NEWSLETTER_WEB_HOST": "127.0.0.1",
        "NEWSLETTER_BASE_URL": SITE,
        "NEWSLETTER_SECRET_KEY": "a secret of the benchmark, and a long one",
        "NEWSLETTER_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "NEWSLETTER_MAIL_FROM": "Chenbao 晨报 <chenbao@papers.example.org>",
        "NEWSLETTER_BOUNCE_DOMAIN": "bounces.papers.example.org",
        "NEWSLETTER_DKIM_SELECTOR": SELECTOR,
        _KEY_SETTINGS[key]: keys[key].decode(),
        "NEWSLETTER_CLOCK": clock.isoformat(),
        "NEWSLETTER_CLOCK_STARTED_AT": datetime.now(UTC).isoformat(),
        **{f"NEWSLETTER_{source}_URL": _NOWHERE for source in _SOURCES},
        "NEWSLETTER_ARXIV_INTERVAL_SECONDS": "0",
    }
    database = open_engine(database_url)
    migrate(database)
    database.dispose()
    house = House(home=home, environment=environment, listed_on=morning.listed_on)
    runtime = house.open()
    announce(runtime.desk, morning)
    runtime.sweep_search(most=None)  # a tick would let a worker do it, long before the mail goes out
    runtime.database.dispose()
    return house


def furnish(house: House, morning: Morning, *, readers: int, papers: int, seed: int) -> int:
    """Add the readers, each of whom the morning brings so many papers; returns from how many sets of keywords."""
    runtime = house.open()
    keywords = find_keywords(runtime.desk, morning, papers, seed=seed)
    add_readers(runtime.desk, readers, keywords, seed=seed)
    runtime.database.dispose()
    return len(keywords)


def make_keys() -> dict[str, bytes]:
    """Return a private key of each kind in PEM."""
    return {name: format_key(generate_key(algorithm, SELECTOR)) for name, algorithm in ALGORITHMS.items()}
