"""Notifications of a mail service (Amazon SES, alone or wrapped by SNS) that came by HTTP."""

import base64
import binascii
import hashlib

from newsletter.errors import InputError
from newsletter.mail.bounces import BounceClass, BounceReport
from newsletter.mail.bounces.notifications import Notification, parse_notification
from newsletter.mail.intake.incoming import Incoming, Source, open_mail


def open_notification(body: bytes) -> Incoming:
    """Open a bounce, a complaint or a received mail. Raises InputError for anything else."""
    found = parse_notification(body.decode("utf-8", "surrogateescape"))
    if found is None:
        raise InputError("This is no notification that can be read.")
    if found.content is not None:
        return open_mail(_decoded(found.content, found.encoding), Source.WEBHOOK, recipients=found.recipients)
    if found.report is None or not _is_of_use(found.report):
        raise InputError(
            "Only notifications of bounces, complaints and received mails (with their content) are of use here."
        )
    return Incoming(
        key=f"ses:{found.feedback_id or _digest(found)}",
        source=Source.WEBHOOK,
        addressed_to=(found.sender,),
        text="",
        report=found.report,
        is_vouched=True,
    )


def _is_of_use(report: BounceReport) -> bool:
    """Return whether a report names somebody, or at least some trouble: that a mail arrived is no news."""
    return report.kind is not BounceClass.NOT_A_BOUNCE or bool(report.recipients)


def _digest(found: Notification) -> str:
    return hashlib.sha256(found.text.encode("utf-8", "surrogatepass")).hexdigest()


def _decoded(content: str, encoding: str) -> bytes:
    if encoding.upper() != "BASE64":
        return content.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise InputError("The content of the received mail is not the base64 it is said to be.") from error
