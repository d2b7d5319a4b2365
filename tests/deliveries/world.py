"""A small world to deliver in: readers, queued deliveries, and a clock that is set by hand."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.deliveries.building import Builder, OutgoingMessage
from newsletter.deliveries.channels import Channels, Transport
from newsletter.deliveries.claims import Batch, claim_batch
from newsletter.deliveries.dispatch import DispatchReport, dispatch
from newsletter.deliveries.records import Finding, record
from newsletter.deliveries.states import DeliveryState, Verdict
from newsletter.deliveries.store import Claimed, NewDelivery, queue_deliveries
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.errors import TransportError
from newsletter.mail.content import Content, Ready
from newsletter.mail.server import parse_smtp_urls
from newsletter.mail.smtp import Outcome, Phase, SmtpReply
from newsletter.mail.volley import Stage
from newsletter.subscribers.subscriber import Consent
from newsletter.subscribers.tables import SubscriberRow, SuppressionRow

EDITION_ON = date(2026, 3, 20)
MORNING = datetime(2026, 3, 20, 0, 30, tzinfo=UTC)


@dataclass
class World:
    """Builders and looks; every reader's address is ``<name>@example.org`` unless said."""

    database: Engine
    time: datetime = MORNING

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)

    def add_readers(
        self, names: Sequence[str], consent: Consent = Consent.CONFIRMED, *, domain: str = "example.org"
    ) -> dict[str, int]:
        with transaction(self.database) as session:
            rows = [_reader(name, consent, domain) for name in names]
            session.add_all(rows)
            session.flush()
            return {row.name: row.id or 0 for row in rows}

    def queue(self, names: Sequence[str], message: str = "digest", *, domain: str = "example.org") -> dict[str, int]:
        """Add confirmed readers with one queued delivery each; returns the deliveries' ids."""
        readers = self.add_readers(names, domain=domain)
        with transaction(self.database) as session:
            queue_deliveries(session, [delivery(readers[name], name, message=message) for name in names], at=self.time)
        return {name: self.row(name).id or 0 for name in names}

    def row(self, name: str, revision: int = 0) -> DeliveryRow:
        with reading(self.database) as session:
            return session.exec(select(DeliveryRow).where(DeliveryRow.message_id == message_id(name, revision))).one()

    def state(self, name: str) -> DeliveryState:
        return DeliveryState(self.row(name).state)

    def states(self) -> Counter[str]:
        with reading(self.database) as session:
            return Counter(session.exec(select(DeliveryRow.state)))

    def attempts(self, name: str) -> list[AttemptRow]:
        with reading(self.database) as session:
            wanted = select(AttemptRow).where(AttemptRow.delivery_id == self.row(name).id).order_by(col(AttemptRow.id))
            return list(session.exec(wanted))

    def set_consent(self, name: str, consent: Consent) -> None:
        with transaction(self.database) as session:
            session.exec(select(SubscriberRow).where(SubscriberRow.name == name)).one().consent = consent

    def suppress(self, name: str) -> None:
        with transaction(self.database) as session:
            session.add(SuppressionRow(address_key=f"{name}@example.org", reason="bounce", suppressed_at=self.time))

    def is_suppressed(self, name: str) -> bool:
        with reading(self.database) as session:
            return session.get(SuppressionRow, f"{name}@example.org") is not None

    def claim(
        self,
        owner: str = "here:1:1:a",
        *,
        limit: int = 100,
        ids: Sequence[int] | None = None,
        ignoring_due: bool = False,
    ) -> Batch:
        with transaction(self.database) as session:
            return claim_batch(
                session,
                now=self.time,
                owner=owner,
                lease_until=self.time + timedelta(minutes=5),
                limit=limit,
                ids=ids,
                ignoring_due=ignoring_due,
            )


def _reader(name: str, consent: Consent, domain: str) -> SubscriberRow:
    return SubscriberRow(
        email=f"{name}@{domain}",
        address_key=f"{name}@{domain}",
        name=name,
        consent=consent,
        languages="en+zh",
        density="full",
        paper_order="listing",
        timezone="UTC",
        weekdays="mon,tue,wed,thu,fri,sat,sun",
        wants_empty_mail=False,
        wants_cross_lists=True,
        wants_replacements=False,
        created_at=MORNING,
    )


