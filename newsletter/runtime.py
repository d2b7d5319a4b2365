"""The one place where parts are put together: from settings to something that can run."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import requests
import structlog
from celery import Celery
from kombu.exceptions import OperationalError as BrokerUnreachable
from sqlalchemy import Engine as Database
from sqlmodel import Session

from newsletter.clock import Clock
from newsletter.db.engine import open_engine, reading, transaction
from newsletter.db.migrate import current_revision, head_revision, migrate
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.dispatch import DispatchReport, OutgoingMessage, dispatch
from newsletter.deliveries.letters import Letterhead, build_messages, write_digest
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import Claimed
from newsletter.deliveries.sweep import SweepReport, sweep
from newsletter.digests import store as digests
from newsletter.digests.compile import load_renderer
from newsletter.digests.digest import Digest
from newsletter.digests.load import Addresses, FrozenDigest, load_digests, thaw
from newsletter.digests.render import Renderer
from newsletter.digests.tables import DigestRow
from newsletter.editions import agenda, collect, notice, sign_up, trending
from newsletter.editions import store as editions
from newsletter.editions.chronicle import Chronicle
from newsletter.editions.compose import Composition, compose_edition, preview_digest
from newsletter.editions.day import Progress
from newsletter.editions.desk import Desk
from newsletter.editions.resend import ResendLine, resend_day
from newsletter.editions.store import Edition
from newsletter.editions.trending import TrendingComposition
from newsletter.editions.trial import Trial, try_query
from newsletter.embedded.broker import broker_url
from newsletter.embedded.inbox import find_by_message_id
from newsletter.errors import SettingsError
from newsletter.mail.message import message_id_for
from newsletter.mail.server import parse_smtp_url
from newsletter.mail.smtp import SmtpTransport
from newsletter.papers.ask import Collector
from newsletter.papers.backfill import BackfillPlan, BackfillReport, backfill_ids, backfill_range, plan_backfill
from newsletter.papers.collect import CollectReport
from newsletter.papers.ledger_store import count_missing
from newsletter.papers.paper import parse_arxiv_id
from newsletter.papers.sources.gate import open_session
from newsletter.papers.trending import TrendingReport, try_trending
from newsletter.papers.trending_day import edition_at
from newsletter.resources import templates_folder
from newsletter.settings import Settings, load_settings
from newsletter.subscribers.store import count_subscribers, get_by_email, get_subscriber, list_subscribers
from newsletter.subscribers.subscriber import Consent, Preferences, Subscriber, SubscriberId
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.engines import open_translator

log = structlog.get_logger(__name__)

WAKE_EXPIRES_SECONDS = 50  # beat pokes every minute: an older wake-up call says nothing new

TASK_TICK = "chenbao.tick"
TASK_COLLECT = "chenbao.collect"
TASK_TRENDING = "chenbao.trending"
TASK_COMPOSE = "chenbao.compose"
TASK_DISPATCH = "chenbao.dispatch"

_stop = threading.Event()


def stop_dispatching() -> None:
    """Let every dispatch of this process end its current message and give the rest back."""
    _stop.set()


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """One installation, ready to work. Make it with `open_runtime`, once a process, after forking."""

    settings: Settings
    clock: Clock
    database: Database
    tokens: Tokens

    @cached_property
    def renderer(self) -> Renderer:
        """The compiled templates: made once a process, when first a message is built."""
        return load_renderer(templates_folder())

    @cached_property
    def http(self) -> requests.Session:
        """The session behind arXiv's polite gate."""
        return open_session(self.settings)

    @cached_property
    def collector(self) -> Collector:
        """What asks arXiv and keeps the ledger."""
        return Collector(database=self.database, http=self.http, settings=self.settings, now=self.clock)

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses(public_url=self.settings.public_url, tokens=self.tokens)

    @cached_property
    def desk(self) -> Desk:
        return Desk(
            database=self.database,
            now=self.clock,
            categories=self.settings.categories,
            translator=open_translator(self.settings),
            addresses=self.addresses,
        )

    @cached_property
    def chronicle(self) -> Chronicle:
        """What tells of any day and any reader why a mail came, came late, was empty or did not come."""
        return Chronicle(desk=self.desk, patience=timedelta(hours=self.settings.patience_hours))

    @cached_property
    def letterhead(self) -> Letterhead:
        """What every message of this installation has in common."""
        return Letterhead(from_header=self.settings.mail_from, public_url=self.settings.public_url)

    # --- papers ---------------------------------------------------------------------------------------------------

    def collect(self) -> CollectReport:
        """Collect the newest announcement and open its edition; raises SourceError when no source answers."""
        return collect.collect_edition(self.desk, self.collector)

    def try_collection(self) -> CollectReport | None:
        """Collect if it is due and nobody else does."""
        return collect.try_collection(self.desk, self.collector)

    def collect_trending(self, edition_on: date) -> TrendingReport | None:
        """Ask Hugging Face for the list that an edition shows, if a reader wants it and it is not there; raises SourceError."""
        if self.edition(edition_on).is_sample:
            return None
        return trending.collect_for_edition(self.desk, self.http, self.settings, edition_on)

    def follow_trending(self) -> TrendingComposition | None:
        """Collect today's trending papers if they are due and nobody else does, and compose the mails of their own.

        Returns None at weekends; raises SourceError.
        """
        edition_on = edition_at(self.clock())
        if edition_on is None:
            return None
        try_trending(self.database, self.http, self.settings, now=self.clock)
        return trending.compose_trending(self.desk, edition_on, message_id=self._message_id)

    def open_sample(self) -> date:
        """Open the bundled sample edition and return its date."""
        return collect.open_sample(self.desk)

    def plan_backfill(self, first: date, last: date) -> BackfillPlan:
        """Return what a backfill would ask; raises InputError for a range or a category that arXiv cannot have."""
        return plan_backfill(self.database, self.settings, first, last, now=self.clock)

    def backfill_days(self, first: date, last: date, tell: Callable[[str], None] | None = None) -> BackfillReport:
        """Fetch past days through the API; no mail is sent for them."""
        report = backfill_range(self.database, self.http, self.settings, first, last, now=self.clock, on_progress=tell)
        collect.open_editions(self.desk, (*report.filled, *report.kept))
        return report

    def backfill_ids(self, ids: Sequence[str], tell: Callable[[str], None] | None = None) -> BackfillReport:
        """Fetch single papers through the API; raises InputError for what is no identifier."""
        wanted = [parse_arxiv_id(text)[0] for text in ids]
        return backfill_ids(self.database, self.http, self.settings, wanted, now=self.clock, on_progress=tell)

    def count_missing(self, edition_on: date) -> int | None:
        """Return how many papers of a day are known to be missing; None when its lists are not known whole."""
        with reading(self.database) as session:
            return count_missing(session, self.settings.categories, edition_on)

    def newest_edition(self) -> date | None:
        """Return the date of the newest edition, or None."""
        with reading(self.database) as session:
            found = editions.find_newest(session)
            return None if found is None else found.edition_on

    def edition(self, edition_on: date) -> Edition:
        """Return an edition; raises NotFoundError."""
        with reading(self.database) as session:
            return editions.get_edition(session, edition_on)

    def match(self, text: str, *, day: date | None, days: int) -> Trial:
        """Try a query against one stored day, or against the newest ones."""
        return try_query(self.desk, text, day=day, days=days)

    # --- readers --------------------------------------------------------------------------------------------------

    def sign_up(self, email: str, keywords: Sequence[str], preferences: Preferences, name: str = "") -> None:
        """Ask the owner of an address to confirm; silent about known addresses. Raises InputError for bad input."""
        delivery = sign_up.sign_up(self.desk, email, keywords, preferences, message_id=self._message_id, name=name)
        if delivery is not None:
            self.wake(TASK_DISPATCH, [delivery])

    def subscribe(
        self, email: str, keywords: Sequence[str], preferences: Preferences, *, name: str = "", is_confirmed: bool
    ) -> Subscriber:
        """Add a reader for an operator; unconfirmed ones get the confirmation mail. Raises ConflictError for a known one."""
        reader, delivery = sign_up.subscribe(
            self.desk,
            email,
            keywords,
            preferences,
            message_id=self._message_id,
            name=name,
            is_confirmed=is_confirmed,
        )
        if delivery is not None:
            self.wake(TASK_DISPATCH, [delivery])
        return reader

    def request_confirmation(self, subscriber_id: SubscriberId) -> None:
        """Queue today's confirmation mail of a reader, once, and wake the workers."""
        with transaction(self.database) as session:
            delivery = sign_up.queue_confirmation(session, subscriber_id, self.clock(), self._message_id)
        if delivery is not None:
            self.wake(TASK_DISPATCH, [delivery])

    def list_subscribers(self) -> list[Subscriber]:
        """Return all readers."""
        with reading(self.database) as session:
            return list_subscribers(session)

    def get_reader(self, email: str) -> Subscriber:
        """Return the reader with this address; raises NotFoundError."""
        with reading(self.database) as session:
            return get_by_email(session, email)

    # --- digests --------------------------------------------------------------------------------------------------

    def preview(self, reader: Subscriber, edition_on: date) -> Digest:
        """Return the frozen digest of a reader, or what they would get if there is none yet."""
        frozen = self.load_digest(reader.id, edition_on)
        return frozen or self._show(
            preview_digest(self.desk, reader, edition_on, missing_count=self.count_missing(edition_on))
        )

    def load_digest(self, subscriber_id: int, edition_on: date) -> Digest | None:
        """Return a reader's frozen digest of a day with all its papers, or None."""
        return self._load(digests.find_row, subscriber_id, edition_on)

    def load_trending(self, subscriber_id: int, edition_on: date) -> Digest | None:
        """Return the trending papers that a reader got in a mail of their own, or None."""
        return self._load(digests.find_trending_row, subscriber_id, edition_on)

    def _load(
        self, find: Callable[[Session, int, date], DigestRow | None], subscriber_id: int, edition_on: date
    ) -> Digest | None:
        with reading(self.database) as session:
            row = find(session, subscriber_id, edition_on)
            if row is None:
                return None
            frozen = thaw(row, get_subscriber(session, SubscriberId(subscriber_id)).token_version)
        return self._show(frozen)

    def preview_message(self, reader: Subscriber, digest: Digest) -> bytes:
        """Return the MIME message that would carry this digest."""
        occasion = f"preview-{digest.edition_on}"
        message_id = self._message_id(reader.id, Message.DIGEST, occasion, 0)
        return write_digest(self.letterhead, self.renderer, reader, digest, message_id=message_id, date=self.clock())

    def compose(self, edition_on: date, on_progress: Progress | None = None) -> Composition:
        """Give every confirmed reader who has none yet their digest and delivery; raises NotFoundError.

        Those who want trending papers in a mail of their own get that, too.
        """
        composition = compose_edition(
            self.desk,
            edition_on,
            message_id=self._message_id,
            missing_count=self.count_missing(edition_on),
            on_progress=on_progress,
        )
        trending.compose_trending(self.desk, edition_on, message_id=self._message_id)
        return composition

    def compose_notices(self) -> int:
        """Queue the mails that say why there is no list today, once it is known; returns how many are new."""
        return notice.compose_notices(self.desk, message_id=self._message_id)

    # --- deliveries -----------------------------------------------------------------------------------------------

    def dispatch(
        self,
        *,
        ids: Sequence[int] | None = None,
        edition_on: date | None = None,
        ignoring_due: bool = False,
        on_progress: Progress | None = None,
    ) -> DispatchReport:
        """Send what is open: these deliveries, or those of an edition."""
        with self._transport() as transport:
            return dispatch(
                self.database,
                transport,
                self._build,
                now=self.clock,
                ids=ids,
                edition_on=edition_on,
                ignoring_due=ignoring_due,
                limit=self.settings.dispatch_batch,
                lease_seconds=self.settings.lease_seconds,
                should_stop=_stop.is_set,
                on_progress=on_progress,
            )

    def sweep(self) -> SweepReport:
        """Take back deliveries whose worker died."""
        return sweep(
            self.database, now=self.clock, was_received=self._was_received if self.settings.uses_inbox else None
        )

    def resend(
        self,
        edition_on: date,
        *,
        to: Sequence[str] | None,
        only_missing: bool,
        again: bool,
        dry_run: bool,
        message: Message = Message.DIGEST,
    ) -> list[ResendLine]:
        """Queue a day's mails once more; with `dry_run` only say who would get them and why."""
        ids = None if to is None else [self.get_reader(email).id for email in to]
        return resend_day(
            self.desk,
            edition_on,
            message_id=self._message_id,
            message=message,
            to=ids,
            only_missing=only_missing,
            again=again,
            dry_run=dry_run,
        )

    def count_states(self, edition_on: date, *, message: Message = Message.DIGEST) -> Mapping[str, int]:
        """Return how many readers of an edition are in each state, by their latest delivery; raises NotFoundError.

        Trending papers in mails of their own (`Message.TRENDING`) need no edition.
        """
        with reading(self.database) as session:
            if message is Message.DIGEST:
                editions.get_edition(session, edition_on)
            found = deliveries.count_states(session, edition_on, message=message)
        return {state.value: found.get(state, 0) for state in DeliveryState}

    def count_skips(self, edition_on: date, *, message: Message = Message.DIGEST) -> Mapping[str, int]:
        """Return how many readers of an edition were skipped for each reason."""
        with reading(self.database) as session:
            return deliveries.count_skips(session, edition_on, message=message)

    def count_due(self, edition_on: date, *, ignoring_due: bool = False) -> int:
        """Return how many deliveries of an edition are being sent, or could be now."""
        now = self.clock()
        with reading(self.database) as session:
            waiting = deliveries.list_open_ids(session, now=now, edition_on=edition_on, ignoring_due=ignoring_due)
            return len(waiting) + deliveries.count_states(session, edition_on).get(DeliveryState.SENDING, 0)

    # --- what is due ----------------------------------------------------------------------------------------------

    def tick(self) -> list[str]:
        """Look what is due at this instant, wake whoever does it, and return the names of the tasks."""
        self.sweep()
        woken = []
        if collect.is_due(self.desk, self.collector):
            woken.append(TASK_COLLECT)
            self.wake(TASK_COLLECT)
        if trending.is_due(self.desk):
            woken.append(TASK_TRENDING)
            self.wake(TASK_TRENDING)
        with reading(self.database) as session:
            newest = editions.find_newest(session)
            has_readers = count_subscribers(session, Consent.CONFIRMED) > 0
        if (
            newest is not None
            and agenda.is_composition_due(
                newest_on=newest.edition_on, is_composed=newest.composed_at is not None, has_readers=has_readers
            )
            and collect.is_ready(self.desk, self.collector, newest.edition_on)
            and not trending.is_awaited(self.desk, newest)
        ):
            woken.append(TASK_COMPOSE)
            self.wake(TASK_COMPOSE, str(newest.edition_on))
        self.compose_notices()
        return woken + [TASK_DISPATCH] * self.wake_dispatch()

    def wake_dispatch(self) -> int:
        """Hand every delivery that is due now to the workers, in batches; returns how many batches."""
        with reading(self.database) as session:
            due = deliveries.list_open_ids(session, now=self.clock())
        starts = range(0, len(due), self.settings.dispatch_batch)
        for start in starts:
            self.wake(TASK_DISPATCH, due[start : start + self.settings.dispatch_batch])
        return len(starts)

    def wake(self, task: str, *arguments: Any) -> bool:
        """Wake a worker; a broker that is down is no failure, since beat finds the work in the database later."""
        try:
            self._celery.send_task(task, args=arguments, expires=WAKE_EXPIRES_SECONDS, retry=False, ignore_result=True)
        except (BrokerUnreachable, OSError) as error:
            log.warning("broker_unreachable", task=task, problem=str(error))
            return False
        return True

    # --- parts ----------------------------------------------------------------------------------------------------

    @cached_property
    def _celery(self) -> Celery:
        celery = Celery("chenbao", broker=broker_url(self.settings), set_as_current=False)
        # at once or not at all: a reader who signs up must not wait for a broker that is down, nor be told by the wait
        at_once = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
        celery.conf.broker_transport_options = {"socket_connect_timeout": 2, "socket_timeout": 5, **at_once}
        return celery

    def _transport(self) -> SmtpTransport:
        return SmtpTransport(parse_smtp_url(self.settings.smtp))

    def _was_received(self, message_id: str) -> bool | None:
        return find_by_message_id(self.settings.inbox_folder, message_id)

    def _message_id(self, subscriber_id: int, message: str, occasion: str, revision: int) -> str:
        return message_id_for(
            secret_key=self.settings.secret_key,
            from_header=self.settings.mail_from,
            subscriber_id=subscriber_id,
            message=message,
            occasion=occasion,
            revision=revision,
        )

    def _build(self, claimed: Sequence[Claimed]) -> Mapping[int, OutgoingMessage | Exception]:
        with reading(self.database) as session:
            return build_messages(session, claimed, self.letterhead, self.renderer, self.addresses, now=self.clock())

    def _show(self, frozen: FrozenDigest) -> Digest:
        with reading(self.database) as session:
            return load_digests(session, [frozen], self.addresses)[0]


def open_runtime(settings: Settings | None = None) -> Runtime:
    """Open the database, bring its schema up to date where that is safe, and return the runtime.

    A SQLite file belongs to this host alone and is migrated on the spot; on a server `newsletter migrate` does it, so that
    no process changes the schema under another's feet. Raises SettingsError.
    """
    settings = settings or load_settings()
    database = open_engine(settings.database)
    if database.dialect.name == "sqlite":
        migrate(database)
    elif current_revision(database) != head_revision():
        raise SettingsError(
            "The database's schema is not this program's. Run `newsletter migrate` once, then start again."
        )
    clock = settings.now
    return Runtime(settings=settings, clock=clock, database=database, tokens=Tokens(settings.secret_key, now=clock))
