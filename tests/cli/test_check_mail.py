"""`newsletter check --mail`: the sender as receivers see it, by a real DNS and a mail that really travels."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Newsletter
from tests.embedded.peers import running_inbox
from tests.mail.name_server import NameServer, running_name_server

ZONE = """
example.org. MX 10 mx.example.org.
example.org. TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.example.org. TXT "v=DMARC1; p=quarantine; rua=mailto:postmaster@example.org"
mx.example.org. A 192.0.2.10
10.2.0.192.in-addr.arpa. PTR mx.example.org.
"""


@pytest.fixture
def server() -> Iterator[NameServer]:
    with running_name_server(ZONE) as running:
        yield running


@pytest.fixture
def sender(tmp_path: Path, server: NameServer) -> Iterator[Newsletter]:
    """An installation at example.org with keys, whose mail goes to the embedded inbox."""
    home = tmp_path / "home"
    environment = {
        "NEWSLETTER_MAIL_FROM": "Chenbao 晨报 <chenbao@example.org>",
        "NEWSLETTER_DNS_SERVER": server.address,
        "NEWSLETTER_DKIM_SELECTOR": "chenbao",
    }
    with running_inbox(home / "inbox") as port:
        newsletter = Newsletter(home=home, environment=environment | {"NEWSLETTER_INBOX_PORT": str(port)})
        records = newsletter("dkim", "keygen", "--json").json["records"]
        lines = [f"{one['name']}. TXT {' '.join(json.dumps(part) for part in one['strings'])}" for one in records]
        server.publish("\n".join([ZONE, *lines]))
        yield newsletter


def test_a_sender_in_order_has_nothing_to_mend(sender: Newsletter) -> None:
    result = sender("check", "--mail", "--relay-ip", "192.0.2.10", "--json")
    assert result.status == 0, result.out + result.err
    assert {finding["grade"] for finding in result.json} == {"ok"}
    assert {finding["part"] for finding in result.json} == {"SPF", "DKIM", "DMARC", "MX", "PTR", "mail"}
    said = " ".join(finding["text"] for finding in result.json)
    for text in ("192.0.2.10 is mx.example.org", "holds, checked against the DNS", "covered by the signature"):
        assert text in said
    (mail,) = sender.inbox()
    assert b"chenbao@example.org" in mail.read_bytes()


def test_missing_records_are_named_with_what_to_publish(sender: Newsletter, server: NameServer) -> None:
    server.publish("")
    result = sender("check", "--mail", "--relay-ip", "192.0.2.10", "--json")
    assert result.status == 1
    wrong = {finding["part"]: finding for finding in result.json if finding["grade"] == "problem"}
    assert wrong.keys() == {"SPF", "DKIM", "DMARC", "MX", "PTR"}
    assert "v=spf1 ip4:192.0.2.10 -all" in wrong["SPF"]["hint"]
    assert "newsletter dkim show" in wrong["DKIM"]["hint"]
    assert "v=DMARC1; p=none" in wrong["DMARC"]["hint"]
    assert any("against our own key, as the DNS has none" in finding["text"] for finding in result.json)


def test_a_dns_that_is_away_hides_nothing_else(sender: Newsletter, server: NameServer) -> None:
    server.broken |= {"example.org", "_dmarc.example.org", "chenbao._domainkey.example.org"}
    result = sender("check", "--mail")
    assert result.status == 1
    assert "gave no answer for example.org (TXT)" in result.out
    assert "NEWSLETTER_DNS_SERVER" in result.out
    assert "both headers for unsubscribing arrived" in result.out


def test_a_sender_at_home_is_only_asked_to_mail_itself(sender: Newsletter, server: NameServer) -> None:
    before = list(server.questions)
    result = sender("check", "--mail", NEWSLETTER_MAIL_FROM="chenbao@localhost", NEWSLETTER_DKIM_SELECTOR="")
    assert result.status == 0, result.out
    assert "sender: mail comes from localhost" in result.out
    assert server.questions == before


def test_mail_without_keys_or_a_relay_is_a_problem(sender: Newsletter) -> None:
    result = sender("check", "--mail", NEWSLETTER_DKIM_SELECTOR="", NEWSLETTER_INBOX_PORT="1")
    assert result.status == 1
    assert "keys were made, but mail is not signed with them" in result.out
    assert "Nothing listens at 127.0.0.1:1" in result.out


def test_a_mail_that_nobody_can_read_back_says_where_to_look(sender: Newsletter) -> None:
    relay = f"smtp://127.0.0.1:{sender.environment['NEWSLETTER_INBOX_PORT']}"
    result = sender("check", "--mail", "--to", "me@example.net", NEWSLETTER_SMTP_URL=relay)
    assert "nobody looked at what arrived at me@example.net" in result.out
    assert "NEWSLETTER_CHECK_IMAP_URL" in result.out


@pytest.mark.parametrize(
    "options", [("--to", "me@example.org"), ("--mail", "--relay-ip", "mx.example.org"), ("--mail", "--to", "nobody")]
)
def test_wrong_options_are_refused(sender: Newsletter, options: tuple[str, ...]) -> None:
    assert sender("check", *options).status == 2


def test_check_alone_says_whether_mail_is_signed(sender: Newsletter) -> None:
    assert "signature: mail is signed for example.org (chenbao, chenbao-ed25519)" in sender("check", "--offline").out
    away = "smtp://127.0.0.1:1"
    assert (
        "mail is not signed" in sender("check", "--offline", NEWSLETTER_DKIM_SELECTOR="", NEWSLETTER_SMTP_URL=away).out
    )
    broken = sender("check", "--offline", NEWSLETTER_DKIM_SELECTOR="other")
    assert broken.status == 1
    assert "there is no key for it" in broken.out


def test_every_account_is_looked_at_and_tried(sender: Newsletter) -> None:
    working = f"smtp://127.0.0.1:{sender.environment['NEWSLETTER_INBOX_PORT']}"
    accounts = f"{working} smtp://127.0.0.1:1"
    said = sender("check", "--mail", NEWSLETTER_SMTP_URL=accounts).out
    assert f"mail by {working.removeprefix('smtp://')}: " in said
    assert "mail by 127.0.0.1:1: Nothing listens" in said
    assert "relay: Nothing listens at 127.0.0.1:1" in sender("check", "--offline", NEWSLETTER_SMTP_URL=accounts).out
