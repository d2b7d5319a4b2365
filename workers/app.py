"""The Celery app: how workers are woken, and nothing of what they do."""

import logging
import os

import structlog
from celery import Celery
from celery.signals import setup_logging, worker_init, worker_shutting_down
from kombu.entity import Exchange, Queue

from newsletter.collector import collect_seldom
from newsletter.embedded.broker import broker_url
from newsletter.runtime import BULK_QUEUE, QUEUE, TASK_TICK, stop_dispatching
from newsletter.settings import load_settings

TICK_SECONDS = 60.0
NICENESS = 5


def _queue(name: str) -> Queue:
    """Return a queue of its own; one without an exchange would get what is meant for the default one."""
    return Queue(name, Exchange(name), routing_key=name)  # type: ignore[no-untyped-call]  # kombu has no types


app = Celery("chenbao", include=["workers.tasks"])
app.conf.update(
    broker_url=broker_url(load_settings()),
    broker_connection_retry_on_startup=True,
    # The database holds every outcome; a result backend would only fill the broker.
    task_ignore_result=True,
    # A message is a wake-up call: it may come twice, so it is acknowledged late and given back when a worker dies.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_queues=[_queue(QUEUE), _queue(BULK_QUEUE)],
    task_default_queue=QUEUE,
    # Off by default in Celery: without it a warm shutdown can lose what was prefetched.
    worker_soft_shutdown_timeout=5.0,
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={"tick": {"task": TASK_TICK, "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}}},
)


@setup_logging.connect
def configure_logging(**_kwargs: object) -> None:
    """Log lines of one event each, to standard error."""
    level = getattr(logging, load_settings().log_level.upper(), logging.INFO)
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


@worker_init.connect
def keep_what_is_made(**_kwargs: object) -> None:
    """Let no search for garbage go through the papers of a morning again and again."""
    collect_seldom()


@worker_init.connect
def give_way(**_kwargs: object) -> None:
    """Let pages have the processor first: somebody waits for a page, nobody for the second in which mail comes."""
    os.nice(NICENESS)


@worker_shutting_down.connect
def end_the_current_message(**_kwargs: object) -> None:
    """A warm shutdown lets the message that is on the wire end and gives the rest back to the queue."""
    stop_dispatching()
