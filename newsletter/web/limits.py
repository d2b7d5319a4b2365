"""How often somebody may ask: counted in the shared Valkey, so that all web processes count together.

When it cannot be reached each process counts for itself, which lets somebody ask more often and stops nobody; the log says so
once, and it is tried again a minute later.
"""

import hmac
import ipaddress
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import redis
import structlog
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

_SOCKET_SECONDS = 0.5
"""A limit is not worth more of a reader's time than this."""
_KEY_PREFIX = "chenbao-limit"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """At most `quota` requests in any stretch of time that is `within` long."""

    name: str
    quota: int
    within: timedelta

    @property
    def seconds(self) -> int:
        return int(self.within.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How somebody stands with a policy after a request: whether it is admitted, what is left, and when there is more."""

    policy: Policy
    is_admitted: bool
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The header fields that say so. Source: draft-ietf-httpapi-ratelimit-headers-10."""
        name = self.policy.name
        found = {
            "RateLimit-Policy": f'"{name}";q={self.policy.quota};w={self.policy.seconds}',
            "RateLimit": f'"{name}";r={self.remaining};t={self.reset_seconds}',
        }
        return found if self.is_admitted else found | {"Retry-After": str(self.reset_seconds)}


class Limiter:
    """Counts requests; who asks is kept as a hash under the installation's own key."""

    def __init__(self, broker_url: str, secret_key: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._secret_key = secret_key
        self._monotonic = monotonic
        self._shared = SlidingWindowCounterRateLimiter(_open_shared(broker_url))
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._lock = threading.Lock()
        self._again_at = 0.0
        self._is_told = False

    def take(self, policy: Policy, who: str) -> Standing:
        """Count a request of somebody's, a name such as `network_name` makes, and say how they stand."""
        item = RateLimitItemPerSecond(policy.quota, policy.seconds, namespace=_KEY_PREFIX)
        key = hmac.digest(self._secret_key.encode(), f"limit\n{policy.name}\n{who}".encode(), "sha256").hex()[:32]
        if self._monotonic() >= self._again_at:
            try:
                return _count(self._shared, item, policy, key)
            except redis.RedisError as error:
                self._note_trouble(error)
        return _count(self._alone, item, policy, key)

    def _note_trouble(self, error: Exception) -> None:
        with self._lock:
            self._again_at = self._monotonic() + 60
            is_told, self._is_told = self._is_told, True
        if not is_told:
            log.warning("limits_counted_alone", problem=type(error).__name__)


def network_name(address: str) -> str:
    """Return whom a network address stands for: of IPv6 the first 64 bits, which is what one household has."""
    if not address:
        return "network:unknown"  # a local socket: all who come that way count together
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return f"network:{ipaddress.ip_network((found.packed[:8] + bytes(8), 64))}"
    return f"network:{getattr(found, 'ipv4_mapped', None) or found}"


def _count(
    limiter: SlidingWindowCounterRateLimiter, item: RateLimitItemPerSecond, policy: Policy, key: str
) -> Standing:
    is_admitted = limiter.hit(item, key)
    stats = limiter.get_window_stats(item, key)
    seconds = min(max(1, math.ceil(stats.reset_time - time.time())), policy.seconds)
    remaining = max(0, int(stats.remaining)) if is_admitted else 0
    return Standing(policy=policy, is_admitted=is_admitted, remaining=remaining, reset_seconds=seconds)


def _open_shared(broker_url: str) -> RedisStorage:
    """Return the storage at the broker; nothing is asked of it yet."""
    parts = urlsplit(broker_url)
    pool: redis.ConnectionPool
    if parts.scheme == "redis+socket":  # Celery's spelling of a unix socket
        pool = redis.ConnectionPool(
            connection_class=redis.UnixDomainSocketConnection,
            path=unquote(parts.path),
            socket_timeout=_SOCKET_SECONDS,
        )
    else:
        pool = redis.ConnectionPool.from_url(
            broker_url, socket_timeout=_SOCKET_SECONDS, socket_connect_timeout=_SOCKET_SECONDS
        )
    return RedisStorage("redis://", connection_pool=pool, key_prefix=_KEY_PREFIX)
