"""From what goes wrong to the operator's inbox: raised, mailed once, solved, through real SMTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import transaction
from newsletter.deliveries.alarms import AlarmKind, clear_alarm, raise_alarm
from newsletter.papers.ledger import Judgement
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Consent
from newsletter.subscribers.tokens import Tokens
from newsletter.words import Words
from tests.factories import Hand, add_reader, judge_list
from tests.mail.peers import Peer, run_peer

SECRET = "a secret of the tests"


@dataclass
class Service:
    """A running installation and what its relay has accepted."""

    runtime: Runtime
    peer: Peer
    clock: Hand

    def work(self) -> None:
        """Do what a tick does about mail, a minute later."""
        self.clock.instant += timedelta(minutes=1)
        self.runtime.watch()
        self.runtime.tell_operators()
        self.runtime.dispatch()

    def mails(self) -> list[tuple[str, str]]:
        return [(mail.recipient, str(mail.parsed["Subject"])) for mail in self.peer.accepted]


@pytest.fixture
def service(engine: Engine) -> Iterator[Service]:
    clock = Hand()
    with run_peer() as peer:
        settings = load_settings(
            secret_key=SECRET, smtp_url=peer.url(), admin_email="ops@example.org", mail_from="Chenbao <c@example.org>"
        )
        tokens = Tokens(SECRET, now=clock)
        runtime = Runtime(settings=settings, clock=clock, database=engine, tokens=tokens)
        yield Service(runtime, peer, clock)


def test_an_operator_hears_of_an_alarm_once_and_that_it_is_solved(service: Service) -> None:
    for change in (raise_alarm, clear_alarm):
        with transaction(service.runtime.database) as session:
            slower = Words("Gmail asks for a slower pace.", "Gmail 要求放慢。")
            said = {"detail": slower} if change is raise_alarm else {}
            change(session, AlarmKind.CHANNEL_PAUSED, "gmail.com", at=service.clock(), **said)
        service.work()
        service.work()
    assert service.mails() == [
        ("ops@example.org", "Chenbao: A destination refuses our mail"),
        ("ops@example.org", "Chenbao: Solved: A destination refuses our mail"),
    ]
    body = service.peer.accepted[0].parsed.get_body(("plain",))
    assert body is not None
    assert "Gmail asks for a slower pace." in body.get_content()
    assert "List-Unsubscribe" not in service.peer.accepted[0].parsed


def test_what_the_watch_finds_is_mailed_too(service: Service) -> None:
    judge_list(service.runtime.desk, Judgement.ERROR)
    service.clock.instant += timedelta(hours=12)
    service.work()
    assert service.mails() == [("ops@example.org", "Chenbao: The day's lists could not be collected")]


def test_an_operator_who_reads_too_gets_both_and_is_listed_once_they_sign_up(service: Service) -> None:
    runtime = service.runtime
    judge_list(runtime.desk, Judgement.ERROR)
    service.clock.instant += timedelta(hours=12)
    service.work()
    assert runtime.list_subscribers() == []
    runtime.sign_up("ops@example.org", ["robots"], add_reader(runtime.desk, "x@example.org", "y").preferences)
    assert [reader.consent for reader in runtime.list_subscribers()] == [Consent.PENDING, Consent.CONFIRMED]
    service.work()
    assert [recipient for recipient, _ in service.mails()] == ["ops@example.org"] * 2


def test_readers_are_welcomed_get_their_link_and_a_goodbye(service: Service) -> None:
    runtime = service.runtime
    ann = add_reader(runtime.desk, "ann@example.org", "robots", is_confirmed=False)
    with transaction(runtime.database) as session:
        runtime.confirm_reader(session, ann.id)
    runtime.send_link("ann@example.org")
    service.work()
    with transaction(runtime.database) as session:
        runtime.unsubscribe_reader(session, ann.id)
    service.work()
    welcome, link, goodbye = "Welcome to your morning paper", "Your link to Chenbao", "You have unsubscribed"
    mails = {str(mail.parsed["Subject"]).partition(" · ")[0]: mail.parsed for mail in service.peer.accepted}
    assert sorted(mails) == sorted([welcome, link, goodbye])  # the first two fly side by side
    assert list(mails)[-1] == goodbye
    assert mails[welcome]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for answer in (mails[link], mails[goodbye]):
        assert "List-Unsubscribe" not in answer
        assert answer["Auto-Submitted"] == "auto-generated"


def test_without_an_operators_address_alarms_only_wait_to_be_looked_at(engine: Engine) -> None:
    clock = Hand()
    settings = load_settings(secret_key=SECRET)
    runtime = Runtime(settings=settings, clock=clock, database=engine, tokens=Tokens(SECRET, now=clock))
    with transaction(engine) as session:
        raise_alarm(session, AlarmKind.CHANNEL_PAUSED, "gmail.com", at=clock(), detail=Words("…", "…"))
    assert runtime.tell_operators() == 0
    assert [alarm.subject for alarm in runtime.list_alarms()] == ["gmail.com"]
