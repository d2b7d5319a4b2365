"""Is the service well? For monitors, not for people."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from newsletter.embedded.broker import broker_url, ping
from newsletter.errors import BrokerError
from newsletter.papers.ledger import Judgement
from newsletter.papers.patience import LONGEST_WAIT
from newsletter.runtime import Runtime
from newsletter.runtime.measures import DUE_PATIENCE, SourceState, Vitals
from newsletter.web.site import CurrentSite

TICK_PATIENCE = timedelta(minutes=5)
"""How long nobody may look what is due before somebody should: beat pokes every minute."""

log = structlog.get_logger(__name__)
router = APIRouter()


@router.api_route("/health/live", methods=["GET", "HEAD"])
def show_life() -> JSONResponse:
    """Answer 200 while this process can answer at all: for whoever would restart it."""
    return JSONResponse({"status": "ok"})


@router.api_route("/health", methods=["GET", "HEAD"])
def show_health(request: Request, site: CurrentSite) -> JSONResponse:
    """Answer 200, or 503 with what is wrong in `problems`.

    Health is judged by what has moved, not by whether a process answers.
    """
    began_at: datetime = request.app.state.began_at
    facts, problems = _look_at_database(site.runtime, began_at)
    broker_problem = _look_at_broker(site.runtime)
    if broker_problem:
        problems.append(broker_problem)
    body = {
        "status": "unwell" if problems else "ok",
        "problems": problems,
        "broker": "unreachable" if broker_problem else "ok",
        **facts,
    }
    return JSONResponse(body, status_code=503 if problems else 200)


def _look_at_database(runtime: Runtime, began_at: datetime) -> tuple[dict[str, Any], list[str]]:
    try:
        vitals = runtime.look_at_vitals()
    except SQLAlchemyError as error:
        log.warning("database_unreachable", problem=type(error).__name__)
        unknown = dict.fromkeys(
            ("newest_edition", "open_deliveries", "oldest_due", "last_progress", "last_tick", "alarms", "source")
        )
        return {"database": "unreachable", **unknown}, ["The database does not answer."]
    now = runtime.clock()
    source, source_problem = _judge_source(vitals.source, began_at, now)
    facts = {
        "database": "ok",
        "newest_edition": vitals.newest_edition and str(vitals.newest_edition),
        "open_deliveries": vitals.pulse.open_deliveries,
        "oldest_due": _written(vitals.pulse.oldest_due_at),
        "last_progress": _written(vitals.pulse.last_progress),
        "last_tick": _written(vitals.ticked_at),
        "alarms": {
            kind.value: number for kind, number in vitals.alarms.items()
        },  # which ones is the operators' business
        "source": source,
    }
    problems = [_judge_ticks(vitals, began_at, now), _judge_deliveries(vitals), source_problem]
    return facts, [problem for problem in problems if problem]


def _judge_ticks(vitals: Vitals, began_at: datetime, now: datetime) -> str:
    """Say that nobody looks what is due; who has just started is given the time for it."""
    last = max(began_at, vitals.ticked_at or began_at)
    if now - last <= TICK_PATIENCE:
        return ""
    minutes = TICK_PATIENCE.seconds // 60
    return f"Nobody has looked what is due for more than {minutes} minutes: beat or the worker does not run."


def _judge_deliveries(vitals: Vitals) -> str:
    if not vitals.pulse.overdue_deliveries:
        return ""
    minutes = DUE_PATIENCE.seconds // 60
    return f"Deliveries due for more than {minutes} minutes that no worker took: {vitals.pulse.overdue_deliveries}."


def _judge_source(source: SourceState, began_at: datetime, now: datetime) -> tuple[dict[str, Any], str]:
    """Say how the newest list stands, and what is wrong: nobody asks for it, or its deadline came and no source answered.

    A list that is partial, or that a holiday kept away, is no trouble of the service: its digests say so.
    """
    state, problem = "waiting", ""
    if source.is_settled:
        state = "settled"
    elif _is_stalled(source, began_at, now):
        state = "stalled"
        problem = (
            f"No source has been asked for the list of {source.listed_on} though it is time: see the worker's log."
        )
    elif now >= source.deadline and Judgement.ERROR in source.judgements.values():
        state, problem = (
            "failing",
            f"No source has answered about the list of {source.listed_on}, and its deadline is over.",
        )
    facts = {
        "state": state,
        "list": str(source.listed_on),
        "last_answer": _written(source.answered_at),
        "next_question": _written(source.asks_at),
        "deadline": _written(source.deadline),
    }
    return facts, problem


def _is_stalled(source: SourceState, began_at: datetime, now: datetime) -> bool:
    """Tell whether a question is overdue: longer than the longest wait between two, and than we are here ourselves.

    What is due at once counts from the last round: a judgement that a deadline has overtaken is no stall.
    """
    if source.asks_at is None:
        return False
    return now - max(source.asks_at, began_at, source.round_at or began_at) > LONGEST_WAIT


def _look_at_broker(runtime: Runtime) -> str | None:
    try:
        answers = ping(broker_url(runtime.settings))
    except BrokerError as error:
        log.warning("broker_unusable", problem=type(error).__name__)
        answers = False
    return None if answers else "The broker does not answer; mail waits until it is back."


def _written(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
