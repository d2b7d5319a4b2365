"""A mail that came in: the same one however it came, and where our address may stand in it."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.bounces import BounceClass
from newsletter.mail.intake.incoming import Source, open_mail
from tests.mail.reports import delivery_report

REPORT = delivery_report("ann@example.org", to="bounces@example.org")
TRACE = (
    b"Return-Path: <>\r\nX-Original-To: bounces+5-abc@example.org\r\nDelivered-To: bounces@example.org\r\n"
    b"Received: from mx.example.net by mail.example.org; Fri, 20 Mar 2026 09:00:01 +0000\r\n"
)


def test_a_report_says_whom_it_is_about() -> None:
    found = open_mail(REPORT, Source.MAILDIR)
    assert found.report.kind is BounceClass.HARD
    assert [recipient.address for recipient in found.report.recipients] == ["ann@example.org"]


def test_copies_of_a_mail_that_came_by_different_ways_are_one() -> None:
    keys = {
        open_mail(REPORT, Source.SMTP).key,
        open_mail(TRACE + REPORT, Source.IMAP).key,
        open_mail(REPORT.replace(b"\r\n", b"\n"), Source.MAILDIR).key,
        open_mail(REPORT.rstrip() + b"\n", Source.WEBHOOK).key,
    }
    assert len(keys) == 1


def test_reports_about_two_mails_are_two() -> None:
    other = delivery_report("ann@example.org", to="bounces@example.org", own_id="<report.2@mx.example.net>")
    assert open_mail(REPORT, Source.SMTP).key != open_mail(other, Source.SMTP).key


def test_the_envelope_counts_most_then_what_the_last_host_wrote() -> None:
    found = open_mail(TRACE + REPORT, Source.SMTP, recipients=["bounces+6-def@example.org"])
    assert found.addressed_to == (
        "bounces+6-def@example.org",
        "bounces+5-abc@example.org",
        "bounces@example.org",
        "bounces@example.org",
    )


@given(st.binary(max_size=400) | st.binary(max_size=100).map(lambda junk: junk + REPORT[:300] + junk))
def test_any_bytes_can_be_opened(raw: bytes) -> None:
    found = open_mail(raw, Source.IMAP)
    assert len(found.key) == 64
    assert not found.is_vouched
