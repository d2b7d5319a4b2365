"""The one place where parts are put together: from settings to something that can run."""

from newsletter.db.engine import ServerLimits, open_engine, reading
from newsletter.db.migrate import current_revision, head_revision, migrate
from newsletter.deliveries.states import parse_uncertain_policy
from newsletter.editions import agenda, collect, trending
from newsletter.editions import store as editions
from newsletter.errors import SettingsError
from newsletter.mail.intake.listen import parse_listen_url
from newsletter.mail.keyring import find_signer
from newsletter.mail.server import parse_smtp_urls
from newsletter.runtime.api import ApiWork
from newsletter.runtime.deliveries import stop_dispatching
from newsletter.runtime.exchange import ExchangeWork
from newsletter.runtime.feedback import FeedbackWork, find_mailbox
from newsletter.runtime.glossary import GlossaryWork
from newsletter.runtime.mailroom import MailroomWork
from newsletter.runtime.measures import MeasureWork
from newsletter.runtime.mine import OwnWork
from newsletter.runtime.operators import OperatorWork
from newsletter.runtime.parts import (
    BULK_QUEUE,
    QUEUE,
    TASK_COLLECT,
    TASK_COMPOSE,
    TASK_DISPATCH,
    TASK_HEAR,
    TASK_RESEND,
    TASK_SEARCH,
    TASK_TICK,
    TASK_TRENDING,
)
from newsletter.runtime.reader_desk import ReaderDeskWork
from newsletter.runtime.resends import ResendWork
from newsletter.runtime.search import SearchWork
from newsletter.runtime.today import TodayWork
from newsletter.runtime.translations import TranslationWork
from newsletter.settings import Settings, load_settings
from newsletter.subscribers.store import count_subscribers
from newsletter.subscribers.subscriber import Consent
from newsletter.subscribers.tokens import Tokens

__all__ = [
    "BULK_QUEUE",
    "QUEUE",
    "TASK_COLLECT",
    "TASK_COMPOSE",
    "TASK_DISPATCH",
    "TASK_HEAR",
    "TASK_RESEND",
    "TASK_SEARCH",
    "TASK_TICK",
    "TASK_TRENDING",
    "Runtime",
    "open_runtime",
    "stop_dispatching",
]


class Runtime(
    ResendWork,
    FeedbackWork,
    OperatorWork,
    ApiWork,
    OwnWork,
    TodayWork,
    ReaderDeskWork,
    MailroomWork,
    TranslationWork,
    GlossaryWork,
    ExchangeWork,
    MeasureWork,
    SearchWork,
):
    """One installation, ready to work. Make it with `open_runtime`, once a process, after forking."""

    def tick(self) -> list[str]:
        """Look what is due at this instant, wake whoever does it, and return the names of the tasks that bring mail."""
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
        self.clear_refusals()
        self.wake_search()
        if self.is_feedback_due():
            woken.append(TASK_HEAR)
            self.wake(TASK_HEAR)
        woken += [TASK_RESEND] * self.wake_resends()
        self.watch()
        self.tell_operators()
        self.forget_askings()
        woken += [TASK_DISPATCH] * self.wake_dispatch()
        self.note_tick()  # last of all: a tick that breaks off is none, and health says so
        return woken


def open_runtime(settings: Settings | None = None) -> Runtime:
    """Open the database, bring its schema up to date where that is safe, and return the runtime.

    A SQLite file belongs to this host alone and is migrated on the spot; on a server `newsletter migrate` does it, so that
    no process changes the schema under another's feet. Raises SettingsError, also for a relay, a DKIM key, a mailbox or a
    policy that cannot be used.
    """
    settings = settings or load_settings()
    find_signer(settings)  # a key that cannot be used ends the program now, not each mail later
    find_mailbox(settings)  # and so does a URL that cannot be read
    if settings.bounce_listen:
        parse_listen_url(settings.bounce_listen)
    parse_smtp_urls(settings.smtp)
    parse_uncertain_policy(settings.uncertain)
    database = open_engine(
        settings.database,
        ServerLimits(
            connections=settings.database_connections,
            lock_seconds=settings.database_lock_seconds,
            statement_seconds=settings.database_statement_seconds,
        ),
    )
    if database.dialect.name == "sqlite":
        migrate(database)
    elif current_revision(database) != head_revision():
        raise SettingsError(
            "The database's schema is not this program's. Run `newsletter migrate` once, then start again."
        )
    clock = settings.now
    return Runtime(settings=settings, clock=clock, database=database, tokens=Tokens(settings.secret_key, now=clock))
