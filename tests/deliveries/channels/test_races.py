"""Workers in earnest: threads that send at once never pass a limit that holds for all of them."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine

from newsletter.clock import system_clock
from newsletter.db.engine import transaction
from newsletter.deliveries.channels import Channel, Channels, Wait
from newsletter.deliveries.channels.store import StoredChannel, add_channels, save_channels
from newsletter.deliveries.lease import this_owner
from newsletter.deliveries.pacing import STEP, Pace
from newsletter.mail.server import SmtpAccount, parse_smtp_urls
from tests.deliveries.channels.office import OK, Domains, Relay

READERS = [f"reader{number}@{'big' if number % 2 else f'domain{number % 10}'}.example" for number in range(40)]


@dataclass
class Traffic:
    """What passed through each account and destination, and how many were under way at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    under_way: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    begun: list[tuple[str, str, float]] = field(default_factory=list)

    @contextmanager
    def one(self, channel: Channel) -> Iterator[None]:
        names = (channel.account.name, channel.destination)
        with self.lock:
            self.begun.append((channel.account.name, channel.destination, time.monotonic()))
            for name in names:
                self.under_way[name] += 1
                self.most[name] = max(self.most[name], self.under_way[name])
        try:
            yield
        finally:
            with self.lock:
                self.under_way.subtract(names)

    def carried(self) -> Counter[str]:
        return Counter(account for account, _, _ in self.begun)


def open_worker(database: Engine, urls: str) -> Channels:
    return Channels(
        database,
        parse_smtp_urls(urls),
        now=system_clock,
        owner=this_owner(),
        transport_for=_relay,
        destinations=Domains(),
    )


def _relay(account: SmtpAccount) -> Relay:
    return Relay(account)


def work(database: Engine, urls: str, traffic: Traffic, end: float) -> None:
    """Send round and round until the end; what has to wait is passed over."""
    with open_worker(database, urls) as worker:
        while time.monotonic() < end:
            worker.prepare(READERS)
            for recipient in READERS:
                found = worker.open(recipient)
                if isinstance(found, Wait):
                    if found.is_everywhere or time.monotonic() > end:
                        return
                    continue
                with traffic.one(found):
                    time.sleep(0.001)  # the conversation
                worker.settle(found, OK)


def run(database: Engine, urls: str, *, workers: int = 5, seconds: float = 1.0) -> Traffic:
    traffic = Traffic()
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=work, args=(database, urls, traffic, end)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return traffic


def test_workers_at_once_never_carry_more_than_the_cap_of_the_hour(engine: Engine) -> None:
    traffic = run(engine, "smtps://a.example?per_hour=70 smtps://b.example?per_day=40")
    carried = traffic.carried()
    assert carried["a.example:465"] <= 70
    assert carried["b.example:465"] <= 40
    # what one worker had leave for and did not use is not lost: whoever comes later carries it
    # (it ends when no account carries more, however busy the machine is)
    again = run(engine, "smtps://a.example?per_hour=70 smtps://b.example?per_day=40", workers=1, seconds=45.0).carried()
    assert carried + again == {"a.example:465": 70, "b.example:465": 40}


def test_workers_at_once_never_use_more_connections_than_there_are(engine: Engine) -> None:
    traffic = run(engine, "smtps://a.example?connections=2 smtps://b.example")
    assert traffic.most["a.example:465"] <= 2
    assert traffic.carried()["a.example:465"] > 0


def test_workers_at_once_never_begin_more_a_second_than_the_account_may(engine: Engine) -> None:
    rate = 40
    traffic = run(engine, f"smtps://a.example?per_second={rate}")
    begun = sorted(at for _, _, at in traffic.begun)
    assert begun
    for first, start in enumerate(begun):
        for last, end in enumerate(begun[first:], first):
            # half a second is the patience of a turn, a tenth what a busy machine may hold a thread up
            assert last - first <= rate * (end - start + 0.6) + 1


def test_workers_at_once_never_crowd_a_channel_that_was_slowed(engine: Engine) -> None:
    slowed = Pace(connection_limit=2, rate_per_second=200, was_slowed=True)
    at = system_clock()
    with transaction(engine) as session:
        add_channels(session, "a.example:465", {"big": slowed}, at=at)
        save_channels(session, "a.example:465", {"big": StoredChannel(pace=slowed)}, at=at)
    traffic = run(engine, "smtps://a.example", seconds=0.3)
    sent = sum(destination == "big" for _, destination, _ in traffic.begun)
    assert 0 < traffic.most["big"] <= 2 + sent // STEP
