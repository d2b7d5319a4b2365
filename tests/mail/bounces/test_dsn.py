"""Reports in the form of RFC 3464, whole and broken."""

import base64

import pytest

from newsletter.mail.bounces import BounceClass, BouncedRecipient, read_bounce
from tests.mail.bounces.mails import make_mail, make_report, returned

HARD, SOFT, POLICY = BounceClass.HARD, BounceClass.SOFT, BounceClass.POLICY
MESSAGE = "Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: QQ314159"


def failed(address: str, said: str, *, status: str = "5.0.0", action: str = "failed") -> str:
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}"


def test_a_report_names_recipient_class_status_and_the_mail_it_is_about() -> None:
    report = read_bounce(make_report(MESSAGE, failed("Wei@Reader.Example", "550 5.1.1 User unknown", status="5.1.1")))
    assert report.kind is HARD
    assert report.status == "5.1.1"
    assert report.recipients == (
        BouncedRecipient(address="wei@reader.example", kind=HARD, status="5.1.1", diagnostic="550 5.1.1 User unknown"),
    )
    assert report.original_envelope_id == "QQ314159"
    assert report.original_message_id == "2026-03-19.7@sender.example"


def test_the_address_we_wrote_to_comes_before_the_one_it_was_forwarded_to() -> None:
    group = "Original-Recipient: rfc822; wei@reader.example\n" + failed("w1@other.example", "550 No such user")
    (recipient,) = read_bounce(make_report(MESSAGE, group)).recipients
    assert recipient.address == "wei@reader.example"


@pytest.mark.parametrize(
    ("said", "status", "kind"),
    [
        ("550 5.1.1 <wei@reader.example>: user is over quota", "5.1.1", SOFT),
        ("550 5.7.1 <wei@reader.example>... User unknown", "5.7.1", HARD),
        ("550 5.1.1 Message rejected as spam", "5.1.1", POLICY),
        ("421 4.7.0 Messages from 192.0.2.1 deferred due to user complaints", "4.7.0", POLICY),
        ("550 5.4.4 Host or domain name not found", "5.4.4", HARD),
        ("451 Host not found, try again", "4.4.3", SOFT),
        ("553 5.1.8 Domain of sender address news@sender.example does not exist", "5.1.8", POLICY),
        ("552 5.3.4 Message size exceeds fixed limit", "5.3.4", SOFT),
        ("554 5.4.6 Too many hops", "5.4.6", SOFT),
        ("550 5.7.26 Unauthenticated email is not accepted due to DMARC policy", "5.7.26", POLICY),
        ("550-5.7.1 Messages with multiple\n 550 5.7.1 addresses in From: header are not accepted", "5.7.1", POLICY),
        ("5.1.0 - Unknown address error 550-'5.7.1 Access denied' (delivery attempts: 0)", "5.0.0", POLICY),
        ("550 user unknown (in reply to MAIL FROM command)", "5.0.0", POLICY),
        ("550 (no words)", "5.1.1", HARD),
        ("550 (no words)", "5.2.2", SOFT),
        ("550 (no words)", "5.7.1", POLICY),
        ("", "5.0.0", BounceClass.UNKNOWN),
    ],
)
def test_the_words_weigh_more_than_the_code(said: str, status: str, kind: BounceClass) -> None:
    assert read_bounce(make_report(MESSAGE, failed("wei@reader.example", said, status=status))).kind is kind


def test_a_mail_that_is_still_queued_is_soft_whatever_delays_it() -> None:
    group = failed("wei@reader.example", "450 4.7.1 Your host is blacklisted", status="4.7.1", action="delayed")
    assert read_bounce(make_report(MESSAGE, group)).kind is SOFT