def message_id(name: str, revision: int = 0) -> str:
    return f"<{name}.{revision}@example.org>"


DELIVERY = NewDelivery(
    subscriber_id=0,
    message="digest",
    occasion=str(EDITION_ON),
    revision=0,
    edition_on=EDITION_ON,
    digest_id=None,
    message_id="",
    state=DeliveryState.QUEUED,
    reason=None,
    due_at=MORNING,
)


def delivery(subscriber_id: int, name: str, *, message: str = "digest", revision: int = 0) -> NewDelivery:
    return replace(
        DELIVERY,
        subscriber_id=subscriber_id,
        message=message,
        revision=revision,
        message_id=message_id(name, revision),
    )


def write(claimed: Sequence[Claimed]) -> dict[int, OutgoingMessage | Exception]:
    """Build a small message for each delivery."""
    return {
        item.id: OutgoingMessage(
            sender="chenbao@example.org",
            recipient=item.email,
            message=Ready(f"Message-ID: {item.message_id}\r\nSubject: Morning\r\n\r\nHello {item.name}.\r\n".encode()),
        )
        for item in claimed
    }


def reply(
    outcome: Outcome,
    *,
    code: int | None = None,
    enhanced_code: str | None = None,
    text: str = "",
    phase: Phase = Phase.DOT,
) -> SmtpReply:
    return SmtpReply(
        outcome=outcome,
        phase=phase,
        code=code,
        enhanced_code=enhanced_code,
        text=text,
        server="127.0.0.1:25",
        duration_seconds=0.5,
    )


@dataclass
class FakeTransport:
    """A relay that accepts everything, or answers as told; `sent` holds the recipients whose dot went out."""

    answers: dict[str, SmtpReply | Exception] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    recipient: str = ""
    stage: Stage = Stage.IDLE
    result: SmtpReply | TransportError | None = None
    deadline: float = 0.0
    has_more: bool = False

    def begin(self, sender: str, recipient: str, message: Content) -> None:
        self.recipient, self.stage, self.result = recipient, Stage.READY, None
        answer = self.answers.get(recipient)
        if isinstance(answer, TransportError):
            self.stage, self.result = Stage.SETTLED, answer
        elif isinstance(answer, Exception):
            raise answer

    def end(self) -> None:
        self.sent.append(self.recipient)
        answer = self.answers.get(self.recipient, reply(Outcome.ACCEPTED, code=250))
        assert isinstance(answer, SmtpReply)
        self.stage, self.result = Stage.SETTLED, answer

    def cut(self) -> None:
        self.stage = Stage.IDLE

    def close(self) -> None:
        """There is no connection."""

    def fileno(self) -> int:
        raise AssertionError("nobody waits for it")

    def advance(self) -> None:
        raise AssertionError("it never lets anybody wait")

    def expire(self) -> None:
        raise AssertionError("it never lets anybody wait")


def record_one(
    session: Session, delivery_id: int, owner: str, answer: SmtpReply, verdict: Verdict, *, at: datetime
) -> bool:
    """Write down what became of one delivery; False when it is not the owner's any more."""
    finding = Finding(delivery_id=delivery_id, attempt=1, reply=answer, verdict=verdict, started_at=at)
    return record(session, owner, [finding], at=at) == {delivery_id}


def one_way(database: Engine, transport: Transport, now: Clock) -> Callable[[str], Channels]:
    """Return what opens one local account, without any limits."""
    accounts = parse_smtp_urls("smtp://127.0.0.1:25")
    return lambda owner: Channels(database, accounts, now=now, owner=owner, transport_for=lambda _: transport)


def report(**counts: object) -> DispatchReport:
    nothing: dict[str, object] = dict.fromkeys(
        ("accepted", "deferred", "failed", "uncertain", "skipped", "released"), 0
    )
    return DispatchReport(**(nothing | {"problem": None} | counts))  # type: ignore[arg-type]  # the test's own words


def run(world: World, transport: Transport, build: Builder = write, **options: object) -> DispatchReport:
    """Dispatch by one local account; a pause moves the clock on."""
    channels_for = one_way(world.database, transport, world.now)
    chosen = {"now": world.now, "pause": lambda seconds: world.advance(seconds=seconds)} | options
    return dispatch(world.database, channels_for, build, **chosen)  # type: ignore[arg-type]  # dispatch's own options
