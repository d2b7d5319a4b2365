"""SPF records read as RFC 7208 says: who may send, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from newsletter.mail.spf import SpfReading, SpfResult, read_spf

RELAY = "192.0.2.10"


@dataclass
class Zone:
    """A DNS in a few dictionaries."""

    texts: Mapping[str, Sequence[str]]
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mx: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def find_texts(self, name: str) -> list[str]:
        return list(self.texts.get(name, ()))

    def find_addresses(self, host: str) -> list[str]:
        return list(self.addresses.get(host, ()))

    def find_mx_records(self, domain: str) -> list[str]:
        return list(self.mx.get(domain, ()))


def read(record: str, *, address: str | None = RELAY, **others: str) -> SpfReading:
    """Read the record of example.org; others are the records of other names, with _ for a dot."""
    texts = {name.replace("_", "."): [text] for name, text in others.items()}
    zone = Zone(
        texts={"example.org": ["some other text", record], **texts},
        addresses={"example.org": [RELAY], "mx.example.org": ["192.0.2.77", "2001:db8::7"]},
        mx={"example.org": ["mx.example.org"], "silent.org": [""]},
    )
    return read_spf(zone, "example.org", address)


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", SpfResult.PASS),
        ("v=spf1 ip4:192.0.2.10 -all", SpfResult.PASS),
        ("v=spf1 ip4:198.51.100.0/24 -all", SpfResult.FAIL),
        ("v=spf1 ~all", SpfResult.SOFTFAIL),
        ("v=spf1 ?all", SpfResult.NEUTRAL),
        ("v=spf1", SpfResult.NEUTRAL),
        ("v=spf1 all", SpfResult.PASS),
        ("v=spf1 -ip4:192.0.2.10 +all", SpfResult.FAIL),
        ("v=spf1 A -ALL", SpfResult.PASS),
        ("v=spf1 a:mx.example.org -all", SpfResult.FAIL),
        ("v=spf1 a:mx.example.org/24 -all", SpfResult.PASS),
        ("v=spf1 mx/26 -all", SpfResult.FAIL),
        ("v=spf1 mx/24//64 -all", SpfResult.PASS),
        ("v=spf1 mx:silent.org -all", SpfResult.FAIL),
        ("v=spf1 ip6:2001:db8::/32 -all", SpfResult.FAIL),
        ("v=spf1 exp=why.example.org -all", SpfResult.FAIL),
    ],
)
def test_a_record_says_whether_the_relay_may_send(record: str, result: SpfResult) -> None:
    reading = read(record)
    assert (reading.result, reading.problems) == (result, ())


def test_an_address_of_the_new_kind_is_compared_with_the_new_networks() -> None:
    assert read("v=spf1 ip4:0.0.0.0/0 ip6:2001:db8::/32 -all", address="2001:db8::7").result is SpfResult.PASS
    assert read("v=spf1 mx -all", address="2001:db8::7").result is SpfResult.PASS


def test_an_include_lets_those_send_whom_it_lets() -> None:
    provider = "v=spf1 ip4:192.0.2.0/24 ~all"
    assert read("v=spf1 include:provider.net -all", provider_net=provider).result is SpfResult.PASS
    others = "v=spf1 ip4:198.51.100.0/24 ~all"
    assert read("v=spf1 include:provider.net -all", provider_net=others).result is SpfResult.FAIL


def test_a_redirect_is_followed_when_nothing_else_matches() -> None:
    elsewhere = "v=spf1 ip4:192.0.2.0/24 -all"
    assert read("v=spf1 redirect=other.net", other_net=elsewhere).result is SpfResult.PASS
    assert read("v=spf1 redirect=other.net", other_net=elsewhere, address="198.51.100.1").result is SpfResult.FAIL
    assert read("v=spf1 redirect=other.net -all", other_net=elsewhere).result is SpfResult.FAIL
    assert read("v=spf1 redirect=other.net", other_net=elsewhere, address=None).default is SpfResult.FAIL


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ("v=spf1 include:nowhere.net -all", "nowhere.net, which has no SPF record"),
        ("v=spf1 redirect=nowhere.net", "nowhere.net, which has no SPF record"),
        ("v=spf1 ip4:192.0.2.300 -all", "192.0.2.300, which is no network"),
        ("v=spf1 ipv4:192.0.2.1 -all", "no SPF: ipv4:192.0.2.1"),
        ("v=spf1 mx/2/3/4 -all", "no SPF: mx/2/3/4"),
    ],
)
def test_a_mistake_is_named(record: str, problem: str) -> None:
    (found,) = read(record).problems
    assert problem in found


def test_two_records_are_a_mistake() -> None:
    zone = Zone(texts={"example.org": ["v=spf1 -all", "v=spf1 +all"]})
    reading = read_spf(zone, "example.org", RELAY)
    assert (reading.result, len(reading.records)) == (SpfResult.PERMERROR, 2)


def test_another_text_is_no_record() -> None:
    reading = read_spf(Zone(texts={"example.org": ["v=spf10 -all", "spf1"]}), "example.org", RELAY)
    assert (reading.records, reading.result) == ((), SpfResult.NONE)


def test_every_lookup_counts_also_behind_the_one_that_matches() -> None:
    assert read("v=spf1 ip4:192.0.2.10 a mx include:p.net redirect=q.net", p_net="v=spf1 a mx -all").lookups == 6


def test_records_that_include_each_other_come_to_an_end() -> None:
    reading = read("v=spf1 include:example.org -all")
    assert reading.lookups > 10


@pytest.mark.parametrize("term", ["exists:%{i}.example.net", "include:%{d}.example.net", "ptr"])
def test_what_depends_on_the_mail_is_not_guessed(term: str) -> None:
    reading = read(f"v=spf1 {term} -all")
    assert (reading.result, reading.lookups) == (None, 1)
