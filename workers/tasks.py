"""The tasks: each one asks the runtime to do one thing. Thin on purpose; everything is decided in `newsletter`."""

from collections.abc import Sequence
from datetime import date
from functools import cache

import structlog

from newsletter.errors import NewsletterError
from newsletter.runtime import (
    TASK_COLLECT,
    TASK_COMPOSE,
    TASK_DISPATCH,
    TASK_HEAR,
    TASK_RESEND,
    TASK_SEARCH,
    TASK_TICK,
    TASK_TRENDING,
    Runtime,
    open_runtime,
)
from workers.app import app

log = structlog.get_logger(__name__)


@cache
def runtime() -> Runtime:
    """Return this process's runtime, made at the first task: after the pool has forked."""
    return open_runtime()


@app.task(name=TASK_TICK)
def tick() -> None:
    """Look what is due and wake whoever does it."""
    log.info("ticked", woken=runtime().tick())


@app.task(name=TASK_COLLECT)
def collect() -> None:
    """Collect the newest announcement, if it is due and nobody else does."""
    try:
        report = runtime().try_collection()
    except NewsletterError as error:  # recorded in the database with the next time; beat pokes again
        log.warning("collection_failed", problem=str(error))
        return
    log.info("collected", listed_on=report and str(report.listed_on))


@app.task(name=TASK_TRENDING)
def trending() -> None:
    """Collect the trending papers, if they are due and nobody else does, and compose the mails of their own."""
    try:
        composition = runtime().follow_trending()
    except NewsletterError as error:  # the try is recorded, and the digests go out without them
        log.warning("trending_not_collected", problem=str(error))
        return
    log.info("trending_composed", queued=composition and composition.queued)


@app.task(name=TASK_COMPOSE)
def compose(edition_on: str) -> None:
    """Give every reader their digest of an edition."""
    composition = runtime().compose(date.fromisoformat(edition_on))
    log.info("composed", edition_on=edition_on, queued=composition.queued)


@app.task(name=TASK_RESEND)
def resend(resend_id: int) -> None:
    """Queue what a resend has left to queue, and wake whoever sends it."""
    runtime().follow_resend(resend_id)
    log.info("resend_queued", resend_id=resend_id)


@app.task(name=TASK_DISPATCH)
def dispatch(delivery_ids: Sequence[int] | None = None, passes: int = 0) -> None:
    """Send these deliveries, those that are still open and due; or whatever is due, for a while, if no other process can."""
    report = runtime().take_turn(passes) if delivery_ids is None else runtime().dispatch(ids=delivery_ids)
    if report is None:
        log.info("dispatch_passed_on", passes=passes + 1)
        return
    log.info(
        "dispatched", accepted=report.accepted, deferred=report.deferred, failed=report.failed, problem=report.problem
    )


@app.task(name=TASK_HEAR)
def hear() -> None:
    """Read the reports that came back."""
    found = runtime().collect_feedback()
    log.info("heard", mails=found.mails, problems=found.problems, **found.effects)


@app.task(name=TASK_SEARCH)
def search() -> None:
    """Read papers for the search: those that were stored, changed or translated."""
    runtime().sweep_search()
