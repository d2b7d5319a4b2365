"""One schedule's house: its workers, beats, broker and relay; what dies is started again, as a supervisor would."""

import contextlib
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import redis
from celery import Celery
from kombu import pools
from kombu.exceptions import OperationalError

from newsletter.db.engine import open_engine
from newsletter.embedded.broker import broker_url, prepare_valkey, socket_path, valkey_command
from newsletter.runtime import TASK_TICK
from newsletter.settings import load_settings
from tests.factories import MORNING
from tests.torture.forge import Child, Forge
from tests.torture.grounds import Ground
from tests.torture.misbehaviour import Step
from tests.torture.peer import Listener, Relay
from tests.torture.people import add_readers
from tests.torture.record import Death
from tests.torture.roles import CLOCK_VARIABLE, SABOTAGE_VARIABLE
from tests.torture.schedule import Schedule
from tests.torture.shared_clock import SharedClock

LEASE_SECONDS = 300
RETRY_AFTER = timedelta(hours=6)
_NOWHERE = "http://127.0.0.1:9"


class Stage:
    """Everything that runs for one schedule. Use it as a context manager; it leaves nothing running."""

    def __init__(
        self, schedule: Schedule, *, ground: Ground, forge: Forge, folder: Path, tls: Path | None, sabotage: str
    ) -> None:
        self.schedule = schedule
        self.ground = ground
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self.url = ground.fresh(self.home)
        self.database = open_engine(self.url)
        self.readers = add_readers(self.database, schedule)
        self.clock = SharedClock.create(folder / "clock", MORNING)
        self.relay = Relay(schedule, tls=_server_tls(tls) if schedule.has_tls else None, on_step=self._tell)
        self.kills = 0
        self.deaths: list[Death] = []
        self.workers: list[Child] = []
        self.beats: list[Child] = []
        self.operators: list[Child] = []
        self.wanted_beats = schedule.beats
        self.lock = threading.RLock()
        self._forge = forge
        self._environment = self._make_environment(tls, sabotage)
        self._broker: subprocess.Popen[bytes] | None = None
        self.on_step: Listener | None = None
        self._children = 0
        self._poker = Celery("poker", broker=broker_url(load_settings(home=self.home)), set_as_current=False)
        self._poker.conf.broker_transport_options = {"socket_connect_timeout": 1, "max_retries": 0}

    def __enter__(self) -> "Stage":
        self.tend()
        return self

    def __exit__(self, *_: object) -> None:
        with self.lock:
            for child in (*self.workers, *self.beats, *self.operators):
                child.kill()
            self.kill_broker(is_counted=False)
        self.relay.close()
        self._poker.close()
        pools.reset()  # type: ignore[no-untyped-call]  # it keeps a connection to every broker there has been
        self.database.dispose()

    def tend(self) -> None:
        """Start whatever should run and does not."""
        with self.lock:
            if self._broker is None:
                prepare_valkey(self.home)
                self._broker = subprocess.Popen(
                    valkey_command(self.home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            self.workers, self.beats, self.operators = map(_living, (self.workers, self.beats, self.operators))
            while len(self.workers) < self.schedule.workers:
                name = f"--hostname=worker{self._children}@%h"
                self.workers.append(self._spawn("worker", "--concurrency", "2", "--loglevel", "INFO", name))
            while len(self.beats) < self.wanted_beats:
                self.beats.append(self._spawn("beat", "--loglevel", "WARNING"))

    def command(self, *arguments: str) -> None:
        """Let an operator call the command."""
        with self.lock:
            self.operators.append(self._spawn("command", *arguments))

    def wake(self) -> None:
        """Poke the house once more, besides its beats; a broker that is down misses it, as it would theirs."""
        with contextlib.suppress(OperationalError, OSError):
            self._poker.send_task(TASK_TICK, expires=5, retry=False, ignore_result=True)

    def kill(self, child: Child) -> None:
        """SIGKILL."""
        with self.lock:
            if child.is_alive():
                self.deaths.append(Death(at=time.monotonic(), pid=child.pid))
                child.kill()
                self.kills += 1

    def find_process(self, pid: int) -> Child | None:
        """Return the worker or operator with this number, if there is one."""
        return next((child for child in (*self.workers, *self.operators) if child.pid == pid), None)

    def kill_broker(self, *, with_file: bool = False, is_counted: bool = True) -> None:
        """SIGKILL the broker, and lose its append-only file if asked."""
        with self.lock:
            if self._broker is None:
                return
            self._broker.kill()
            self._broker.wait()
            self._broker = None
            self.kills += is_counted
            if with_file:
                shutil.rmtree(self.home / "valkey")

    def flush_broker(self) -> None:
        """Forget every message."""
        client: redis.Redis = redis.Redis(unix_socket_path=str(socket_path(self.home)))
        with contextlib.suppress(redis.RedisError):  # if it is down, there is nothing to forget
            client.flushall()
        client.close()

    def _tell(self, step: Step, pid: int) -> None:
        if self.on_step is not None:
            self.on_step(step, pid)

    def _spawn(self, role: str, *arguments: str) -> Child:
        self._children += 1
        log = self.folder / f"{self._children:02}-{role}.log"
        return self._forge.spawn(role, arguments, self._environment, log)

    def _make_environment(self, tls: Path | None, sabotage: str) -> dict[str, str]:
        scheme = "smtp+starttls" if self.schedule.has_tls else "smtp"
        return {
            "PATH": "/usr/bin:/bin",
            "NEWSLETTER_HOME": str(self.home),
            "DATABASE_URL": self.url,
            "NEWSLETTER_SECRET_KEY": "a secret of the torture harness's own",
            "NEWSLETTER_SMTP_URL": f"{scheme}://127.0.0.1:{self.relay.port}",
            "NEWSLETTER_DISPATCH_BATCH": str(self.schedule.batch),
            "NEWSLETTER_SMTP_CONNECTIONS": str(self.schedule.volley),
            "NEWSLETTER_LEASE_SECONDS": str(LEASE_SECONDS),
            "NEWSLETTER_UNCERTAIN": f"retry-once-after={RETRY_AFTER // timedelta(hours=1)}h"
            if self.schedule.may_retry_uncertain
            else "hold",
            "NEWSLETTER_LOG_LEVEL": "INFO",
            **{f"NEWSLETTER_{name}_URL": _NOWHERE for name in _SOURCES},
            "NEWSLETTER_ARXIV_INTERVAL_SECONDS": "0",
            "NEWSLETTER_ARXIV_TIMEOUT_SECONDS": "1",
            **({"SSL_CERT_FILE": str(tls)} if tls is not None else {}),
            CLOCK_VARIABLE: str(self.folder / "clock"),
            SABOTAGE_VARIABLE: sabotage,
        }


def _living(children: Sequence[Child]) -> list[Child]:
    return [child for child in children if child.is_alive()]


_SOURCES: Sequence[str] = ("ARXIV", "ARXIV_API", "ARXIV_FEED", "ARXIV_OAI", "HUGGINGFACE")


def _server_tls(chain: Path | None) -> ssl.SSLContext | None:
    if chain is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context
