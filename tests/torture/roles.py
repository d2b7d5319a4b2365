"""What a forked child becomes: a Celery worker, a beat, or one call of the command; with the schedule's clock and patience.

Everything else is the product as it is. What is changed here is changed at a seam and in the child alone: whose clock it
reads, how long it waits for a relay, for its turn and for SQLite's lock, how often beat ticks, by which name it
greets the relay, that the templates are compiled already, and that arXiv has nothing new, however far the clock jumps.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

import celery.apps.beat
import celery.apps.worker
import celery.bin.beat
import celery.bin.celery
import celery.bin.worker
import celery.concurrency.thread
import kombu.transport.redis
import psycopg

import workers.tasks
from newsletter import settings
from newsletter.cli import main
from newsletter.db import engine
from newsletter.deliveries.dispatch import dispatch
from newsletter.editions import collect
from newsletter.embedded.broker import broker_url
from newsletter.mail import connect, smtp
from newsletter.mail.connect import TimeLimits
from newsletter.runtime import TASK_TICK, open_runtime
from newsletter.subscribers.subscriber import Preferences
from tests.factories import FRIDAY, announce, make_desk, make_paper, open_day
from tests.kept import keep, kept_renderer
from tests.torture.sabotage import SABOTAGES
from tests.torture.shared_clock import SharedClock
from workers.app import app

LIMITS = TimeLimits(connect_seconds=0.8, command_seconds=0.9, final_dot_seconds=1.5)
"""Our patience with the relay, in place of minutes."""
BUSY_SECONDS = 0.4
"""How long one writer waits for another on SQLite, in place of half a minute."""
TICK_SECONDS = 0.3
CLOCK_VARIABLE = "TORTURE_CLOCK"
SABOTAGE_VARIABLE = "TORTURE_SABOTAGE"

WARM = (celery.apps.beat, celery.apps.worker, celery.bin.beat, celery.bin.celery, celery.bin.worker,
        celery.concurrency.thread, kombu.transport.redis, psycopg, workers.tasks)  # fmt: skip
"""Imported once, before the first child is forked."""
_NOBODY = "smtp://127.0.0.1:9"


def warm_up(folder: Path) -> None:
    """Live through a small day once, so that the children need not import what that takes. Leaves nothing open."""
    keep()
    kept_renderer()
    runtime = open_runtime(
        settings.load_settings(home=folder, smtp_url=_NOBODY, redis_url="redis://127.0.0.1:9", secret_key="warm" * 8)
    )
    with redirect_stdout(StringIO()):
        open_day(make_desk(runtime.database), announce([make_paper(1, "Reinforcement learning")]))
        runtime.subscribe("ann@example.org", ["reinforcement learning"], Preferences(), is_confirmed=True)
        runtime.compose(FRIDAY)
        runtime.tick()
        runtime.dispatch(edition_on=FRIDAY)
    runtime.database.dispose()


def play(role: str, arguments: Sequence[str]) -> None:
    """Be a ``worker``, a ``beat`` or a ``command``; the environment is the child's own already."""
    _change_seams()
    match role:
        case "worker":
            app.worker_main(["worker", "--pool", "threads", "--without-gossip", "--without-mingle", *arguments])
        case "beat":
            app.start(["beat", "--scheduler", "celery.beat:Scheduler", "--pidfile=", *arguments])
        case "command":
            sys.argv = ["newsletter", *arguments]
            main()
        case _:
            raise ValueError(role)


def _change_seams() -> None:
    clock = SharedClock(Path(os.environ[CLOCK_VARIABLE]))
    mock.patch.object(settings, "system_clock", clock).start()
    mock.patch.dict(dispatch.__kwdefaults__, pause=clock.sleep).start()
    mock.patch.object(smtp, "TimeLimits", return_value=LIMITS).start()
    mock.patch.object(connect, "_own_name", return_value=f"process{os.getpid()}.example.org").start()
    mock.patch.object(engine, "BUSY_SECONDS", BUSY_SECONDS).start()
    mock.patch.object(collect, "is_due", return_value=False).start()
    app.conf.broker_url = broker_url(settings.load_settings())
    app.conf.beat_schedule = {"tick": {"task": TASK_TICK, "schedule": TICK_SECONDS, "options": {"expires": 5}}}
    SABOTAGES[os.environ.get(SABOTAGE_VARIABLE, "none")]()
