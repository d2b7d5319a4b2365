"""The mails of an installation with DKIM keys, on their way through Postfix into their readers' mailboxes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.messages import Message
from newsletter.deliveries.tables import DeliveryRow
from newsletter.mail.dkim.keys import format_key
from newsletter.papers.ledger import Judgement
from newsletter.papers.paper import ArxivId
from newsletter.papers.sources.sample import sample_announcement, sample_translations
from newsletter.runtime import Runtime, open_runtime
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Preferences
from newsletter.subscribers.tables import SubscriberRow
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.memory import remember
from tests.factories import FRIDAY, MORNING, SITE, Hand, announce, judge_list, open_day
from tests.mail.dkim.keys import DOMAIN, ED25519_KEY, RSA_KEY
from tests.mail.mta import MailHost

READERS = ("zhang@example.org", "li@example.org")
MONDAY = date(2026, 3, 23)


@contextmanager
def installation(home: Path, host: MailHost, clock: Hand) -> Iterator[Runtime]:
    """Run nothing, but have all parts: keys in the settings, Postfix as relay."""
    settings = load_settings(
        home=home, smtp_url=host.smtp_url, base_url=SITE, mail_from=f"Chenbao 晨报 <chenbao@{DOMAIN}>", secret_key=str(home),
        bounce_domain=f"bounces.{DOMAIN}", dkim_selector=RSA_KEY.selector, dkim_key=format_key(RSA_KEY).decode(),
        dkim_ed25519_key=format_key(ED25519_KEY).decode(),
    )  # fmt: skip
    runtime = replace(open_runtime(settings), clock=clock, tokens=Tokens(settings.secret_key, now=clock))
    yield runtime
    runtime.database.dispose()


def send_all_kinds(home: Path, host: MailHost) -> dict[Message, bytes]:
    """Send one mail of each kind, and return each as its reader finds it; the digest is the bundled sample edition."""
    zhang, li = READERS
    clock = Hand()
    with installation(home, host, clock) as runtime:
        announce_sample(runtime)
        everything = Preferences(wants_empty_mail=True)
        runtime.subscribe(zhang, ["强化学习", "cat:cs"], everything, name="张三", is_confirmed=True)
        runtime.compose(FRIDAY)
        runtime.sign_up(li, ["diffusion models"], Preferences(), "Li")
        runtime.dispatch()
        reader = runtime.get_reader(li)
        with transaction(runtime.database) as session:
            runtime.confirm_reader(session, reader.id)
        runtime.dispatch()
        runtime.send_link(zhang)
        with transaction(runtime.database) as session:
            runtime.unsubscribe_reader(session, reader.id)
        clock.instant += MONDAY - FRIDAY
        judge_list(runtime.desk, Judgement.NONE, listed_on=MONDAY)
        runtime.compose_notices()
        runtime.dispatch()
        return received(runtime, host)


def announce_sample(runtime: Runtime) -> None:
    """Announce the bundled papers under real identifiers, with their Chinese."""
    bundled = [item.paper for item in sample_announcement(FRIDAY).announced]
    papers = [replace(paper, arxiv_id=ArxivId(f"2603.{number:05}")) for number, paper in enumerate(bundled, 1)]
    open_day(runtime.desk, announce(papers))
    with transaction(runtime.database) as session:
        remember(
            session, sample_translations("zh"), source="en", target="zh", engine="sample",
            translated_at=MORNING,
        )  # fmt: skip


def received(runtime: Runtime, host: MailHost) -> dict[Message, bytes]:
    """Return every mail of an installation as it lies in its mailbox."""
    with reading(runtime.database) as session:
        statement = select(DeliveryRow, SubscriberRow).where(DeliveryRow.subscriber_id == SubscriberRow.id)
        rows = [
            (Message(row.message), row.message_id, row.state, reader.email) for row, reader in session.exec(statement)
        ]
    assert {state for _, _, state, _ in rows} == {"accepted"}, rows
    return {message: host.read(email, message_id) for message, message_id, _, email in rows}