def test_the_gravest_recipient_gives_the_class_and_those_it_reached_are_left_out() -> None:
    report = read_bounce(
        make_report(
            MESSAGE,
            failed("wei@reader.example", "552 5.2.2 Mailbox full", status="5.2.2"),
            failed("mia@reader.example", "550 5.1.1 User unknown", status="5.1.1"),
            failed("joe@reader.example", "250 2.1.5 Ok", status="2.1.5", action="delivered"),
        )
    )
    assert [(found.address, found.kind) for found in report.recipients] == [
        ("wei@reader.example", SOFT),
        ("mia@reader.example", HARD),
    ]
    assert (report.kind, report.status) == (HARD, "5.1.1")


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "deliverable"])
def test_a_success_notice_is_not_a_bounce(action: str) -> None:
    report = read_bounce(make_report(MESSAGE, failed("wei@reader.example", "250 Ok", status="2.0.0", action=action)))
    assert (report.kind, report.recipients) == (BounceClass.NOT_A_BOUNCE, ())


GROUP = failed("wei@reader.example", "550 5.1.1 User unknown", status="5.1.1")


@pytest.mark.parametrize(
    "raw",
    [
        make_report(MESSAGE, GROUP).replace(b'boundary="b1"', b'boundary="lost"'),
        make_report(MESSAGE, GROUP).replace(b"--b1\n", b"").replace(b"--b1--\n", b""),
        make_mail("Somebody sent you this:\n\n> " + GROUP.replace("\n", "\n> ")),
        make_mail(make_report(MESSAGE, GROUP).decode(), kind="message/rfc822", subject="Fwd: Undelivered"),
        make_report(MESSAGE, GROUP.replace("\nAction", "\n\nAction")),
        make_report(MESSAGE, "\n".join(reversed(GROUP.split("\n")))),
        make_report(MESSAGE, GROUP).replace(b"\n", b"\r\n"),
        make_report(MESSAGE, GROUP).replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + make_report(MESSAGE, GROUP),
        b"From MAILER-DAEMON Thu Mar 19 06:00:00 2026\n" + make_report(MESSAGE, GROUP),
        make_report(MESSAGE, GROUP).partition(b"--b1--")[0],
    ],
    ids=[
        "wrong boundary", "no boundary", "quoted", "forwarded", "empty lines between fields", "fields in another order",
        "network line ends", "old line ends", "byte order mark", "mbox line", "cut short",
    ],
)  # fmt: skip
def test_a_broken_report_is_read_all_the_same(raw: bytes) -> None:
    report = read_bounce(raw)
    assert [found.address for found in report.recipients] == ["wei@reader.example"]
    assert (report.kind, report.status) == (HARD, "5.1.1")


def test_a_forwarded_report_is_about_the_mail_within_it() -> None:
    raw = make_mail(make_report(MESSAGE, GROUP).decode(), kind="message/rfc822", subject="Fwd: Undelivered")
    assert read_bounce(raw).original_message_id == "2026-03-19.7@sender.example"


def test_a_report_may_be_encoded() -> None:
    body = base64.encodebytes(f"{MESSAGE}\n\n{GROUP}\n".encode()).decode()
    raw = make_mail(
        f"--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n{body}\n--b--\n",
        kind="multipart/report; boundary=b",
    )
    assert read_bounce(raw).recipients[0].address == "wei@reader.example"


def test_an_address_that_only_the_text_shows_is_found_there() -> None:
    group = "Final-Recipient: rfc822; @mx.reader.example\nAction: failed\nStatus: 5.1.2"
    text = "   ----- The following addresses had permanent fatal errors -----\n<wei@reader.example>\n"
    assert [found.address for found in read_bounce(make_report(MESSAGE, group, text=text)).recipients] == [
        "wei@reader.example"
    ]


def test_the_text_explains_a_code_that_says_nothing() -> None:
    group = "Final-Recipient: rfc822; wei@reader.example\nAction: failed\nStatus: 5.0.0"
    text = "wei@reader.example: 552 5.2.2 Mailbox full\n"
    report = read_bounce(make_report(MESSAGE, group, text=text, original=returned("wei@reader.example")))
    assert (report.kind, report.status) == (SOFT, "5.2.2")
