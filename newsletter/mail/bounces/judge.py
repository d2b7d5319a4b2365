"""What a failure means for the address: the text first, then the codes (RFC 5321 §4.2, RFC 3463)."""

import re
from dataclasses import dataclass

from newsletter.mail.bounces.causes import find_cause
from newsletter.mail.bounces.report import BounceClass

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.\[:/-])([45]\d\d)(?=[ \-#\]]|$)")
_NOT_ABOUT_RECIPIENT = re.compile(
    r"(?:in reply to|after|response to|reply to|to our|like our) (?:the )?"
    r"(?:initial connection|end of data|data|mail|helo|ehlo|final data)"
    r"|\bdata command|>>> (?:mail|data|helo|ehlo)|pipelined|sending (?:message|data)|message body",
    re.IGNORECASE,
)
_ABOUT_SENDER = re.compile(
    r"(?:in reply to|after|response to|reply to|to our|like our) (?:the )?(?:initial connection|mail|helo|ehlo)\b"
    r"|>>> (?:mail|helo|ehlo)|5\.5\.4 invalid domain name",
    re.IGNORECASE,
)
_LONGEST = 20_000
_SOFT_REPLIES = ("500", "502", "503", "504", "552")  # the servers misunderstand each other; too much mail
_POLICY_REPLIES = ("530", "534", "535", "538", "554", "571")
_BY_DETAIL = {
    "1.0": BounceClass.HARD,
    "1.1": BounceClass.HARD,
    "1.2": BounceClass.HARD,
    "1.3": BounceClass.HARD,
    "1.4": BounceClass.HARD,
    "1.6": BounceClass.HARD,
    "1.7": BounceClass.POLICY,
    "1.8": BounceClass.POLICY,
    "1.10": BounceClass.HARD,
    "2.1": BounceClass.HARD,
    "4.1": BounceClass.HARD,
    "4.4": BounceClass.HARD,
    "7.13": BounceClass.HARD,
    "7.17": BounceClass.HARD,
}
_BY_SUBJECT = {
    "1": BounceClass.HARD,
    "2": BounceClass.SOFT,
    "3": BounceClass.SOFT,
    "4": BounceClass.SOFT,
    "6": BounceClass.POLICY,
    "7": BounceClass.POLICY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a report says of one recipient.

    `told` is what was said, the closest to the cause first: the peer's answer, then what stands around it; `status` the
    report's own code.
    """

    told: tuple[str, ...]
    status: str | None = None
    is_delayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The class, and the status code that carries the cause."""

    kind: BounceClass
    status: str | None


def judge(evidence: Evidence) -> Judgement:
    """Weigh text before code; a mail that is still queued is soft whatever delays it."""
    kind = BounceClass.SOFT if evidence.is_delayed else _find_kind(evidence)
    return Judgement(kind=kind, status=_choose_status(evidence, kind))


def _find_kind(evidence: Evidence) -> BounceClass:
    causes = [(text, cause) for text in evidence.told if (cause := find_cause(text))]
    for text, cause in causes:
        if not cause.is_weak:
            is_about_us = cause.kind is BounceClass.HARD and _ABOUT_SENDER.search(text)
            return BounceClass.POLICY if is_about_us else cause.kind
    if causes:
        return _weigh(causes[0][1].kind, evidence)
    return _kind_of_codes(evidence) or BounceClass.UNKNOWN


def _weigh(kind: BounceClass, evidence: Evidence) -> BounceClass:
    """Judge a mere refusal by the command it answers and by its codes."""
    if _is_about_us(evidence):
        return BounceClass.POLICY
    return _kind_of_status(evidence.status) or kind


def _kind_of_codes(evidence: Evidence) -> BounceClass | None:
    for status in (evidence.status, *_list_statuses(evidence.told)):
        if kind := _kind_of_status(status):
            return kind
    replies = [reply for text in evidence.told for reply in _REPLY.findall(text[:_LONGEST])]
    if not replies:
        return BounceClass.SOFT if (evidence.status or "").startswith("4") else None
    if replies[0].startswith("4") or replies[0] in _SOFT_REPLIES:
        return BounceClass.SOFT
    if replies[0] in _POLICY_REPLIES or _is_about_us(evidence):
        return BounceClass.POLICY
    return BounceClass.HARD


def _is_about_us(evidence: Evidence) -> bool:
    return any(_NOT_ABOUT_RECIPIENT.search(text[:_LONGEST]) for text in evidence.told)


def _kind_of_status(status: str | None) -> BounceClass | None:
    """Return what an enhanced status code alone means; None for one that only says that it failed."""
    if not status or status.startswith("2"):
        return None
    group, _, detail = status.partition(".")
    kind = _BY_DETAIL.get(detail) or _BY_SUBJECT.get(detail.partition(".")[0])
    return BounceClass.SOFT if group == "4" and kind is BounceClass.HARD else kind


def _list_statuses(told: tuple[str, ...]) -> list[str]:
    return [".".join(found) for text in told for found in _STATUS.findall(text[:_LONGEST]) if found[0] != "2"]


def _choose_status(evidence: Evidence, kind: BounceClass) -> str | None:
    """Return the report's own code, or the peer's where that carries the cause and the report's does not."""
    own = evidence.status
    if own is None or own.endswith(".0.0"):
        said = _list_statuses(evidence.told)
        fitting = next((status for status in said if _kind_of_status(status) is kind), None)
        return fitting or own or next(iter(said), None)
    if _kind_of_status(own) in (kind, None):
        return own
    said = _list_statuses(evidence.told[:1])
    return next((status for status in said if _kind_of_status(status) is kind and own[0] == status[0]), own)
