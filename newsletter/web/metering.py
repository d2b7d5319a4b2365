"""How long each request took: counted for /metrics, and one line in the log; never an address, a token or a query."""

import logging
import time
from collections.abc import Callable

import structlog
from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_ROUTE = "(none)"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = ("/static", "/health", "/health/live", "/metrics")
"""Asked all day long by machines: their lines would bury the others."""
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

log = structlog.get_logger(__name__)


def request_histogram(registry: CollectorRegistry) -> Histogram:
    """Return what the durations of requests are counted in."""
    return Histogram(
        "chenbao_http_request_seconds",
        "How long requests took, by method, route pattern and status, in this process.",
        ("method", "route", "status"),
        registry=registry,
        buckets=_BUCKETS,
    )


def route_of(scope: Scope) -> str:
    """Return the pattern of the route that served a request, never its address: addresses carry tokens."""
    prefix = str(scope.get("root_path", ""))
    route = getattr(scope.get("route"), "path", None)
    if route is None:
        return "/static" if prefix == "/static" else NO_ROUTE
    return f"{prefix}{route}"


class Metering:
    """Measures every request, from its first byte to the last one of its answer."""

    def __init__(
        self, app: ASGIApp, *, histogram: Histogram, monotonic: Callable[[], float] = time.perf_counter
    ) -> None:
        self._app = app
        self._histogram = histogram
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = self._monotonic(), 500  # which stands when the answer never begins

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_look)
        finally:
            self._note(scope, status, self._monotonic() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"  # a client may make up as many as it likes
        self._histogram.labels(method, route, str(status)).observe(seconds)
        level = logging.DEBUG if route in _QUIET and status < 400 else logging.INFO
        log.log(level, "request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))
