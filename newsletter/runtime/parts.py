"""The parts of one installation, each made once a process, when it is first needed."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import requests
import structlog
from celery import Celery
from kombu.exceptions import OperationalError as BrokerUnreachable
from sqlalchemy import Engine as Database
from sqlmodel import Session

from newsletter.clock import Clock
from newsletter.db.engine import reading
from newsletter.deliveries.feedback.hear import Secrets
from newsletter.deliveries.letterhead import Letterhead
from newsletter.digests.addresses import Addresses
from newsletter.digests.compile import load_renderer
from newsletter.digests.digest import Digest
from newsletter.digests.load import FrozenDigest, load_digests
from newsletter.digests.render import Renderer
from newsletter.editions.desk import Desk
from newsletter.editions.story.chronicle import Chronicle
from newsletter.embedded.broker import broker_url
from newsletter.errors import InputError, SettingsError
from newsletter.mail.dkim.signer import Signer
from newsletter.mail.keyring import find_signer
from newsletter.mail.message import message_id_for
from newsletter.mail.return_path import ReturnPaths
from newsletter.mail.server import SmtpAccount, parse_smtp_urls
from newsletter.operators.audit import COMMAND_LINE, Note, record
from newsletter.papers.ask import Collector
from newsletter.papers.sources.gate import open_session
from newsletter.resources import templates_folder
from newsletter.settings import Settings
from newsletter.subscribers.subscriber import Languages
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.engines import open_translators
from newsletter.translation.language import load_language

log = structlog.get_logger(__name__)

WAKE_EXPIRES_SECONDS = 50  # beat pokes every minute: an older wake-up call says nothing new

TASK_TICK = "chenbao.tick"
TASK_COLLECT = "chenbao.collect"
TASK_TRENDING = "chenbao.trending"
TASK_COMPOSE = "chenbao.compose"
TASK_RESEND = "chenbao.resend"
TASK_DISPATCH = "chenbao.dispatch"
QUEUE = "celery"
BULK_QUEUE = "bulk"
"""Of calls that keep a worker busy for a while: it turns to the two in turn, so that these hold up nothing else for long."""
TASK_HEAR = "chenbao.hear"
TASK_SEARCH = "chenbao.search"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What every kind of work needs: settings, clock, database, and what is made from them."""

    settings: Settings
    clock: Clock
    database: Database
    tokens: Tokens

    @cached_property
    def renderer(self) -> Renderer:
        """The compiled templates: made once a process, when first a message is built."""
        return load_renderer(templates_folder(), self.choices)

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
    def language(self) -> str:
        """The code of the language that papers are translated into. Raises SettingsError where there are no data of it."""
        try:
            return load_language(self.settings.language).code
        except InputError as error:
            raise SettingsError(f"NEWSLETTER_LANGUAGE: {error}") from error

    @property
    def choices(self) -> tuple[Languages, ...]:
        """The languages that readers of this installation choose from."""
        return Languages.offered(self.language)

    @cached_property
    def desk(self) -> Desk:
        return Desk(
            database=self.database,
            now=self.clock,
            categories=self.settings.categories,
            language=self.language,
            translators=open_translators(self.settings),
            addresses=self.addresses,
        )

    @cached_property
    def chronicle(self) -> Chronicle:
        """What tells of any day and any reader why a mail came, came late, was empty or did not come."""
        return Chronicle(desk=self.desk, patience=timedelta(hours=self.settings.patience_hours))

    @cached_property
    def signer(self) -> Signer | None:
        """What signs every message, or None; reads the keys' files. Raises SettingsError."""
        return find_signer(self.settings)

    @cached_property
    def accounts(self) -> tuple[SmtpAccount, ...]:
        """The ways out, the preferred one first. Raises SettingsError."""
        return parse_smtp_urls(self.settings.smtp)

    @cached_property
    def feedback_secrets(self) -> Secrets:
        """What proves what comes back."""
        return Secrets(return_paths=self.return_paths, tokens=self.tokens, message_id=self.message_id)

    @cached_property
    def letterhead(self) -> Letterhead:
        """What every message of this installation has in common."""
        return Letterhead(
            from_header=self.settings.mail_from,
            public_url=self.settings.public_url,
            return_paths=self.return_paths if self.settings.bounce_domain else None,
            signer=self.signer,
        )

    @cached_property
    def return_paths(self) -> ReturnPaths:
        """What reads the addresses of reports: also of mails that went out when there was a domain for them."""
        return ReturnPaths(self.settings.secret_key, self.settings.bounce_domain)

    def wake(self, task: str, *arguments: Any, queue: str = QUEUE) -> bool:
        """Wake a worker; a broker that is down is no failure, since beat finds the work in the database later."""
        options = {"expires": WAKE_EXPIRES_SECONDS, "retry": False, "ignore_result": True}
        try:
            self._celery.send_task(task, args=arguments, queue=queue, **options)
        except (BrokerUnreachable, OSError) as error:
            log.warning("broker_unreachable", task=task, problem=str(error))
            return False
        return True

    def message_id(self, subscriber_id: int, message: str, occasion: str, revision: int) -> str:
        return message_id_for(
            secret_key=self.settings.secret_key,
            from_header=self.settings.mail_from,
            subscriber_id=subscriber_id,
            message=message,
            occasion=occasion,
            revision=revision,
        )

    def note_command(self, action: str, what: str = "", **detail: Any) -> Note:
        """Return what writes an action of the command line down, in the transaction that does it."""

        def write(session: Session) -> None:
            record(session, COMMAND_LINE, action, what, detail, at=self.clock())

        return write

    def show(self, frozen: FrozenDigest) -> Digest:
        with reading(self.database) as session:
            return load_digests(session, [frozen], self.addresses, language=self.language)[0]

    @cached_property
    def _celery(self) -> Celery:
        celery = Celery("chenbao", broker=broker_url(self.settings), set_as_current=False)
        # at once or not at all: a reader who signs up must not wait for a broker that is down, nor be told by the wait
        at_once = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
        celery.conf.broker_transport_options = {"socket_connect_timeout": 2, "socket_timeout": 5, **at_once}
        return celery
