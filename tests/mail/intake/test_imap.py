"""Reports in a mailbox on a real mail host: Postfix bounces a mail of ours, Dovecot shows the report."""

import imaplib
import smtplib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.db.engine import reading
from newsletter.deliveries.alarms import AlarmKind, list_open_alarms
from newsletter.errors import MailboxError, SettingsError
from newsletter.mail.intake.imap import ImapMailbox, collect_imap, find_in_mailbox, parse_imap_url
from newsletter.mail.server import Encryption
from newsletter.runtime import Runtime, open_runtime
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Preferences
from tests.embedded.peers import wait_for
from tests.factories import SITE
from tests.mail.mta import PASSWORD, MailHost, run_mail_host, what_is_missing
from tests.mail.reports import delivery_report

BOUNCES, MOVED = "bounces@example.org", "moved@example.org"
needs_mta = pytest.mark.mta


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    """A host with a mailbox for reports, and a reader who has moved to where nothing goes."""
    missing = what_is_missing()
    if missing is not None:
        pytest.skip(missing)
    with run_mail_host([BOUNCES], forwards={MOVED: "moved@elsewhere.example"}) as running:
        yield running


@pytest.fixture
def mailbox(host: MailHost) -> ImapMailbox:
    found = parse_imap_url(imap_url(host))
    collect_imap(found, lambda _raw: None, limit=1000)  # what earlier tests left
    return found


def imap_url(host: MailHost, password: str = PASSWORD) -> str:
    return f"imap://bounces%40example.org:{password}@127.0.0.1:{host.imap_port}/INBOX?done=Heard"


def drop(host: MailHost, mailbox: ImapMailbox, *ids: str) -> None:
    """Hand reports with these Message-IDs to the host, and wait until they are in the mailbox."""
    with smtplib.SMTP("127.0.0.1", host.smtp_port, timeout=10) as client:
        for own_id in ids:
            client.sendmail("", [BOUNCES], delivery_report("ann@example.org", own_id=own_id))
    for own_id in ids:
        wait_for(lambda own_id=own_id: find_in_mailbox(mailbox, own_id) is not None, f"{own_id} in the mailbox")  # type: ignore[misc]


def count_in(host: MailHost, folder: str) -> int:
    with imaplib.IMAP4("127.0.0.1", host.imap_port, timeout=10) as client:
        client.login(BOUNCES, PASSWORD)
        answer, (number,) = client.select(folder, readonly=True)
        return int(number or b"0") if answer == "OK" else 0  # made when it is first needed


@needs_mta
def test_reports_are_moved_when_they_are_recorded(host: MailHost, mailbox: ImapMailbox) -> None:
    before = count_in(host, "Heard")
    drop(host, mailbox, "<1@mx>", "<2@mx>")
    seen: list[bytes] = []
    assert collect_imap(mailbox, seen.append, limit=10) == 2
    assert all(b"user unknown" in raw for raw in seen)
    assert (count_in(host, "INBOX"), count_in(host, "Heard")) == (0, before + 2)
    assert collect_imap(mailbox, seen.append, limit=10) == 0


@needs_mta
def test_a_death_before_the_move_shows_a_report_once_more(host: MailHost, mailbox: ImapMailbox) -> None:
    drop(host, mailbox, "<3@mx>", "<4@mx>")
    seen: list[bytes] = []

    def record(raw: bytes) -> None:
        seen.append(raw)
        if len(seen) == 2:
            raise ValueError("the database is away")

    with pytest.raises(ValueError, match="away"):
        collect_imap(mailbox, record, limit=10)
    assert collect_imap(mailbox, seen.append, limit=10) == 2
    assert len(set(seen)) == 2


@needs_mta
def test_two_that_read_one_mailbox_at_once_lose_nothing(host: MailHost, mailbox: ImapMailbox) -> None:
    ids = [f"<both.{number}@mx>" for number in range(6)]
    drop(host, mailbox, *ids)
    seen: list[bytes] = []
    threads = [threading.Thread(target=collect_imap, args=[mailbox, seen.append], kwargs={"limit": 10}) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(seen)) == 6
    assert count_in(host, "INBOX") == 0


