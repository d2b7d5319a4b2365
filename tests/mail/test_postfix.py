"""A digest on its way through the programs of the real world: handed to Postfix, read from Dovecot."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from itertools import cycle, islice
from pathlib import Path

import pytest
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.letters import seal_digest
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.digests.digest import Digest
from newsletter.mail.content import Ready
from newsletter.mail.server import parse_smtp_url
from newsletter.mail.smtp import Outcome, Phase, SmtpTransport
from newsletter.papers.paper import ArxivId, abs_url
from newsletter.papers.sources.sample import sample_announcement, sample_translations
from newsletter.runtime import Runtime, open_runtime
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Preferences, Subscriber
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.memory import remember
from tests.factories import FRIDAY, MORNING, SITE, Hand, announce, open_day
from tests.mail.mta import LARGEST_MESSAGE_BYTES, MailHost, run_mail_host, what_is_missing

READER = "zhang@example.org"
STRANGER = "nobody-knows@example.org"
EDITOR = "chenbao@papers.example.org"
PAPERS = [ArxivId(f"2603.{number:05}") for number in range(1, 47)]

pytestmark = pytest.mark.mta


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """An installation whose relay is Postfix, on the morning of a day of 46 papers in both languages."""

    runtime: Runtime
    host: MailHost

    def subscribe(self, email: str) -> Subscriber:
        """Add a reader of everything, in both languages."""
        keywords = ["强化学习", "cat:cs"]
        return self.runtime.subscribe(email, keywords, Preferences(), name="张三", is_confirmed=True)

    def digest(self, reader: Subscriber) -> Digest:
        """Return what was frozen for the reader."""
        found = self.runtime.load_digest(reader.id, FRIDAY)
        assert found is not None
        return found

    def delivery(self, reader: Subscriber) -> tuple[DeliveryRow, AttemptRow]:
        """Return the reader's delivery and its only attempt."""
        with reading(self.runtime.database) as session:
            row = session.exec(select(DeliveryRow).where(DeliveryRow.subscriber_id == reader.id)).one()
            return row, session.exec(select(AttemptRow).where(AttemptRow.delivery_id == row.id)).one()

    def received(self, reader: Subscriber) -> bytes:
        """Return the reader's digest as it lies in the mailbox."""
        return self.host.read(reader.email, self.delivery(reader)[0].message_id)


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    """A mail host that knows one reader."""
    missing = what_is_missing()
    if missing is not None:
        pytest.skip(missing)
    with run_mail_host([READER]) as running:
        yield running


@pytest.fixture
def morning(host: MailHost, tmp_path: Path) -> Iterator[Morning]:
    settings = load_settings(
        home=tmp_path / "home", smtp_url=host.smtp_url, base_url=SITE, mail_from=f"Chenbao 晨报 <{EDITOR}>",
        secret_key=str(tmp_path),  # the host outlives a test: no two of them may send under one Message-ID
    )  # fmt: skip
    clock = Hand()  # stands still: the links in a mail tell when it was written
    runtime = replace(open_runtime(settings), clock=clock, tokens=Tokens(settings.secret_key, now=clock))
    announce_papers(runtime)
    yield Morning(runtime=runtime, host=host)
    runtime.database.dispose()


def announce_papers(runtime: Runtime) -> None:
    """Announce the bundled papers under real identifiers, over again until there are 46, with their Chinese."""
    bundled = [item.paper for item in sample_announcement(FRIDAY).announced]
    papers = islice(cycle(bundled), len(PAPERS))
    announced = [replace(paper, arxiv_id=name) for name, paper in zip(PAPERS, papers, strict=True)]
    open_day(runtime.desk, announce(announced))
    with transaction(runtime.database) as session:
        remember(
            session, sample_translations("zh"), source="en", target="zh", engine="sample",
            translated_at=MORNING,
        )  # fmt: skip


def parse(content: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(content)


def body_of(content: bytes) -> bytes:
    return content.partition(b"\r\n\r\n")[2]


def test_a_digest_of_46_papers_lies_in_the_mailbox_as_it_was_written(morning: Morning) -> None:
    reader = morning.subscribe(READER)
    morning.runtime.compose(FRIDAY)
    assert morning.runtime.dispatch(edition_on=FRIDAY).accepted == 1
    delivery, attempt = morning.delivery(reader)
    assert (delivery.state, attempt.code, attempt.enhanced_code) == ("accepted", 250, "2.0.0")

    digest, content = morning.digest(reader), morning.received(reader)
    message = parse(content)
    written = morning.runtime.renderer.message(digest)
    text, html = (part.get_content() for part in message.iter_parts())
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert text.splitlines() == written.text.splitlines()
    assert html.splitlines() == written.html.splitlines()
    assert [part.defects for part in message.walk()] == [[], [], []]
    for place in map(abs_url, PAPERS):
        assert place in text
        assert place in html
    assert "耐心自有回报" in text
    assert "耐心自有回报" in html
    assert max(map(len, content.split(b"\r\n"))) <= 998
    sent = seal_digest(
        morning.runtime.letterhead, morning.runtime.renderer, reader, digest,
        message_id=delivery.message_id, date=MORNING,
    )  # fmt: skip
    assert body_of(content) == body_of(sent.octets(is_eight_bit=True))


def test_every_header_comes_through_two_mail_programs_as_it_was_set(morning: Morning) -> None:
    reader = morning.subscribe(READER)
    morning.runtime.compose(FRIDAY)
    morning.runtime.dispatch(edition_on=FRIDAY)
    delivery, _ = morning.delivery(reader)
    digest = morning.digest(reader)
    message = parse(morning.received(reader))
    (sender,), (recipient,) = message["From"].addresses, message["To"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Chenbao 晨报", EDITOR)
    assert (recipient.display_name, recipient.addr_spec) == ("张三", READER)
    assert message["Subject"] == morning.runtime.renderer.subject(digest)
    assert "强化学习" in message["Subject"]
    assert message["Message-ID"] == delivery.message_id
    assert message["Return-Path"] == f"<{EDITOR}>"
    assert message["List-Unsubscribe"] == f"<{digest.links.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "Chenbao 晨报 <digest.papers.example.org>"
    assert message["Content-Language"] == "en, zh-Hans"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == MORNING


def test_a_reader_whom_the_relay_does_not_know_fails_for_good_and_holds_up_nobody(morning: Morning) -> None:
    stranger, reader = morning.subscribe(STRANGER), morning.subscribe(READER)
    morning.runtime.compose(FRIDAY)
    report = morning.runtime.dispatch(edition_on=FRIDAY)
    assert (report.accepted, report.failed, report.problem) == (1, 1, None)
    delivery, attempt = morning.delivery(stranger)
    assert (delivery.state, attempt.outcome, attempt.phase) == ("failed", "failed", "rcpt")
    assert (attempt.code, attempt.enhanced_code) == (550, "5.1.1")
    assert "User unknown" in attempt.text
    assert morning.received(reader)


def test_a_message_too_large_for_the_relay_fails_before_it_is_sent(host: MailHost) -> None:
    def no_dot() -> None:
        raise AssertionError("the whole message went out")

    with SmtpTransport(parse_smtp_url(host.smtp_url)) as transport:
        reply = transport.send(EDITOR, READER, Ready(b"x" * LARGEST_MESSAGE_BYTES), before_final_dot=no_dot)
    assert (reply.outcome, reply.phase, reply.code) == (Outcome.FAILED, Phase.MAIL, 552)
    assert reply.enhanced_code == "5.3.4"
