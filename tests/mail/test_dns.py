"""What a domain publishes, asked of a real name server."""

import socket
from collections.abc import Iterator

import pytest

from newsletter.errors import NameServerError, SettingsError
from newsletter.mail.dns import Resolver, parse_name_server
from tests.mail.name_server import NameServer, running_name_server

ZONE = """
example.org. MX 20 backup.example.org.
example.org. MX 10 MX.example.org.
mx.example.org. A 192.0.2.1
mx.example.org. AAAA 2001:db8::1
silent.example.org. MX 0 .
bare.example.org. A 192.0.2.9
key._domainkey.example.org. TXT "v=DKIM1; p=AB" "CD" ""
key._domainkey.example.org. TXT "another"
1.2.0.192.in-addr.arpa. PTR mx.example.org.
"""


@pytest.fixture
def server() -> Iterator[NameServer]:
    with running_name_server(ZONE) as running:
        yield running


@pytest.fixture
def resolver(server: NameServer) -> Resolver:
    return Resolver(server.address, lifetime_seconds=1)


def test_the_preferred_host_for_a_domains_mail_comes_first(resolver: Resolver) -> None:
    assert resolver.find_mx("example.org") == ["mx.example.org", "backup.example.org"]


def test_a_domain_without_mx_takes_its_mail_itself(resolver: Resolver) -> None:
    assert resolver.find_mx("Bare.example.org.") == ["bare.example.org"]


@pytest.mark.parametrize(
    "domain", ["silent.example.org", "no-such.example.org", "a..b", "x" * 64 + ".org", "", "\udcff"]
)
def test_a_domain_that_takes_no_mail_has_no_host_for_it(resolver: Resolver, domain: str) -> None:
    assert resolver.find_mx(domain) == []


def test_the_strings_of_a_record_are_one_text(resolver: Resolver) -> None:
    assert sorted(resolver.find_texts("key._domainkey.example.org")) == ["another", "v=DKIM1; p=ABCD"]


def test_addresses_and_names_lead_to_each_other(resolver: Resolver) -> None:
    assert resolver.find_addresses("mx.example.org") == ["192.0.2.1", "2001:db8::1"]
    assert resolver.find_names("192.0.2.1") == ["mx.example.org"]
    assert resolver.find_names("192.0.2.2") == []
    assert resolver.find_names("no address") == []


def test_a_question_is_asked_once(server: NameServer, resolver: Resolver) -> None:
    assert resolver.find_mx("example.org") == resolver.find_mx("example.org")
    assert server.questions == ["example.org MX"]


def test_a_server_in_trouble_is_no_answer(server: NameServer, resolver: Resolver) -> None:
    server.broken.add("example.org")
    with pytest.raises(NameServerError, match="no answer for example") as caught:
        resolver.find_mx("example.org")
    assert caught.value.retryable


def test_a_server_that_is_away_is_no_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        away = Resolver(f"127.0.0.1:{mute.getsockname()[1]}", lifetime_seconds=0.05)
        with pytest.raises(NameServerError):
            away.find_texts("example.org")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:54", ("2001:db8::1", 54)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
    ],
)
def test_a_name_server_is_an_address_with_or_without_port(written: str, meant: tuple[str, int]) -> None:
    assert parse_name_server(written) == meant


@pytest.mark.parametrize("written", ["ns.example.org", "192.0.2.1:0", "192.0.2.1:70000", ":53"])
def test_what_is_no_name_server_is_refused(written: str) -> None:
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1:53"):
        parse_name_server(written)
