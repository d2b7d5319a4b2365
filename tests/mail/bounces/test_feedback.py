"""Complaints in all their forms."""

import json

import pytest

from newsletter.mail.bounces import BounceClass, read_bounce
from tests.mail.bounces.mails import make_mail, make_report, returned

ABUSE = "Feedback-Type: abuse\nUser-Agent: SomeFBL/1.0\nVersion: 1"


@pytest.mark.parametrize(
    ("fields", "original", "address"),
    [
        (f"{ABUSE}\nOriginal-Rcpt-To: <Wei@Reader.Example>", returned("somebody@else.example"), "wei@reader.example"),
        (ABUSE, returned("wei@reader.example"), "wei@reader.example"),
        (
            "Feedback-Type: opt-out\nRemoval-Recipient: wei@reader.example",
            returned("x@y.example"),
            "wei@reader.example",
        ),
        (f"{ABUSE}\nOriginal-Rcpt-To: wei@reader.example", "", "wei@reader.example"),
    ],
    ids=["named", "only in the mail", "opt-out", "no mail enclosed"],
)
def test_a_feedback_report_is_a_complaint(fields: str, original: str, address: str) -> None:
    report = read_bounce(make_report(fields, original=original, report_type="feedback-report"))
    assert report.kind is BounceClass.COMPLAINT
    assert [found.address for found in report.recipients] == [address]


def test_a_complaint_says_which_mail_it_is_about() -> None:
    raw = make_report(ABUSE, report_type="feedback-report")
    assert read_bounce(raw).original_message_id == "2026-03-19.7@sender.example"


def test_a_complaint_without_an_address_is_still_one() -> None:
    report = read_bounce(make_report(ABUSE, original="Subject: x\n\nx", report_type="feedback-report"))
    assert (report.kind, report.recipients) == (BounceClass.COMPLAINT, ())


@pytest.mark.parametrize(
    ("kind", "expected"), [("not-spam", BounceClass.NOT_A_BOUNCE), ("auth-failure", BounceClass.POLICY)]
)
def test_feedback_in_which_nobody_complains_is_no_complaint(kind: str, expected: BounceClass) -> None:
    report = read_bounce(make_report(f"Feedback-Type: {kind}\nVersion: 1", report_type="feedback-report"))
    assert report.kind is expected


def test_hotmail_reports_without_a_part_for_it() -> None:
    enclosed = "X-HmXmrOriginalRecipient: wei@reader.example\n" + returned("news@sender.example")
    raw = make_mail(
        f"--b\nContent-Type: message/rfc822\n\n{enclosed}\n--b--\n",
        subject="complaint about message from 192.0.2.1",
        sender="staff@hotmail.com",
        kind="multipart/mixed; boundary=b",
    )
    report = read_bounce(raw)
    assert report.kind is BounceClass.COMPLAINT
    assert [found.address for found in report.recipients] == ["wei@reader.example"]


@pytest.mark.parametrize("subject", ["unsubscribe", "Re: Unsubscribe", "退订"])
def test_a_mail_that_asks_for_no_more_counts_for_its_sender(subject: str) -> None:
    report = read_bounce(make_mail("", subject=subject, sender="Wei <wei@reader.example>"))
    assert report.kind is BounceClass.COMPLAINT
    assert [found.address for found in report.recipients] == ["wei@reader.example"]


def notification(kind: str, event: dict[str, object]) -> str:
    mail = {"messageId": "ses-1", "commonHeaders": {"messageId": "<2026-03-19.7@sender.example>"}}
    return json.dumps({"notificationType": kind, kind.lower(): event, "mail": mail})


BOUNCE = notification(
    "Bounce",
    {
        "bouncedRecipients": [
            {"emailAddress": "wei@reader.example", "status": "5.1.1", "diagnosticCode": "smtp; 550 user unknown"}
        ]
    },
)
COMPLAINT = notification("Complaint", {"complainedRecipients": [{"emailAddress": "wei@reader.example"}]})
DELIVERY = notification("Delivery", {"recipients": ["wei@reader.example"], "smtpResponse": "250 2.6.0 Ok"})


@pytest.mark.parametrize("wrap", [str, lambda text: json.dumps({"Type": "Notification", "Message": text}, indent=2)])
@pytest.mark.parametrize(
    ("text", "kind", "addresses"),
    [
        (BOUNCE, BounceClass.HARD, ["wei@reader.example"]),
        (COMPLAINT, BounceClass.COMPLAINT, ["wei@reader.example"]),
        (DELIVERY, BounceClass.NOT_A_BOUNCE, []),
    ],
)
def test_amazon_notifies_in_json(text: str, kind: BounceClass, addresses: list[str], wrap: type[str]) -> None:
    raw = make_mail(
        wrap(text) + "\n\n--\nTo stop, visit ...", sender="no-reply@sns.example", subject="AWS Notification Message"
    )
    report = read_bounce(raw)
    assert report.kind is kind
    assert [found.address for found in report.recipients] == addresses
    assert report.original_message_id == "2026-03-19.7@sender.example"


@pytest.mark.parametrize(
    "text", ['{"notificationType": "Bounce"', '{"Message": "[1"}', '{"a": 1}', '{"Type": ' + "[" * 100_000]
)
def test_other_or_broken_json_is_ordinary_text(text: str) -> None:
    assert read_bounce(make_mail(text, sender="a@b.example", subject="x")).kind is BounceClass.NOT_A_BOUNCE


@pytest.mark.parametrize(
    ("bounce_type", "sub_type", "said", "kind"),
    [
        ("Permanent", "General", "smtp; 552 mailbox full", BounceClass.SOFT),
        ("Permanent", "General", "", BounceClass.HARD),
        ("Transient", "General", "smtp; 450 mailbox unavailable", BounceClass.SOFT),
        ("Transient", "ContentRejected", "smtp; 554 5.1.1", BounceClass.POLICY),
        ("Permanent", "General", "smtp; 550 blocked using bl.example", BounceClass.POLICY),
        ("Undetermined", "Undetermined", "", BounceClass.UNKNOWN),
    ],
)
def test_the_words_of_the_peer_and_those_of_the_service_are_weighed(
    bounce_type: str, sub_type: str, said: str, kind: BounceClass
) -> None:
    event: dict[str, object] = {
        "bounceType": bounce_type,
        "bounceSubType": sub_type,
        "bouncedRecipients": [{"emailAddress": "wei@reader.example", "diagnosticCode": said}],
    }
    assert read_bounce(make_mail(notification("Bounce", event), sender="no-reply@sns.example")).kind is kind


def test_a_report_that_it_was_no_spam_names_nobody() -> None:
    event: dict[str, object] = {
        "complainedRecipients": [{"emailAddress": "wei@reader.example"}],
        "complaintFeedbackType": "not-spam",
    }
    report = read_bounce(make_mail(notification("Complaint", event), sender="no-reply@sns.example"))
    assert (report.kind, report.recipients) == (BounceClass.NOT_A_BOUNCE, ())
