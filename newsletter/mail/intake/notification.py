"""Notifications of a mail service (Amazon SES, alone or wrapped by SNS), as JSON.

Source: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html and receiving-email-notifications-contents.html.
"""

import base64
import binascii
import hashlib

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from newsletter.errors import InputError
from newsletter.mail.bounces import BounceClass, BouncedRecipient, BounceReport
from newsletter.mail.intake.incoming import Incoming, Source, open_mail

_TRANSIENT_POLICY = {"ContentRejected", "AttachmentRejected"}
_NOT_SPAM = {"not-spam": BounceClass.NOT_A_BOUNCE, "auth-failure": BounceClass.POLICY}


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Wrapped(BaseModel):
    message: str = Field(alias="Message")


class _Header(_Part):
    name: str
    value: str = ""


class _Mail(_Part):
    """What SES tells of the mail it is about; `source` is the envelope's sender."""

    source: str = ""
    headers: list[_Header] = Field(default_factory=list)

    @property
    def message_id(self) -> str | None:
        return next((found.value for found in self.headers if found.name.lower() == "message-id"), None)


class _Recipient(_Part):
    email_address: str
    status: str | None = None
    diagnostic_code: str = ""


class _Bounce(_Part):
    bounce_type: str
    bounce_sub_type: str = ""
    bounced_recipients: list[_Recipient]
    feedback_id: str = ""


class _Complaint(_Part):
    complained_recipients: list[_Recipient]
    complaint_feedback_type: str | None = None
    feedback_id: str = ""


class _Action(_Part):
    encoding: str = "UTF-8"


class _Receipt(_Part):
    recipients: list[str] = Field(default_factory=list)
    action: _Action = Field(default_factory=_Action)


class _Notification(_Part):
    mail: _Mail = Field(default_factory=_Mail)
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None
    receipt: _Receipt = Field(default_factory=_Receipt)
    content: str | None = None


def open_notification(body: bytes) -> Incoming:
    """Open a bounce, a complaint or a received mail. Raises InputError for anything else."""
    try:
        found = _Notification.model_validate_json(_unwrapped(body))
    except ValidationError as error:
        raise InputError(
            f"This is no notification that can be read: {error.error_count()} fields are wrong."
        ) from error
    if found.content is not None:
        return open_mail(
            _decoded(found.content, found.receipt.action), Source.WEBHOOK, recipients=found.receipt.recipients
        )
    if found.bounce is not None:
        bounce = found.bounce
        recipients = [_bounced(item, _bounce_class(bounce, item.status)) for item in bounce.bounced_recipients]
        return _incoming(found.mail, recipients, bounce.feedback_id, body)
    if found.complaint is not None:
        kind = _NOT_SPAM.get(found.complaint.complaint_feedback_type or "", BounceClass.COMPLAINT)
        recipients = [_bounced(item, kind) for item in found.complaint.complained_recipients]
        return _incoming(found.mail, recipients, found.complaint.feedback_id, body)
    raise InputError(
        "Only notifications of bounces, complaints and received mails (with their content) are of use here."
    )


def _unwrapped(body: bytes) -> bytes:
    try:
        return _Wrapped.model_validate_json(body).message.encode("utf-8", "surrogatepass")
    except ValidationError:
        return body  # it did not come by way of SNS


def _decoded(content: str, action: _Action) -> bytes:
    if action.encoding.upper() != "BASE64":
        return content.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise InputError("The content of the received mail is not the base64 it is said to be.") from error


def _bounce_class(bounce: _Bounce, status: str | None) -> BounceClass:
    if (status or "").startswith("5.7."):
        return BounceClass.POLICY  # it is about us, whatever the service makes of it
    match bounce.bounce_type:
        case "Permanent":
            return BounceClass.HARD
        case "Transient":
            return BounceClass.POLICY if bounce.bounce_sub_type in _TRANSIENT_POLICY else BounceClass.SOFT
        case _:
            return BounceClass.UNKNOWN


def _bounced(recipient: _Recipient, kind: BounceClass) -> BouncedRecipient:
    address = recipient.email_address.rpartition("<")[2].strip("> ").lower()
    return BouncedRecipient(
        address=address, kind=kind, status=recipient.status, diagnostic=" ".join(recipient.diagnostic_code.split())
    )


def _incoming(mail: _Mail, recipients: list[BouncedRecipient], feedback_id: str, body: bytes) -> Incoming:
    first = recipients[0] if recipients else None
    report = BounceReport(
        kind=first.kind if first else BounceClass.UNKNOWN,
        status=first.status if first else None,
        recipients=tuple(recipients),
        original_message_id=mail.message_id,
    )
    return Incoming(
        key=f"ses:{feedback_id or hashlib.sha256(_unwrapped(body)).hexdigest()}",
        source=Source.WEBHOOK,
        addressed_to=(mail.source,),
        text="",
        report=report,
        is_vouched=True,
    )
