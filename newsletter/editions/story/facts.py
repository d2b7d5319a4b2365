"""The facts about one day and one reader from which a story is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.mail.smtp import Outcome, SmtpReply
from newsletter.papers.calendar import announced_at
from newsletter.papers.list_day import ListDay
from newsletter.subscribers.subscriber import Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionFacts:
    """An edition; `composed_at` is None until every reader has their row."""

    is_sample: bool
    opened_at: datetime
    composed_at: datetime | None
    paper_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """One day as it stands at `now`: the lists of its categories, and its edition if it has one.

    `lists` has one of every category that this installation reads, known or not. The edition waits for them until
    `deadline`. `newest_on` is the date of the newest edition; `asked_at` the earliest round of questions that we know of;
    `late_count` are the papers of its lists that came after it was composed.
    """

    edition_on: date
    now: datetime
    deadline: datetime
    lists: tuple[ListDay, ...]
    edition: EditionFacts | None = None
    newest_on: date | None = None
    asked_at: datetime | None = None
    late_count: int = 0
    has_readers: bool = True
    is_trending_awaited: bool = False

    @property
    def announced_at(self) -> datetime:
        return announced_at(self.edition_on)

    @property
    def composed_at(self) -> datetime | None:
        return self.edition.composed_at if self.edition else None

    @property
    def is_sample(self) -> bool:
        return self.edition is not None and self.edition.is_sample

    @property
    def is_archived(self) -> bool:
        """Whether all its lists were fetched for the archive."""
        stored = [known for known in self.lists if known.seen_at]
        return bool(stored) and all(known.is_backfilled for known in stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFacts:
    """A reader as they are now, with what ended their mail, if anything did."""

    reader: Subscriber
    unsubscribed_at: datetime | None = None
    suppressed_at: datetime | None = None
    suppression: str = ""

    @property
    def name(self) -> str:
        return " ".join(self.reader.name.split()) or self.reader.email

    @property
    def zone(self) -> ZoneInfo:
        return self.reader.preferences.zone


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """What a frozen digest holds: papers under the reader's keywords (some of them late), and trending ones."""

    paper_count: int = 0
    late_count: int = 0
    trending_count: int = 0
    missing_count: int | None = 0
    zone: ZoneInfo

    @property
    def is_empty(self) -> bool:
        return not self.paper_count and not self.trending_count


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """One delivery. `refusal` is the last answer but acceptance that an attempt got, empty when none did."""

    state: DeliveryState
    reason: str | None
    revision: int
    due_at: datetime
    next_attempt_at: datetime | None
    created_at: datetime
    changed_at: datetime
    accepted_at: datetime | None
    attempt_count: int
    refusal: str
    digest: DigestFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFacts:
    """One SMTP conversation."""

    started_at: datetime
    reply: SmtpReply


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackFacts:
    """What came back about a mail later: a bounce, a complaint, an unsubscription; `effect` is what followed, and why."""

    received_at: datetime
    kind: str
    status: str | None
    diagnostic: str
    effect: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResentFacts:
    """The resend that asked for a revision."""

    id: int
    requested_by: str
    is_recomposed: bool
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFacts:
    """All that is known of one revision of a mail."""

    delivery_id: int
    edition_on: date
    message: Message
    occasion: str
    revision: int
    state: DeliveryState
    reason: str | None
    created_at: datetime
    due_at: datetime
    changed_at: datetime
    accepted_at: datetime | None = None
    next_attempt_at: datetime | None = None
    lease_until: datetime | None = None
    marked_at: datetime | None = None
    death_count: int = 0
    retried_at: datetime | None = None
    folded_on: date | None = None
    resent: ResentFacts | None = None
    digest: DigestFacts
    attempts: Sequence[AttemptFacts] = ()
    feedback: Sequence[FeedbackFacts] = ()

    @property
    def mail(self) -> MailFacts:
        """The same as far as a sentence about it goes."""
        refusals = [attempt.reply for attempt in self.attempts if attempt.reply.outcome is not Outcome.ACCEPTED]
        last = (refusals[-1].code, refusals[-1].text) if refusals else ()
        return MailFacts(
            state=self.state,
            reason=self.reason,
            revision=self.revision,
            due_at=self.due_at,
            next_attempt_at=self.next_attempt_at,
            created_at=self.created_at,
            changed_at=self.changed_at,
            accepted_at=self.accepted_at,
            attempt_count=len(self.attempts),
            refusal=" ".join(str(part) for part in last if part),
            digest=self.digest,
        )
