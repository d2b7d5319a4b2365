"""What is wrong with a sender, in a sentence, with what to change."""

from collections.abc import Iterable

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from newsletter.findings import Finding, Grade
from newsletter.mail.dkim.keys import format_record
from newsletter.mail.dkim.signer import SigningKey
from newsletter.mail.sender_check import (
    dmarc_names,
    judge_dkim,
    judge_dmarc,
    judge_mx,
    judge_ptr,
    judge_spf,
    judge_unsigned,
)
from tests.mail.dkim.keys import DOMAIN, ED25519_KEY, RSA_KEY
from tests.mail.test_spf import RELAY, read

OK, WARNING, PROBLEM = Grade.OK, Grade.WARNING, Grade.PROBLEM


def grades(findings: Iterable[Finding]) -> list[Grade]:
    """Return how bad the findings are; each that is not good says what to do."""
    found = list(findings)
    assert all(bool(finding.hint) == (finding.grade is not OK) for finding in found)
    return [finding.grade for finding in found]


def spf(record: str, *, address: str | None = RELAY, **others: str) -> list[Finding]:
    return list(judge_spf(read(record, address=address, **others), domain="example.org", address=address))


@pytest.mark.parametrize(
    ("record", "address", "expected"),
    [
        ("v=spf1 ip4:192.0.2.10 -all", RELAY, [OK, OK]),
        ("v=spf1 ip4:192.0.2.10 ~all", RELAY, [OK, OK]),
        ("v=spf1 ip4:192.0.2.10 -all", None, [OK, WARNING]),
        ("v=spf1 exists:%{i}.org -all", RELAY, [OK, WARNING]),
        ("v=spf1 -all", RELAY, [OK, PROBLEM]),
        ("v=spf1 ip4:192.0.2.10", RELAY, [WARNING, OK]),
        ("v=spf1 +all", RELAY, [PROBLEM, OK]),
        ("v=spf1 include:nowhere.net -all", RELAY, [PROBLEM]),
        ("v=spf1 include:example.org -all", RELAY, [PROBLEM]),
        ("no record", RELAY, [PROBLEM]),
    ],
)
def test_an_spf_record_is_judged(record: str, address: str | None, expected: list[Grade]) -> None:
    assert grades(spf(record, address=address)) == expected


def test_the_missing_address_stands_in_the_hint() -> None:
    assert "ip4:192.0.2.10" in spf("v=spf1 -all")[1].hint
    assert "ip6:2001:db8::9" in spf("v=spf1 -all", address="2001:db8::9")[1].hint


def test_a_record_too_dear_for_receivers_is_a_problem() -> None:
    dear = " ".join(f"a:host{number}.example.org" for number in range(11))
    (finding,) = spf(f"v=spf1 {dear} -all")
    assert "11 DNS look-ups" in finding.text


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([format_record(RSA_KEY)], [OK]),
        ([format_record(RSA_KEY) + "; t=y"], [OK, WARNING]),
        ([], [PROBLEM]),
        ([format_record(RSA_KEY)] * 2, [PROBLEM]),
        ([format_record(ED25519_KEY)], [PROBLEM]),
        (["v=DKIM1; p="], [PROBLEM]),
    ],
)
def test_a_published_key_is_judged(texts: list[str], expected: list[Grade]) -> None:
    assert grades(judge_dkim(RSA_KEY, DOMAIN, texts)) == expected


def test_a_short_key_is_worth_a_warning() -> None:
    short = SigningKey(selector="old", private=generate_private_key(65537, 1024))
    found = list(judge_dkim(short, DOMAIN, [format_record(short)]))
    assert grades(found) == [OK, WARNING]
    assert "1024 bits" in found[1].text


def test_mail_without_a_signature_is_a_problem() -> None:
    assert "keygen" in judge_unsigned(has_keys=False).hint
    assert "keys were made" in judge_unsigned(has_keys=True).text


def dmarc(*texts: str, at: str = DOMAIN, signing: str | None = DOMAIN, returning: str = DOMAIN) -> list[Finding]:
    records = {f"_dmarc.{at}": texts}
    return list(judge_dmarc(records, from_domain=DOMAIN, signing_domain=signing, return_domain=returning))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("v=DMARC1; p=reject; rua=mailto:a@example.org", [OK, OK]),
        ("v=DMARC1;p=quarantine", [OK, WARNING, OK]),
        ("v=DMARC1; p=none; rua=mailto:a@example.org", [OK, WARNING, OK]),
        ("v=DMARC1; p=maybe", [PROBLEM, OK]),
        ("something else", [PROBLEM]),
    ],
)
def test_a_dmarc_policy_is_judged(policy: str, expected: list[Grade]) -> None:
    assert grades(dmarc(policy)) == expected


def test_two_policies_are_none() -> None:
    assert grades(dmarc("v=DMARC1; p=reject", "v=DMARC1; p=none")) == [PROBLEM]


STRICT = "v=DMARC1; p=reject; rua=mailto:a@example.org; adkim=s; aspf=s"
RELAXED = "v=DMARC1; p=reject; rua=mailto:a@example.org"


@pytest.mark.parametrize(
    ("policy", "signing", "returning", "expected"),
    [
        (RELAXED, DOMAIN, f"bounces.{DOMAIN}", [OK, OK]),
        (RELAXED, "example.org", DOMAIN, [OK, OK]),
        (RELAXED, DOMAIN, "provider.net", [OK, WARNING]),
        (RELAXED, None, DOMAIN, [OK]),
        (RELAXED, None, "provider.net", [OK, PROBLEM]),
        (RELAXED, "provider.net", DOMAIN, [OK, PROBLEM]),
        (STRICT, DOMAIN, f"bounces.{DOMAIN}", [OK, WARNING]),
        (STRICT, "example.org", DOMAIN, [OK, PROBLEM]),
    ],
)
def test_signature_and_return_path_must_stand_for_the_from_header(
    policy: str, signing: str | None, returning: str, expected: list[Grade]
) -> None:
    assert grades(dmarc(policy, signing=signing, returning=returning)) == expected


def test_a_policy_above_counts_for_the_domains_under_it() -> None:
    assert dmarc_names(DOMAIN) == ["_dmarc.papers.example.org", "_dmarc.example.org"]
    assert dmarc_names("localhost") == ["_dmarc.localhost"]
    found = dmarc(f"{RELAXED}; sp=none", at="example.org", returning="news.example.org")
    assert grades(found) == [OK, WARNING, OK], "the policy for domains under it is none"


def test_a_domain_that_takes_no_mail_is_a_problem() -> None:
    assert grades([judge_mx(DOMAIN, ["mx.example.org"], receives="answers")]) == [OK]
    assert grades([judge_mx(DOMAIN, [], receives="bounces")]) == [PROBLEM]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({}, PROBLEM),
        ({"mx.example.org": [RELAY]}, OK),
        ({"other.example.org": [], "mx.example.org": [RELAY]}, OK),
        ({"mx.example.org": ["192.0.2.99"]}, PROBLEM),
    ],
)
def test_the_name_of_an_address_must_lead_back_to_it(names: dict[str, list[str]], expected: Grade) -> None:
    assert grades([judge_ptr(RELAY, names)]) == [expected]
