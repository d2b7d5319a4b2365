"""Notifications of Amazon SES as JSON, bare or within one of Amazon SNS, whether they come by mail or by HTTP.

Source: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html, event-publishing-retrieving-sns-contents.html and
receiving-email-notifications-contents.html.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from newsletter.mail.bounces.addresses import first_address
from newsletter.mail.bounces.causes import find_cause
from newsletter.mail.bounces.judge import Evidence, Judgement, judge
from newsletter.mail.bounces.report import BounceClass, BouncedRecipient, BounceReport, sum_up

_BEGIN = re.compile(r"\{\s{0,20}\"\w{1,40}\"\s{0,5}:")
_GOOD_NEWS = ("delivery", "send", "open", "click")
_ABOUT_CONTENT = ("ContentRejected", "AttachmentRejected")
_BY_TYPE = {"Permanent": BounceClass.HARD, "Transient": BounceClass.SOFT}
# RFC 6650 §2 and RFC 6591: nobody complained, so nobody may lose their mail for these
_NOT_SPAM = {"not-spam": BounceClass.NOT_A_BOUNCE, "auth-failure": BounceClass.POLICY}
_SUCCESS = re.compile(r"\b2\.\d\.\d\b")


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Header(_Part):
    name: str
    value: str = ""


class _CommonHeaders(_Part):
    message_id: str | None = None


class _Mail(_Part):
    source: str = ""
    headers: list[_Header] = Field(default_factory=list)
    common_headers: _CommonHeaders = Field(default_factory=_CommonHeaders)

    @property
    def message_id(self) -> str | None:
        named = (found.value for found in self.headers if found.name.lower() == "message-id")
        return next(named, None) or self.common_headers.message_id


class _Recipient(_Part):
    email_address: str
    status: str | None = None
    diagnostic_code: str = ""


class _Bounce(_Part):
    bounce_type: str = ""
    bounce_sub_type: str = ""
    bounced_recipients: list[_Recipient]
    feedback_id: str = ""


class _Complaint(_Part):
    complained_recipients: list[_Recipient]
    complaint_feedback_type: str | None = None
    feedback_id: str = ""


class _Delay(_Part):
    delayed_recipients: list[_Recipient]


class _Delivery(_Part):
    smtp_response: str = ""


class _Action(_Part):
    encoding: str = "UTF-8"


class _Receipt(_Part):
    recipients: list[str] = Field(default_factory=list)
    action: _Action = Field(default_factory=_Action)


class _Told(_Part):
    notification_type: str | None = None
    event_type: str | None = None
    mail: _Mail = Field(default_factory=_Mail)
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None
    delivery_delay: _Delay | None = None
    delivery: _Delivery | None = None
    receipt: _Receipt = Field(default_factory=_Receipt)
    content: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What a notification says.

    `text` is its JSON without SNS around it; `feedback_id` the service's name for the report, "" if it gave none; `sender` the
    envelope's sender of the mail it is about; `report` None if it reports nothing. `content` is a mail received for
    `recipients`, encoded as `encoding` says.
    """

    text: str
    feedback_id: str
    sender: str
    report: BounceReport | None
    content: str | None
    encoding: str
    recipients: tuple[str, ...]


def parse_notification(text: str) -> Notification | None:
    """Return what a notification says, None if the text does not begin with one."""
    try:
        value = _decode(text)
        if isinstance(value, dict) and isinstance(value.get("Message"), str):
            text = value["Message"]
            value = _decode(text)
        told = _Told.model_validate(value)
    except (ValueError, RecursionError, ValidationError):
        return None
    return Notification(
        text=text,
        feedback_id=next((event.feedback_id for event in (told.bounce, told.complaint) if event), ""),
        sender=told.mail.source,
        report=_report(told),
        content=told.content,
        encoding=told.receipt.action.encoding,
        recipients=tuple(told.receipt.recipients),
    )


def read_notification(text: str) -> BounceReport | None:
    """Return what a notification that came by mail reports, None if the text is none."""
    begin = _BEGIN.search(text)
    if begin is None or begin.start() > 200:
        return None
    found = parse_notification(text[begin.start() :])
    report = found.report if found else None
    if report is None:
        return None
    message_id = (report.original_message_id or "").strip("<> ") or None
    recipients = () if report.kind is BounceClass.NOT_A_BOUNCE else report.recipients
    return replace(report, original_message_id=message_id, recipients=recipients)


def _decode(text: str) -> Any:
    # mail servers fold the long line, within strings too, and add lines of their own
    return json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0]


def _report(told: _Told) -> BounceReport | None:
    kind = (told.notification_type or told.event_type or "").lower()
    if told.bounce is not None:
        recipients = [_bounced(recipient, told.bounce) for recipient in told.bounce.bounced_recipients]
        report = sum_up(recipients, otherwise=BounceClass.UNKNOWN)
    elif told.complaint is not None:
        report = _complaint(told.complaint)
    elif told.delivery_delay is not None:
        delayed = [_delayed(recipient) for recipient in told.delivery_delay.delayed_recipients]
        report = sum_up(delayed, otherwise=BounceClass.SOFT)
    elif kind in _GOOD_NEWS:
        success = _SUCCESS.search(told.delivery.smtp_response) if told.delivery else None
        report = BounceReport(kind=BounceClass.NOT_A_BOUNCE, status=success[0] if success else None)
    else:
        return None
    return replace(report, original_message_id=told.mail.message_id)


def _bounced(recipient: _Recipient, bounce: _Bounce) -> BouncedRecipient:
    said = _words(recipient)
    judgement = judge(Evidence(told=(said,), status=recipient.status))
    if bounce.bounce_type and find_cause(said) is None and recipient.status is None:
        judgement = Judgement(kind=_kind_of_type(bounce), status=None)  # a bare reply code says less than the service
    elif judgement.kind is BounceClass.UNKNOWN or _contradicts(judgement.kind, bounce):
        judgement = replace(judgement, kind=_kind_of_type(bounce))
    return _recipient(recipient, judgement, said)


def _contradicts(kind: BounceClass, bounce: _Bounce) -> bool:
    """Return whether the service, which knows more of the mail, says that no address is to blame."""
    return kind is BounceClass.HARD and _kind_of_type(bounce) in (BounceClass.SOFT, BounceClass.POLICY)


def _kind_of_type(bounce: _Bounce) -> BounceClass:
    if bounce.bounce_type == "Transient" and bounce.bounce_sub_type in _ABOUT_CONTENT:
        return BounceClass.POLICY
    return _BY_TYPE.get(bounce.bounce_type, BounceClass.UNKNOWN)


def _complaint(told: _Complaint) -> BounceReport:
    kind = _NOT_SPAM.get(told.complaint_feedback_type or "", BounceClass.COMPLAINT)
    judgement = Judgement(kind=kind, status=None)
    recipients = tuple(_recipient(found, judgement, _words(found)) for found in told.complained_recipients)
    return BounceReport(kind=kind, recipients=recipients)


def _delayed(recipient: _Recipient) -> BouncedRecipient:
    said = _words(recipient)
    return _recipient(recipient, judge(Evidence(told=(said,), status=recipient.status, is_delayed=True)), said)


def _recipient(found: _Recipient, judgement: Judgement, said: str) -> BouncedRecipient:
    return BouncedRecipient(
        address=first_address(found.email_address), kind=judgement.kind, status=judgement.status, diagnostic=said
    )


def _words(recipient: _Recipient) -> str:
    return " ".join(recipient.diagnostic_code.split())
