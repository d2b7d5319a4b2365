"""What became of a mail on its way, read from what arrived."""

import pytest

from newsletter.findings import Finding, Grade
from newsletter.mail.arrival import Journey, judge_arrival
from newsletter.mail.message import build_message
from tests.mail.dkim.keys import AT, SIGNER, published
from tests.mail.test_message import LETTER

SENT = SIGNER.sign(build_message(LETTER), at=AT)
TEXTS = {name: [text] for name, text in published().items()}


def arrive(arrived: bytes, *, texts: dict[str, list[str]] | None = None) -> list[Finding]:
    journey = Journey(sent=SENT, arrived=arrived, signer=SIGNER, texts=TEXTS if texts is None else texts)
    return list(judge_arrival(journey))


def problems(findings: list[Finding]) -> str:
    found = [finding for finding in findings if finding.grade is not Grade.OK]
    assert all(finding.hint for finding in found)
    return "; ".join(finding.text for finding in found)


def test_a_mail_that_arrives_as_it_was_sent_is_in_order() -> None:
    found = arrive(b"Return-Path: <a@example.org>\r\n" + SENT)
    assert problems(found) == ""
    assert [finding.text.partition(",")[0] for finding in found] == [
        "the signature of chenbao (rsa-sha256) holds",
        "the signature of chenbao-ed25519 (ed25519-sha256) holds",
        "both headers for unsubscribing arrived",
        "every line of its body arrived as it was sent",
    ]


def test_without_a_record_a_signature_is_checked_against_our_own_key() -> None:
    found = arrive(SENT, texts={})
    assert problems(found) == ""
    assert "as the DNS has none" in found[0].text


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"DKIM-Signature: v=1; a=rsa", b"X-DKIM-Signature: v=1; a=rsa", "arrived without the signature of chenbao "),
        (b"Subject: ", b"Subject: [list] ", "the signature of chenbao (rsa-sha256) does not hold: a covered header"),
        (b"List-Unsubscribe: ", b"List-Unsubscribe: <https://tracker.example/>, ", "did not arrive as it was sent"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b"", "did not arrive as it was sent"),
        (b'zh-Hans">', b'zh">', "its body was changed on the way, from line"),
        (b'zh-Hans">', b'zh">', "does not hold: the body was changed"),
    ],
)
def test_what_a_relay_did_is_named(old: bytes, new: bytes, problem: str) -> None:
    plain = SIGNER.sign(build_message(LETTER), at=AT)
    assert plain.count(old) >= 1
    assert problem in problems(arrive(plain.replace(old, new, 1)))


def test_something_added_at_the_end_is_named() -> None:
    assert "from line 13 on" in problems(arrive(SENT + b"-- scanned\r\n"))


def test_a_body_that_was_cut_is_named() -> None:
    assert "from line 1 on" in problems(arrive(SENT.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"))


SECURE = b"Received: from a.example.org (a.example.org [192.0.2.1])\r\n\tby mx.example.net with ESMTPS id 1; now\r\n"
CIPHER = b"Received: from b.example.org (b.example.org [192.0.2.2]) (using TLSv1.3 with cipher X)\r\n by c.org with ESMTP\r\n"
BARE = b"Received: from d.example.org (d.example.org [192.0.2.3])\r\n by open.example with ESMTP id 3; now\r\n"
OWN = b"Received: from us (localhost [127.0.0.1])\r\n by relay.example.org with ESMTP id 4; now\r\n"


@pytest.mark.parametrize(
    ("hops", "grade", "text"),
    [
        (SECURE + CIPHER + OWN, Grade.OK, "encrypted on all its 2 ways"),
        (SECURE + BARE + OWN, Grade.WARNING, "it went to open.example without encryption"),
    ],
)
def test_the_encryption_of_every_way_between_hosts_counts(hops: bytes, grade: Grade, text: str) -> None:
    (found,) = [finding for finding in arrive(hops + SENT) if "encrypt" in finding.text]
    assert (found.grade, text in found.text) == (grade, True)


def test_the_last_receivers_verdict_is_told() -> None:
    verdict = (
        b"Authentication-Results: mx.example.net (a (nested) comment);\r\n"
        b"\tdkim=pass header.d=papers.example.org (ok);\r\n\tspf=softfail smtp.mailfrom=a@example.org; dmarc=pass\r\n"
        b"Authentication-Results: forged.example; spf=pass\r\n"
    )
    found = arrive(verdict + SENT)
    assert problems(found) == "mx.example.net says spf=softfail"
    assert [finding.text for finding in found if "=pass" in finding.text] == [
        "mx.example.net says dkim=pass",
        "mx.example.net says dmarc=pass",
    ]


def test_a_verdict_without_words_is_none() -> None:
    assert problems(arrive(b"Authentication-Results: mx.example.net; none\r\n" + SENT)) == ""
    assert problems(arrive(b"Authentication-Results: mx.example.net; spf=\r\n" + SENT)) == ""


def test_mail_that_is_not_signed_has_its_headers_and_body_looked_at() -> None:
    plain = build_message(LETTER)
    found = list(judge_arrival(Journey(sent=plain, arrived=plain, signer=None, texts={})))
    assert [finding.grade for finding in found] == [Grade.OK, Grade.OK]
