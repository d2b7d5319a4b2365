"""Notices that came by way of somebody else, and notices about notices."""

from newsletter.mail.bounces import BounceClass, read_bounce
from tests.mail.bounces.mails import make_mail, make_report, returned

_FIELDS = "Final-Recipient: rfc822; {0}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 User unknown"
_QMAIL = (
    "Hi. This is the qmail-send program at mx.example.\n\n<wei@reader.example>:\nSorry, no mailbox here by that name.\n\n"
    "--- Below this line is a copy of the message.\n\n" + returned("wei@reader.example")
)


def _forward(notice: bytes, *, saying: str) -> bytes:
    body = f"--f\nContent-Type: text/plain\n\n{saying}\n--f\nContent-Type: message/rfc822\n\n{notice.decode()}\n--f--\n"
    return make_mail(body, subject="Fwd: mail", sender="Ann <ann@sender.example>", kind='multipart/mixed; boundary="f"')


def test_a_forwarded_notice_in_running_text_is_read() -> None:
    report = read_bounce(_forward(make_mail(_QMAIL), saying="This came back."))
    assert report.kind is BounceClass.HARD
    assert [recipient.address for recipient in report.recipients] == ["wei@reader.example"]
    assert report.original_message_id == "2026-03-19.7@sender.example"


def test_a_forwarded_report_is_read() -> None:
    report = read_bounce(_forward(make_report(_FIELDS.format("wei@reader.example")), saying="This came back."))
    assert report.kind is BounceClass.HARD
    assert [recipient.address for recipient in report.recipients] == ["wei@reader.example"]


def test_a_notice_about_a_notice_tells_of_the_outer_one() -> None:
    inner = make_report(_FIELDS.format("old@elsewhere.example")).decode()
    body = (
        "--o\nContent-Type: text/plain\n\n<wei@reader.example>: host mx.reader.example[192.0.2.1] said: 552 mailbox full\n"
        f"--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )
    report = read_bounce(make_mail(body, kind='multipart/mixed; boundary="o"'))
    assert report.kind is BounceClass.SOFT
    assert [recipient.address for recipient in report.recipients] == ["wei@reader.example"]


def test_a_notice_of_success_is_no_bounce_though_a_programme_wrote_it() -> None:
    text = "Your message was successfully delivered to these recipients.\n\nwei@reader.example: 250 2.0.0 Ok\n"
    report = read_bounce(make_mail(text, subject="Delivery report", headers={"Auto-Submitted": "auto-replied"}))
    assert report.kind is BounceClass.NOT_A_BOUNCE


def test_an_exit_status_is_read_as_the_programmes_of_unix_mean_it() -> None:
    fields = "Final-Recipient: rfc822; wei@reader.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: X-Unix; {0}"
    kinds = [read_bounce(make_report(fields.format(number), original="")).kind for number in (67, 75, 255)]
    assert kinds == [BounceClass.HARD, BounceClass.SOFT, BounceClass.SOFT]
