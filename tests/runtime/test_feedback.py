"""From a mail that goes out to the report that comes back, and what a tick does about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.alarms import list_open_alarms
from newsletter.deliveries.states import SkipReason
from newsletter.deliveries.tables import DeliveryRow
from newsletter.errors import SettingsError
from newsletter.mail.bounces import BounceClass
from newsletter.mail.intake.incoming import Source, open_mail
from newsletter.runtime import Runtime, open_runtime
from newsletter.settings import Settings, load_settings
from newsletter.subscribers.subscriber import Consent, Subscriber
from newsletter.subscribers.tokens import Tokens
from tests.factories import Hand, add_reader
from tests.mail.peers import Peer, run_peer
from tests.mail.reports import complaint, delivery_report

SECRET = "a secret of the tests"
ANN = "ann@example.org"


@dataclass
class Service:
    """A running installation, its relay, and the Maildir that reports come to."""

    runtime: Runtime
    peer: Peer
    clock: Hand
    maildir: Path

    def welcome(self, email: str) -> Subscriber:
        """Add a reader, whose first mail goes out now."""
        reader = add_reader(self.runtime.desk, email, "robots", is_confirmed=False)
        with transaction(self.runtime.database) as session:
            self.runtime.confirm_reader(session, reader.id)
        self.runtime.dispatch()
        return reader

    def drop(self, name: str, raw: bytes) -> None:
        (self.maildir / "new" / name).write_bytes(raw)


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def open_service(engine: Engine, settings: Settings, peer: Peer, maildir: Path) -> Service:
    clock = Hand()
    runtime = Runtime(settings=settings, clock=clock, database=engine, tokens=Tokens(SECRET, now=clock))
    return Service(runtime, peer, clock, maildir)


@pytest.fixture
def service(engine: Engine, maildir: Path) -> Iterator[Service]:
    with run_peer() as peer:
        settings = load_settings(
            secret_key=SECRET, smtp_url=peer.url(), mail_from="Chenbao <c@example.org>",
            bounce_domain="bounces.example.org", bounce_maildir=maildir,
        )  # fmt: skip
        yield open_service(engine, settings, peer, maildir)


def test_every_mail_leaves_by_a_return_path_of_its_own_and_names_a_way_to_unsubscribe_by_mail(service: Service) -> None:
    readers = [service.welcome(email) for email in (ANN, "bob@example.org")]
    paths = service.runtime.return_paths
    with reading(service.runtime.database) as session:
        for mail, reader in zip(service.peer.accepted, readers, strict=True):
            delivery = session.get(DeliveryRow, paths.read(mail.sender))
            assert delivery is not None
            assert delivery.subscriber_id == reader.id
            one_click, by_mail = str(mail.parsed["List-Unsubscribe"]).split(",")
            assert one_click.startswith("<http")
            assert by_mail.strip() == f"<mailto:{paths.unsubscribe_of(reader.id)}?subject=unsubscribe>"


def test_without_a_domain_for_reports_they_go_to_the_from_address(engine: Engine, maildir: Path) -> None:
    with run_peer() as peer:
        settings = load_settings(secret_key=SECRET, smtp_url=peer.url(), mail_from="Chenbao <c@example.org>")
        open_service(engine, settings, peer, maildir).welcome(ANN)
        [mail] = peer.accepted
    assert mail.sender == "c@example.org"
    assert "mailto:" not in str(mail.parsed["List-Unsubscribe"])


def test_a_mail_that_comes_back_stops_its_reader(service: Service) -> None:
    service.welcome(ANN)
    service.drop("1.a", delivery_report("elsewhere@example.net", to=service.peer.accepted[0].sender))
    found = service.runtime.collect_feedback()
    assert (found.mails, dict(found.effects), found.problems) == (1, {"suppressed": 1}, ())
    [told] = service.runtime.list_feedback()
    assert (told.matched_by, told.effect) == ("return-path", "suppressed")
    assert service.runtime.collect_feedback().mails == 0


@pytest.mark.parametrize("kind", [BounceClass.HARD, BounceClass.SOFT, BounceClass.POLICY])
def test_a_report_finds_its_mail_by_the_message_id_it_quotes(service: Service, kind: BounceClass) -> None:
    service.welcome(ANN)
    sent = str(service.peer.accepted[0].parsed["Message-ID"])
    service.drop("1.a", delivery_report("elsewhere@example.net", kind, message_id=sent))
    service.runtime.collect_feedback()
    [told] = service.runtime.list_feedback()
    assert (told.kind, told.matched_by) == (kind, "message-id")


def test_a_complaint_unsubscribes(service: Service) -> None:
    reader = service.welcome(ANN)
    sent = str(service.peer.accepted[0].parsed["Message-ID"])
    service.drop("1.a", complaint(ANN, to="feedback@example.org", message_id=sent))
    service.runtime.collect_feedback()
    assert [item.reason for item in service.runtime.list_suppressions()] == ["complaint"]
    assert service.runtime.get_reader(reader.email).consent is Consent.UNSUBSCRIBED


def test_a_mail_to_the_unsubscribe_address_takes_back_what_is_queued_and_is_followed_by_one_goodbye(
    service: Service,
) -> None:
    service.welcome(ANN)
    service.runtime.send_link(ANN)  # waits in the queue
    address = str(service.peer.accepted[0].parsed["List-Unsubscribe"]).partition("mailto:")[2].partition("?")[0]
    for name in ("1.a", "2.b"):
        service.drop(name, f"From: {name}@example.net\nTo: {address}\nSubject: unsubscribe\n\n".encode())
    assert service.runtime.collect_feedback().effects == {"unsubscribed": 2}
    service.clock.instant += timedelta(minutes=1)
    service.runtime.dispatch()
    assert [mail.recipient for mail in service.peer.accepted] == [
        ANN,
        ANN,
    ]  # the welcome and the goodbye, to the reader
    with reading(service.runtime.database) as session:
        last = session.get(DeliveryRow, 2)
    assert last is not None
    assert last.reason == SkipReason.UNSUBSCRIBED


def test_one_report_that_comes_by_two_ways_counts_once(service: Service) -> None:
    service.welcome(ANN)
    raw = delivery_report(ANN, BounceClass.SOFT, to=service.peer.accepted[0].sender)
    service.drop("1.a", b"Delivered-To: somebody@example.org\n" + raw.replace(b"\r\n", b"\n"))
    service.runtime.collect_feedback()
    service.runtime.reports().record(raw, service.peer.accepted[0].sender)
    assert service.runtime.hear(open_mail(raw, Source.WEBHOOK)) == []
    assert len(service.runtime.list_feedback()) == 1


def test_the_listener_knows_our_signed_addresses_alone(service: Service) -> None:
    is_ours, paths = service.runtime.reports().is_ours, service.runtime.return_paths
    assert is_ours(paths.of(5))
    assert is_ours(paths.unsubscribe_of(5))
    assert not is_ours("bounces@bounces.example.org")
    assert not is_ours(paths.of(5).replace("+5-", "+6-"))


def test_a_tick_wakes_whoever_hears_while_a_mailbox_is_named(service: Service, engine: Engine) -> None:
    assert service.runtime.is_feedback_due()
    deaf = Runtime(
        settings=load_settings(secret_key=SECRET), clock=service.clock, database=engine, tokens=service.runtime.tokens
    )
    assert not deaf.is_feedback_due()


def test_a_mailbox_in_trouble_is_asked_every_quarter_of_an_hour_until_it_is_back(service: Service) -> None:
    (service.maildir / "new").rename(service.maildir / "elsewhere")
    assert len(service.runtime.collect_feedback().problems) == 1
    due = []
    for _ in range(30):
        service.clock.instant += timedelta(minutes=1)
        due.append(service.runtime.is_feedback_due())
    assert due.count(True) == 2
    (service.maildir / "elsewhere").rename(service.maildir / "new")
    assert service.runtime.collect_feedback().problems == ()
    with reading(service.runtime.database) as session:
        assert not list_open_alarms(session)
    assert service.runtime.is_feedback_due()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("bounce_domain", "not a domain"),
        ("bounce_domain", "bounces@example.org"),
        ("bounce_domain", "example.org."),
        ("bounce_imap_url", "imaps://mail.example.org"),
        ("bounce_webhook_secret", "short"),
    ],
)
def test_settings_that_would_lose_reports_end_the_program_at_its_start(setting: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"NEWSLETTER_{setting.upper()}"):
        open_runtime(load_settings(**{setting: value}))
