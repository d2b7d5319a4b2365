"""Notifications of a mail service, as its manual shows them."""

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.mail.bounces import BounceClass
from newsletter.mail.intake.incoming import Source, open_mail
from newsletter.mail.intake.notification import open_notification
from tests.mail.reports import delivery_report

MAIL = {
    "source": "bounces+7-abc@example.org",
    "headers": [{"name": "Message-ID", "value": "<m7@example.org>"}, {"name": "Subject", "value": "Your papers"}],
}


def bounce(kind: str = "Permanent", sub_type: str = "General", **recipient: Any) -> dict[str, Any]:
    found = {
        "emailAddress": "Ann <Ann@example.org>",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550\r\n 5.1.1",
        **recipient,
    }
    bounced = {"bounceType": kind, "bounceSubType": sub_type, "bouncedRecipients": [found], "feedbackId": "f-1"}
    return {"notificationType": "Bounce", "bounce": bounced, "mail": MAIL}


def complaint(kind: str | None = "abuse") -> dict[str, Any]:
    told = {"complainedRecipients": [{"emailAddress": "ann@example.org"}], "feedbackId": "f-2"}
    return {"notificationType": "Complaint", "complaint": told | {"complaintFeedbackType": kind}, "mail": MAIL}


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def wrapped(value: object) -> bytes:
    return body({"Type": "Notification", "MessageId": "sns-1", "Message": json.dumps(value)})


def test_a_bounce_says_all_that_is_needed() -> None:
    found = open_notification(body(bounce()))
    assert (found.key, found.source, found.is_vouched) == ("ses:f-1", Source.WEBHOOK, True)
    assert found.addressed_to == ("bounces+7-abc@example.org",)
    assert found.report.original_message_id == "<m7@example.org>"
    [recipient] = found.report.recipients
    assert (recipient.address, recipient.kind, recipient.status) == ("ann@example.org", BounceClass.HARD, "5.1.1")
    assert recipient.diagnostic == "smtp; 550 5.1.1"


def test_what_came_by_way_of_sns_is_the_same() -> None:
    assert open_notification(wrapped(bounce())) == open_notification(body(bounce()))


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (bounce("Permanent", "NoEmail"), BounceClass.HARD),
        (bounce("Permanent", status="5.7.1"), BounceClass.POLICY),
        (bounce("Transient", "MailboxFull", status="5.2.2"), BounceClass.SOFT),
        (bounce("Transient", "ContentRejected", status=None), BounceClass.POLICY),
        (bounce("Undetermined", "Undetermined", status=None), BounceClass.UNKNOWN),
        (complaint(), BounceClass.COMPLAINT),
        (complaint(None), BounceClass.COMPLAINT),
        (complaint("not-spam"), BounceClass.NOT_A_BOUNCE),
    ],
)
def test_each_kind_has_its_class(told: dict[str, Any], kind: BounceClass) -> None:
    report = open_notification(body(told)).report
    assert (report.kind, [recipient.kind for recipient in report.recipients]) == (kind, [kind])


@pytest.mark.parametrize("is_base64", [False, True])
def test_a_received_mail_is_the_mail_itself_and_nobody_vouches_for_it(is_base64: bool) -> None:
    raw = delivery_report("ann@example.org")
    content = base64.b64encode(raw).decode() if is_base64 else raw.decode()
    receipt = {"recipients": ["bounces+7-abc@example.org"], "action": {"encoding": "BASE64" if is_base64 else "UTF-8"}}
    found = open_notification(wrapped({"notificationType": "Received", "receipt": receipt, "content": content}))
    assert found == open_mail(raw, Source.WEBHOOK, recipients=["bounces+7-abc@example.org"])


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"{",
        b"[]",
        body({"notificationType": "Delivery", "mail": MAIL}),
        body({"bounce": {"bounceType": "Permanent"}}),
        body({"content": "***", "receipt": {"action": {"encoding": "BASE64"}}}),
        wrapped("nothing"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(wrong: bytes) -> None:
    with pytest.raises(InputError):
        open_notification(wrong)


JSON = st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))


@given(st.dictionaries(st.sampled_from(["bounce", "complaint", "mail", "content", "receipt", "Message"]), JSON))
def test_any_json_is_opened_or_refused(told: dict[str, Any]) -> None:
    with contextlib.suppress(InputError):
        assert open_notification(body(told)).source is Source.WEBHOOK
