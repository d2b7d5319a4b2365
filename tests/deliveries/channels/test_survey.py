"""How the channels stand, and an operator's word that a hold is over."""

import pytest

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.channels import Channel, Wait
from newsletter.deliveries.channels.store import WHOLE
from newsletter.deliveries.channels.survey import AccountView, resume, survey
from newsletter.errors import NotFoundError
from newsletter.mail.server import parse_smtp_urls
from tests.deliveries.channels.office import GONE, REFUSED, Office

A = "a.example:465"


def look(office: Office) -> AccountView:
    with reading(office.database) as session:
        return survey(session, parse_smtp_urls(office.urls), at=office.time)[0]


def free(office: Office, destination: str | None = None, account: str = A) -> list[str]:
    with transaction(office.database) as session:
        return resume(session, parse_smtp_urls(office.urls), account, destination, at=office.time)


def test_an_account_shows_what_it_carried_and_may_carry(office: Office) -> None:
    office.urls = "smtps://a.example?per_day=300&connections=3&warmup=2026-03-19"
    worker = office.worker()
    office.send_all(worker, ["ann@big.example", "bob@small.example"])
    found = look(office)
    assert (found.usage.hour, found.usage.day, found.daily_cap, found.warmup_day) == (2, 2, 100, 2)
    assert [(channel.destination, channel.in_use) for channel in found.channels] == [("big", 1), ("small.example", 1)]
    assert found.whole.in_use == 1
    worker.close()
    assert look(office).whole.in_use == 0


def test_an_account_that_was_never_used_is_shown_too(office: Office) -> None:
    found = look(office)
    assert (found.account.name, found.usage.day, found.channels, found.whole.is_held) == (A, 0, [], False)


def test_a_hold_is_shown_with_its_reason_until_an_operator_ends_it(office: Office) -> None:
    with office.worker() as worker:
        office.send(worker, "ann@big.example", REFUSED)
        (channel,) = look(office).channels
        assert channel.is_held
        assert channel.pace.reason == "550 5.7.1 … we do not like you."
        assert free(office, "big") == ["big"]
        assert not look(office).channels[0].is_held
        assert office.alarms() == []
        office.advance(seconds=5)
        assert isinstance(office.send(worker, "ann@big.example"), Channel)


def test_an_account_is_freed_with_all_its_destinations(office: Office) -> None:
    with office.worker() as worker:
        office.send(worker, "ann@big.example", REFUSED)
        office.send(worker, "ann@small.example", GONE)
        assert isinstance(office.send(worker, "ann@other.example"), Wait)
        assert free(office) == [WHOLE, "big"]
        assert free(office) == []


def test_what_is_not_there_cannot_be_freed(office: Office) -> None:
    with pytest.raises(NotFoundError, match=f"there is {A}"):
        free(office, account="b.example:465")
    with pytest.raises(NotFoundError, match="knows no destination big"):
        free(office, "big")
