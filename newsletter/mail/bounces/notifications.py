"""Amazon SES's notifications as JSON, bare or within one of Amazon SNS, as they come by mail."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from newsletter.mail.bounces.addresses import first_address
from newsletter.mail.bounces.judge import Evidence, judge
from newsletter.mail.bounces.report import BounceClass, BouncedRecipient, BounceReport, sum_up

_BEGIN = re.compile(r"\{\s{0,20}\"\w{1,40}\"\s{0,5}:")
_SOMETHING_GOOD = ("delivery", "send", "open", "click")


def read_notification(text: str) -> BounceReport | None:
    """Return what a notification says, None if the text is none."""
    begin = _BEGIN.search(text)
    if begin is None or begin.start() > 200:
        return None
    try:
        value = _decode(text[begin.start() :])
        if isinstance(value, dict) and isinstance(value.get("Message"), str):
            value = _decode(value["Message"])
    except (ValueError, RecursionError):
        return None
    report = _read(value) if isinstance(value, dict) else None
    return replace(report, original_message_id=_find_message_id(value)) if report else None


def _decode(text: str) -> Any:
    # mail servers fold the long line, within strings too
    return json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0]


def _read(value: dict[str, Any]) -> BounceReport | None:
    kind = str(value.get("notificationType") or value.get("eventType") or "").lower()
    if kind == "bounce":
        recipients = [_judge(entry, is_delayed=False) for entry in _entries(value, "bounce", "bouncedRecipients")]
        return sum_up(recipients, otherwise=BounceClass.UNKNOWN)
    if kind == "deliverydelay":
        recipients = [_judge(entry, is_delayed=True) for entry in _entries(value, "deliveryDelay", "delayedRecipients")]
        return sum_up(recipients, otherwise=BounceClass.SOFT)
    if kind == "complaint":
        complaining = _entries(value, "complaint", "complainedRecipients")
        recipients = [BouncedRecipient(address=_address(entry), kind=BounceClass.COMPLAINT) for entry in complaining]
        return sum_up(recipients, otherwise=BounceClass.COMPLAINT)
    return BounceReport(kind=BounceClass.NOT_A_BOUNCE, status=_success(value)) if kind in _SOMETHING_GOOD else None


def _entries(value: dict[str, Any], kind: str, name: str) -> Iterator[dict[str, Any]]:
    event = value.get(kind)
    entries = event.get(name) if isinstance(event, dict) else None
    if isinstance(entries, list):
        yield from (entry for entry in entries if isinstance(entry, dict))


def _find_message_id(value: dict[str, Any]) -> str | None:
    mail = value.get("mail")
    headers = mail.get("commonHeaders") if isinstance(mail, dict) else None
    found = headers.get("messageId") if isinstance(headers, dict) else None
    return found.strip("<> ") or None if isinstance(found, str) else None


def _address(entry: dict[str, Any]) -> str:
    return first_address(str(entry.get("emailAddress") or ""))


def _judge(entry: dict[str, Any], *, is_delayed: bool) -> BouncedRecipient:
    said = " ".join(str(entry.get("diagnosticCode") or "").split())
    status = str(entry.get("status") or "")[:12].strip() or None
    judgement = judge(Evidence(told=(said,), status=status, is_delayed=is_delayed))
    return BouncedRecipient(
        address=_address(entry),
        kind=judgement.kind,
        status=judgement.status,
        diagnostic=said.partition(";")[2].strip() or said,
    )


def _success(value: dict[str, Any]) -> str | None:
    event = value.get("delivery")
    found = re.search(r"\b2\.\d\.\d\b", str(event.get("smtpResponse"))) if isinstance(event, dict) else None
    return found[0] if found else None
