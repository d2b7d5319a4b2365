"""Reports and stopped addresses as an operator meets them."""

import smtplib
import threading
from pathlib import Path

import pytest

from newsletter.mail.return_path import ReturnPaths
from newsletter.runtime import open_runtime
from newsletter.settings import load_settings
from tests.cli.conftest import Newsletter
from tests.mail.reports import delivery_report

SECRET = "a secret of the tests, long enough"
ANN = "ann@example.org"


@pytest.fixture
def office(tmp_path: Path) -> Newsletter:
    """An installation without a relay or a network, with a Maildir for reports."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    settings = {
        "NEWSLETTER_SECRET_KEY": SECRET,
        "NEWSLETTER_BOUNCE_DOMAIN": "bounces.example.org",
        "NEWSLETTER_BOUNCE_MAILDIR": str(tmp_path / "mail"),
    }
    return Newsletter(home=tmp_path / "home", environment=settings)


def test_an_operator_stops_an_address_sees_it_and_lets_it_go(office: Newsletter) -> None:
    assert office("suppress", ANN, "--reason", "asked by phone").status == 0
    assert "before" in office("suppress", ANN, "--reason", "again").out
    [stopped] = office("suppressions", "--json").json
    assert (stopped["address"], stopped["reason"], stopped["detail"]) == (ANN, "operator", "asked by phone")
    assert ANN in office("suppressions").out
    assert office("unsuppress", ANN, "--reason", "a mistake").status == 0
    assert office("suppressions", "--json").json == []
    shown = office("bounces", "list", "--json").json
    assert [(item["class"], item["effect"], item["reason"]) for item in shown] == [
        ("operator", "suppressed", "asked by phone"),
        ("operator", "lifted", "a mistake"),
    ]


def test_what_is_wrong_is_said_with_the_status_of_wrong_usage(office: Newsletter) -> None:
    for arguments in (
        ["suppress", "ann", "--reason", "no address"],
        ["suppress", ANN],
        ["unsuppress", ANN, "--reason", "it is not stopped"],
        ["erase", ANN],
        ["bounces", "list", "--day", "friday"],
    ):
        assert office(*arguments).status == 2, arguments


def test_an_erased_reader_is_gone_and_their_address_still_stopped(office: Newsletter) -> None:
    office.subscribe(ANN, "cat:cs")
    office("suppress", ANN, "--reason", "asked by phone")
    assert office("erase", ANN).status == 0
    assert ANN not in office("subscribers").out
    log = office("audit", "--json")
    assert [(entry["who"], entry["action"], entry["what"]) for entry in log.json] == [
        ("command line", "erase-reader", "reader 1"),
        ("command line", "suppress", "reader 1"),
    ]
    assert ANN not in log.out
    assert office("suppressions", "--json").json[0]["address"] is None
    assert office("subscribe", ANN, "--keyword", "cat:cs", "--confirmed").status == 0
    assert office("suppressions", "--json").json[0]["address"] == ANN


def test_collected_reports_are_listed(office: Newsletter, tmp_path: Path) -> None:
    (tmp_path / "mail" / "new" / "1.a").write_bytes(delivery_report(ANN))
    assert office("bounces", "collect", "--json").json == {"mails": 1, "effects": {"recorded": 1}, "problems": []}
    assert "0 mails read: nothing new." in office("bounces", "collect").out
    listed = office("bounces", "list")
    assert "hard" in listed.out
    assert ANN in listed.out
    assert office("bounces", "list", "--day", "2026-03-20", "--json").json == []


def test_collecting_without_a_mailbox_or_from_a_broken_one_is_said(office: Newsletter, tmp_path: Path) -> None:
    nothing = office("bounces", "collect", NEWSLETTER_BOUNCE_MAILDIR="")
    assert nothing.status == 2
    assert "NEWSLETTER_BOUNCE_IMAP_URL" in nothing.err
    (tmp_path / "mail" / "new").rmdir()
    broken = office("bounces", "collect")
    assert broken.status == 1
    assert "Maildir" in broken.err


def test_the_listener_takes_reports_until_it_is_told_to_stop(office: Newsletter) -> None:
    address = ReturnPaths(SECRET, "bounces.example.org").of(1)
    process = office.start("bounces", "listen", "--port", "0")
    assert process.stdout is not None
    watch = threading.Timer(60, process.kill)
    watch.start()
    port = int(process.stdout.readline().rstrip(".\n").rpartition(" ")[2])
    with smtplib.SMTP("127.0.0.1", port, local_hostname="mx.example", timeout=30) as client:
        client.sendmail("", [address], delivery_report(ANN, to=address))
    process.terminate()
    assert process.wait(30) == 0
    watch.cancel()
    process.communicate()
    runtime = open_runtime(load_settings(home=office.home, secret_key=SECRET))
    assert [item.source for item in runtime.list_feedback()] == ["smtp"]
    runtime.database.dispose()
