"""Where mail goes slower, as an operator asks for it."""

from newsletter.clock import parse_instant
from newsletter.db.engine import open_engine
from newsletter.deliveries.channels import Channel, Channels
from newsletter.mail.server import parse_smtp_urls
from tests.cli.conftest import EVENING, Newsletter
from tests.deliveries.channels.office import OK, REFUSED, Relay

URL = "smtp://127.0.0.1:2599?per_hour=500"
NAME = "127.0.0.1:2599"


def refused(newsletter: Newsletter) -> Newsletter:
    """Let one account carry a mail, and one domain refuse us."""
    newsletter.environment["NEWSLETTER_SMTP_URL"] = URL
    assert newsletter("migrate").status == 0
    database = open_engine(f"sqlite:///{newsletter.home / 'newsletter.db'}")
    now = parse_instant(EVENING)
    with Channels(database, parse_smtp_urls(URL), now=lambda: now, owner="here:1:1:a", transport_for=Relay) as channels:
        for recipient, answer in (("ann@good.example", OK), ("bob@bad.example", REFUSED)):
            channel = channels.open(recipient)
            assert isinstance(channel, Channel)
            channels.settle(channel, answer)
    database.dispose()
    return newsletter


def test_accounts_and_slowed_destinations_are_listed(newsletter: Newsletter) -> None:
    shown = refused(newsletter)("channels")
    assert shown.status == 0, shown.err
    assert f"{NAME}: 2 of 500 mails in the last hour, 2 in 24 hours" in shown.out
    assert "bad.example" in shown.out
    assert "refused until 2026-03-20 01:10 UTC: 550 5.7.1 … we do not like you." in " ".join(shown.out.split())
    assert "ann@" not in shown.out
    assert "good.example" not in shown.out


def test_the_same_as_json(newsletter: Newsletter) -> None:
    (account,) = refused(newsletter)("channels", "--json").json
    assert account["account"] == NAME
    assert account["hour"] == {"carried": 2, "cap": 500}
    assert (account["day"], account["warmup_day"], account["is_held"]) == ({"carried": 2, "cap": None}, None, False)
    assert account["destinations"] == [
        {
            "destination": "bad.example",
            "connections": {"in_use": 0, "limit": 1},
            "hold": "refused",
            "is_held": True,
            "held_until": "2026-03-20T01:10:00+00:00",
            "reason": "550 5.7.1 … we do not like you.",
            "rate_per_second": 1.0,
        }
    ]


def test_an_operator_ends_a_hold(newsletter: Newsletter) -> None:
    freed = refused(newsletter)("channels", "resume", NAME, "bad.example")
    assert (freed.status, freed.out) == (0, f"{NAME} to bad.example is open again.\n")
    assert newsletter("channels", "resume", NAME).out == "Nothing was held.\n"
    assert newsletter("channels", "resume", "nobody").status == 2
