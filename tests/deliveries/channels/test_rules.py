"""Workers at random: whoever sends, waits, dies or ends, no cap and no limit is ever passed, and nothing is lost for good."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine
from newsletter.deliveries.channels import Channel, Channels
from newsletter.errors import TransportError
from newsletter.mail.smtp import SmtpReply
from tests.deliveries.channels.office import GONE, OK, REFUSED, STOPPED, THROTTLED, WHOLE, Office

CAPPED = "a.example:465"
HOUR, CONNECTIONS, RATE = 40, 2, 5.0
URLS = f"smtps://a.example?per_hour={HOUR}&connections={CONNECTIONS}&per_second={RATE} smtps://b.example"
READERS = [f"reader{number}@{name}.example" for number in range(3) for name in ("big", "large", "small")]
WORKERS = st.integers(0, 3)


class Ways(RuleBasedStateMachine):
    """Four workers, two accounts, three domains of two providers."""

    def __init__(self) -> None:
        super().__init__()
        self.database = open_engine("sqlite://")
        SQLModel.metadata.create_all(self.database)
        self.office = Office(self.database, urls=URLS)
        self.born = 0
        self.workers = [self._born() for _ in range(4)]
        self.refused_at: dict[tuple[str, str], datetime] = {}

    def teardown(self) -> None:
        self.database.dispose()

    def _born(self) -> Channels:
        self.born += 1
        return self.office.worker(f"elsewhere:1:1:{self.born}")

    @rule(worker=WORKERS, readers=st.lists(st.sampled_from(READERS), max_size=30))
    def prepare(self, worker: int, readers: list[str]) -> None:
        self.workers[worker].prepare(readers)

    @rule(
        worker=WORKERS,
        reader=st.sampled_from(READERS),
        answer=st.sampled_from([OK, OK, OK, OK, THROTTLED, STOPPED, REFUSED, GONE]),
    )
    def send(self, worker: int, reader: str, answer: SmtpReply | TransportError) -> None:
        found = self.workers[worker].open(reader)
        if not isinstance(found, Channel):
            assert found.until > self.office.time
            return
        key = (found.account.name, found.destination)
        assert self.office.time >= self.refused_at.get(key, self.office.time)
        self.office.sent.append((found.account.name, reader, self.office.time))
        if isinstance(answer, TransportError):
            self.workers[worker].settle_trouble(found, answer)
        else:
            self.workers[worker].settle(found, answer)
        if answer is STOPPED or answer is REFUSED:
            # others may use up the leave that they had already
            self.refused_at[key] = self.office.time + timedelta(minutes=10)
            self.workers = [each if at == worker else self._ended(each) for at, each in enumerate(self.workers)]

    def _ended(self, worker: Channels) -> Channels:
        worker.close()
        return self._born()

    @rule(worker=WORKERS)
    def end(self, worker: int) -> None:
        self.workers[worker] = self._ended(self.workers[worker])

    @rule(worker=WORKERS)
    def die(self, worker: int) -> None:
        self.workers[worker] = self._born()

    @rule(seconds=st.sampled_from([0.1, 0.2, 1, 6, 60, 600, 1200]))
    def pass_time(self, seconds: float) -> None:
        self.office.advance(seconds=seconds)

    @invariant()
    def no_hour_carries_more_than_the_cap(self) -> None:
        times = [at for account, _, at in self.office.sent if account == CAPPED]
        for place, at in enumerate(times):
            assert sum(at - timedelta(hours=1) < other <= at for other in times[: place + 1]) <= HOUR

    @invariant()
    def no_time_begins_more_than_the_rate(self) -> None:
        times = [at.timestamp() for account, _, at in self.office.sent[-40:] if account == CAPPED]
        for first, start in enumerate(times):
            for last, end in enumerate(times[first:], first):
                assert last - first <= RATE * (end - start + 0.5) + 1e-3

    @invariant()
    def no_more_connections_are_held_than_there_are(self) -> None:
        held = {owner for destination, owner in self.office.slots(CAPPED) if destination == WHOLE}
        assert len(held) <= CONNECTIONS


Ways.TestCase.settings = settings(max_examples=12, stateful_step_count=40, deadline=None)
TestWays = Ways.TestCase
