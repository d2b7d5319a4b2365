"""How the service does, in numbers, for Prometheus."""

import hmac
import ipaddress
from collections.abc import Iterator
from datetime import datetime

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from newsletter.deliveries.alarms import AlarmKind
from newsletter.papers.ledger import Judgement
from newsletter.runtime import Runtime
from newsletter.runtime.measures import Measures
from newsletter.web.site import CurrentSite

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")

log = structlog.get_logger(__name__)
router = APIRouter()


@router.get("/metrics")
def show_metrics(request: Request, site: CurrentSite) -> Response:
    """Send the numbers to whoever has the token, or without one in the settings to programs on this machine."""
    if not _is_admitted(request, site.runtime.settings.metrics_token):
        headers = {"WWW-Authenticate": 'Bearer realm="metrics"'}
        return PlainTextResponse("Send NEWSLETTER_METRICS_TOKEN as a bearer token.\n", status_code=401, headers=headers)
    registry = CollectorRegistry()
    registry.register(DatabaseCollector(site.runtime))
    body = generate_latest(registry) + generate_latest(request.app.state.registry)
    return Response(body, headers={"Content-Type": CONTENT_TYPE})


def _is_admitted(request: Request, token: str) -> bool:
    """Tell who may look: behind a proxy on this machine everybody comes from here, so whatever was forwarded may not."""
    if token:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode())
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host.partition("%")[0]).is_loopback
    except ValueError:
        return False


class DatabaseCollector(Collector):
    """Reads the database when it is asked, so that every process tells the same, and nothing is counted twice."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[Metric]:
        """Yield everything; while the database does not answer, only that it does not."""
        try:
            measures = self._runtime.measure()
        except SQLAlchemyError as error:
            log.warning("database_unreachable", problem=type(error).__name__)
            yield _gauge("chenbao_up", "Whether the database answers.", 0)
            return
        yield _gauge("chenbao_up", "Whether the database answers.", 1)
        yield from _about_mail(measures, self._runtime.clock())
        yield from _about_papers(measures)


def _about_mail(measures: Measures, now: datetime) -> Iterator[Metric]:
    vitals = measures.vitals
    deliveries = GaugeMetricFamily(
        "chenbao_deliveries", "Readers of the newest edition by the state of their mail.", labels=("message", "state")
    )
    for message, states in measures.deliveries.items():
        for state, number in states.items():
            deliveries.add_metric((message.value, state.value), number)
    yield deliveries
    oldest = vitals.pulse.oldest_due_at
    yield _gauge("chenbao_deliveries_open", "Deliveries that may still go out.", vitals.pulse.open_deliveries)
    yield _gauge(
        "chenbao_oldest_due_delivery_seconds",
        "How long the delivery that could be taken has waited; 0 when none waits.",
        (now - oldest).total_seconds() if oldest else 0,
    )
    yield _instant("chenbao_last_progress_timestamp_seconds", "When a mail was last tried.", vitals.pulse.last_progress)
    yield _instant("chenbao_last_tick_timestamp_seconds", "When what is due was last looked at.", vitals.ticked_at)
    alarms = GaugeMetricFamily("chenbao_alarms_open", "Open alarms.", labels=("kind",))
    for kind in AlarmKind:
        alarms.add_metric((kind.value,), vitals.alarms.get(kind, 0))
    yield alarms
    held = GaugeMetricFamily("chenbao_channels_held", "Channels that are held now.", labels=("account",))
    for account, number in measures.held_channels.items():
        held.add_metric((account,), number)
    yield held
    readers = GaugeMetricFamily("chenbao_readers", "Readers by consent.", labels=("consent",))
    for consent, number in measures.readers.items():
        readers.add_metric((consent.value,), number)
    yield readers


def _about_papers(measures: Measures) -> Iterator[Metric]:
    source = measures.vitals.source
    yield _gauge("chenbao_papers", "Stored papers.", measures.papers)
    ledger = GaugeMetricFamily(
        "chenbao_ledger_judgement",
        "1 for the judgement on a category's newest list by the timetable.",
        labels=("category", "judgement"),
    )
    for category, found in source.judgements.items():
        for judgement in Judgement:
            ledger.add_metric((category, judgement.value), int(judgement is found))
    yield ledger
    yield _instant(
        "chenbao_last_source_answer_timestamp_seconds", "When a source last gave a usable answer.", source.answered_at
    )
    asked = CounterMetricFamily("chenbao_translation_requests", "Requests to translation engines.", labels=("engine",))
    sent = CounterMetricFamily("chenbao_translation_characters", "Characters sent to them.", labels=("engine",))
    texts = CounterMetricFamily("chenbao_translation_texts", "Texts by outcome.", labels=("engine", "outcome"))
    for total in measures.translation:
        asked.add_metric((total.engine,), total.requests)
        sent.add_metric((total.engine,), total.characters)
        texts.add_metric((total.engine, "translated"), total.translated)
        texts.add_metric((total.engine, "failed"), total.failed)
    yield from (asked, sent, texts)


def _gauge(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, said, value=value)


def _instant(name: str, said: str, instant: datetime | None) -> GaugeMetricFamily:
    """Return an instant as seconds since the epoch; without a sample while there is none."""
    found = GaugeMetricFamily(name, said, labels=())
    if instant is not None:
        found.add_metric((), instant.timestamp())
    return found
