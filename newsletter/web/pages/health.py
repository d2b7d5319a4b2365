"""Is the service well? For monitors, not for people."""

from collections import Counter
from datetime import timedelta
from typing import Any

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from newsletter.db.engine import reading
from newsletter.deliveries.alarms import list_open_alarms
from newsletter.deliveries.pulse import measure_pulse
from newsletter.editions.store import find_newest
from newsletter.embedded.broker import broker_url, ping
from newsletter.errors import BrokerError
from newsletter.runtime import Runtime
from newsletter.web.site import CurrentSite

PATIENCE = timedelta(minutes=15)
"""How long due mail may lie before somebody should look: beat pokes every minute."""

log = structlog.get_logger(__name__)
router = APIRouter()


@router.api_route("/health", methods=["GET", "HEAD"])
def show_health(site: CurrentSite) -> JSONResponse:
    """Answer 200, or 503 with what is wrong in `problems`.

    Health is judged by what has moved, not by whether a process answers.
    """
    database, problems = _look_at_database(site.runtime)
    broker_problem = _look_at_broker(site.runtime)
    if broker_problem:
        problems.append(broker_problem)
    body = {
        "status": "unwell" if problems else "ok",
        "problems": problems,
        "broker": "unreachable" if broker_problem else "ok",
        **database,
    }
    return JSONResponse(body, status_code=503 if problems else 200)


def _look_at_database(runtime: Runtime) -> tuple[dict[str, Any], list[str]]:
    try:
        with reading(runtime.database) as session:
            newest = find_newest(session)
            pulse = measure_pulse(session, now=runtime.clock(), patience=PATIENCE)
            alarms = Counter(alarm.kind.value for alarm in list_open_alarms(session))
    except SQLAlchemyError as error:
        log.warning("database_unreachable", problem=type(error).__name__)
        unknown = {"newest_edition": None, "open_deliveries": None, "last_progress": None, "alarms": None}
        return {"database": "unreachable", **unknown}, ["The database does not answer."]
    problems = []
    if pulse.overdue_deliveries:
        minutes = PATIENCE.seconds // 60
        problems.append(
            f"Deliveries due for more than {minutes} minutes that no worker took: {pulse.overdue_deliveries}."
        )
    facts = {
        "database": "ok",
        "newest_edition": newest and str(newest.edition_on),
        "open_deliveries": pulse.open_deliveries,
        "last_progress": pulse.last_progress and pulse.last_progress.isoformat(),
        "alarms": dict(alarms),  # how many of each kind; which ones is nobody's business but the operators'
    }
    return facts, problems


def _look_at_broker(runtime: Runtime) -> str | None:
    try:
        answers = ping(broker_url(runtime.settings))
    except BrokerError as error:
        log.warning("broker_unusable", problem=type(error).__name__)
        answers = False
    return None if answers else "The broker does not answer; mail waits until it is back."
