"""Alarms and links on the command line."""

import pytest

from newsletter.db.engine import transaction
from newsletter.deliveries.alarms import AlarmKind, raise_alarm
from newsletter.runtime import open_runtime
from newsletter.words import Words
from tests.cli.conftest import Newsletter
from tests.conftest import NOON


@pytest.fixture
def _alarm(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    newsletter("subscribe", "ann@example.org", "-k", "robots", "--confirmed")
    monkeypatch.setenv("NEWSLETTER_HOME", str(newsletter.home))
    runtime = open_runtime()
    with transaction(runtime.database) as session:
        raise_alarm(
            session,
            AlarmKind.CHANNEL_PAUSED,
            "gmail.com",
            at=NOON,
            detail=Words("Gmail asks for a slower pace.", "Gmail asks for a slower pace."),
        )
    runtime.database.dispose()


def test_without_alarms_it_says_so(newsletter: Newsletter) -> None:
    found = newsletter("alarms")
    assert (found.status, found.out.strip()) == (0, "No alarm is open.")
    assert newsletter("alarms", "--json").json == []


@pytest.mark.usefixtures("_alarm")
def test_open_alarms_are_listed_and_stand_above_the_status_of_a_day(newsletter: Newsletter) -> None:
    said = newsletter("alarms").out
    assert "A destination refuses our mail: gmail.com, since 2026-03-20 12:00 UTC." in said
    assert "Gmail asks for a slower pace." in said
    (found,) = newsletter("alarms", "--json").json
    assert found == {
        "kind": "channel-paused",
        "subject": "gmail.com",
        "detail": "Gmail asks for a slower pace.",
        "raised_at": "2026-03-20T12:00:00+00:00",
    }
    newsletter("collect")
    assert newsletter("status").out.startswith("▲ A destination refuses our mail")
    assert newsletter("status", "--json").json["alarms"] == [found]


@pytest.mark.usefixtures("_alarm")
def test_an_operator_may_send_a_reader_their_link_as_often_as_they_like(newsletter: Newsletter) -> None:
    for _ in range(2):
        sent = newsletter("link", "ann@example.org")
        assert (sent.status, sent.out.strip()) == (0, "The link is on its way to ann@example.org.")
    newsletter("subscribe", "bo@example.org", "-k", "robots")
    assert newsletter("link", "bo@example.org").status == 2
    assert "No reader has the address" in newsletter("link", "cy@example.org").err