@needs_mta
def test_a_wrong_password_is_not_tried_for_ever(host: MailHost) -> None:
    with pytest.raises(MailboxError, match="user and password") as caught:
        collect_imap(parse_imap_url(imap_url(host, password="wrong")), lambda _raw: None, limit=1)
    assert not caught.value.retryable
    assert "wrong" not in str(caught.value)


@pytest.fixture
def runtime(host: MailHost, mailbox: ImapMailbox, tmp_path: Path) -> Iterator[Runtime]:
    settings = load_settings(
        home=tmp_path / "home", smtp_url=host.smtp_url, base_url=SITE, mail_from="Chenbao <chenbao@papers.example.org>",
        secret_key=str(tmp_path), bounce_domain="example.org", bounce_imap_url=imap_url(host),
    )  # fmt: skip
    found = open_runtime(settings)
    yield found
    found.database.dispose()


@needs_mta
def test_a_mail_that_postfix_sends_back_stops_its_reader(
    host: MailHost, mailbox: ImapMailbox, runtime: Runtime
) -> None:
    reader = runtime.subscribe(MOVED, ["cat:cs"], Preferences(), is_confirmed=False)
    assert runtime.dispatch().accepted == 1
    wait_for(lambda: count_in(host, "INBOX") == 1, "the report in the mailbox")
    found = runtime.collect_feedback()
    assert (found.mails, dict(found.effects), found.problems) == (1, {"suppressed": 1}, ())
    [told] = runtime.list_feedback()
    assert (told.matched_by, told.recipient, told.status) == ("return-path", MOVED, "5.1.1")
    assert [item.address_key for item in runtime.list_suppressions()] == [reader.email]


def test_a_mailbox_that_is_away_raises_an_alarm_until_it_is_back(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"imap://bounces:secret@127.0.0.1:{nobody.getsockname()[1]}/INBOX"
    (tmp_path / "mail" / "new").mkdir(parents=True)
    (tmp_path / "mail" / "cur").mkdir()
    (tmp_path / "mail" / "new" / "1.a").write_bytes(delivery_report("ann@example.org"))
    settings = load_settings(home=tmp_path / "home", bounce_imap_url=url, bounce_maildir=tmp_path / "mail")
    runtime = open_runtime(settings)
    found = runtime.collect_feedback()
    assert found.mails == 1  # the other source goes on
    assert len(found.problems) == 1
    assert "secret" not in found.problems[0]
    with reading(runtime.database) as session:
        assert [(alarm.kind, alarm.subject) for alarm in list_open_alarms(session)] == [
            (AlarmKind.BOUNCE_TROUBLE, "imap")
        ]
    runtime.database.dispose()


def test_a_mailbox_url_is_read_with_its_folders() -> None:
    found = parse_imap_url("imaps://me%40example.org:p%2Fw@mail.example.org/INBOX/Bounces?done=INBOX.Done")
    assert (found.host, found.port, found.encryption) == ("mail.example.org", 993, Encryption.IMPLICIT)
    assert (found.user, found.password) == ("me@example.org", "p/w")
    assert (found.folder, found.done_folder) == ("INBOX/Bounces", "INBOX.Done")
    assert "p/w" not in repr(found)
    plain = parse_imap_url("imap+starttls://me:pw@mail.example.org")
    assert (plain.port, plain.encryption, plain.folder, plain.done_folder) == (
        143,
        Encryption.STARTTLS,
        "INBOX",
        "Processed",
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hidden@mail.example.org",
        "imaps://mail.example.org/INBOX",
        "imaps://me:hidden@mail.example.org:0/INBOX",
        "imaps://me:hidden@mail.example.org/Processed",
        "imaps://me:hidden@mail.example.org/IN%22BOX",
        "imaps://me:hidden@[mail",
        "imap://me:hidden@mail.example.org/INBOX",
    ],
)
def test_a_wrong_mailbox_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="NEWSLETTER_BOUNCE_IMAP_URL") as caught:
        parse_imap_url(url)
    assert "hidden" not in str(caught.value)
