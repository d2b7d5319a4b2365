"""Asking where the mail of many domains goes, without keeping the mail waiting."""

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.errors import NameServerError
from newsletter.mail.dns import Resolver
from newsletter.mail.exchangers import store
from newsletter.mail.exchangers.groups import domain_of, group_of_domain, group_of_host

log = structlog.get_logger(__name__)

FindMx = Callable[[str], list[str]]
"""Returns a domain's mail hosts, the preferred first; raises NameServerError."""

_FRESH = timedelta(days=7)
_FAILED = timedelta(hours=1)
_QUIET = timedelta(minutes=5)  # for how long a name server that gave no answer at all is not asked
_LIFETIME_SECONDS = 2.0
_PATIENCE_SECONDS = 4.0  # for all the domains of one batch
_AT_ONCE = 16


class Exchangers:
    """Says to which provider an address leads; what the DNS said is kept in the database for a week.

    `find_mx` None: the DNS is not asked, and a domain that is no provider's own stands for itself. So does one of which the
    DNS says nothing in time; it is asked again after an hour. Not for use by two threads.
    """

    def __init__(self, database: Engine, find_mx: FindMx | None, *, now: Clock) -> None:
        self._database = database
        self._find_mx = find_mx
        self._now = now
        self._known: dict[str, str] = {}
        self._quiet_until: datetime | None = None

    def learn(self, emails: Collection[str]) -> None:
        """Find out about all the domains of a batch; takes some seconds at most, with no transaction open meanwhile."""
        domains = {domain_of(email) for email in emails} - self._known.keys()
        domains = {domain for domain in domains if domain and group_of_domain(domain) is None}
        if not domains or self._find_mx is None:
            return
        at = self._now()
        with reading(self._database) as session:
            stored = store.list_hosts(session, domains)
        hosts = {domain: host for domain, (host, _) in stored.items()}
        due = [domain for domain in sorted(domains) if domain not in stored or stored[domain][1] <= at]
        if due and not self._is_quiet(at):
            hosts |= self._ask(self._find_mx, due, hosts, at)
        self._known |= {domain: _destination(domain, hosts.get(domain)) for domain in domains}

    def destination_of(self, email: str) -> str:
        """Return the provider to which an address leads, as far as `learn` has found out; else its domain."""
        domain = domain_of(email)
        return group_of_domain(domain) or self._known.get(domain, domain)

    def _is_quiet(self, at: datetime) -> bool:
        return self._quiet_until is not None and at < self._quiet_until

    def _ask(
        self, find_mx: FindMx, domains: list[str], known: Mapping[str, str | None], at: datetime
    ) -> dict[str, str | None]:
        """Ask for these domains at once; what is not answered stays what it was, for an hour."""
        answers = _ask_all(find_mx, domains)
        if not answers:
            self._quiet_until = at + _QUIET
        log.info("exchangers_looked_up", domains=len(domains), answered=len(answers))
        found = {domain: answers.get(domain, known.get(domain)) for domain in domains}
        fresh = {domain: (host, at + (_FRESH if domain in answers else _FAILED)) for domain, host in found.items()}
        with transaction(self._database) as session:
            store.save_hosts(session, fresh)
        return found


def open_exchangers(database: Engine, *, now: Clock, is_asking: bool, server: str = "") -> Exchangers:
    """Return what knows where addresses lead; it asks the name server (empty: this machine's own) if `is_asking`."""
    find_mx: FindMx | None = None
    if is_asking:
        try:
            find_mx = Resolver(server, lifetime_seconds=_LIFETIME_SECONDS).find_mx
        except NameServerError as error:
            log.warning("exchangers_not_asked", problem=str(error))
    return Exchangers(database, find_mx, now=now)


def _destination(domain: str, host: str | None) -> str:
    return domain if host is None else group_of_host(host, domain)


def _ask_all(find_mx: FindMx, domains: Collection[str]) -> dict[str, str | None]:
    """Return the preferred host of each domain that was answered for in time; None: it has none."""
    deadline = time.monotonic() + _PATIENCE_SECONDS

    def ask(domain: str) -> str | None:
        if time.monotonic() > deadline:
            raise TimeoutError
        return next(iter(find_mx(domain)), None)

    pool = ThreadPoolExecutor(min(_AT_ONCE, len(domains)), thread_name_prefix="exchangers")
    try:
        asked: dict[str, Future[str | None]] = {domain: pool.submit(ask, domain) for domain in domains}
        wait(asked.values(), timeout=_PATIENCE_SECONDS)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return {domain: future.result() for domain, future in asked.items() if _has_answer(future)}


def _has_answer(future: "Future[str | None]") -> bool:
    if not future.done() or future.cancelled():
        return False
    error = future.exception()
    if error is None:
        return True
    if isinstance(error, NameServerError | TimeoutError):
        return False
    raise error
