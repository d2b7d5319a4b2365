"""Complaints: feedback reports (RFC 5965), Hotmail's form of them, and mails that ask for no more."""

import re

from newsletter.mail.bounces.addresses import find_addresses, unique
from newsletter.mail.bounces.headers import Headers, parse_headers
from newsletter.mail.bounces.notice import Notice
from newsletter.mail.bounces.parts import Part
from newsletter.mail.bounces.report import BounceClass, BouncedRecipient, BounceReport, sum_up

_COMPLAINING = ("removal-recipient", "original-rcpt-to", "original-recipient", "x-hmxmroriginalrecipient")
# RFC 6650 §2 and RFC 6591: nobody complained, so nobody may lose their mail for these
_KINDS = {"not-spam": BounceClass.NOT_A_BOUNCE, "auth-failure": BounceClass.POLICY}
_HOTMAIL = re.compile(r"\s*complaint about message from", re.IGNORECASE)
_OPT_OUT = re.compile(
    r"\s*(?:re: ?)?(?:unsubscribe|list-unsubscribe|opt[- ]?out|remove me|abmelden|abbestellen|d[eé]sabonner|désinscription"
    r"|退订|取消订阅|退訂|配信停止|購読解除|отписаться)[\s.!]*",
    re.IGNORECASE,
)


def read_complaint(mail: Part, notice: Notice) -> BounceReport | None:
    """Return what a complaint says, None if the mail is none."""
    feedback = _find_feedback(mail)
    if feedback is None:
        if _OPT_OUT.fullmatch(mail.headers.readable("subject")) and not notice.original.fields:
            return _report(find_addresses(mail.headers.readable("from"))[:1])
        if not _is_hotmail(mail):
            return None
        feedback = Headers()
    kind = _KINDS.get(feedback.get("feedback-type").lower(), BounceClass.COMPLAINT)
    if kind is BounceClass.NOT_A_BOUNCE:
        return BounceReport(kind=kind)
    sources = (feedback, mail.headers, notice.original)
    named = [value for name in _COMPLAINING for source in sources for value in source.all(name)]
    return _report(find_addresses(" ".join(named)) or find_addresses(notice.original.readable("to")), kind)


def _report(addresses: list[str], kind: BounceClass = BounceClass.COMPLAINT) -> BounceReport:
    recipients = [BouncedRecipient(address=address, kind=kind) for address in unique(addresses)]
    return sum_up(recipients, otherwise=kind)


def _find_feedback(mail: Part) -> Headers | None:
    for part in mail.leaves():
        if part.kind == "message/feedback-report":
            return parse_headers([line.strip() for line in part.text.split("\n") if line.strip()])
    return None


def _is_hotmail(mail: Part) -> bool:
    """Return whether this is a report of Hotmail's junk mail programme, which has no part of its own for it."""
    subject = mail.headers.readable("subject")
    return bool(_HOTMAIL.match(subject) or mail.headers.get("x-hmxmroriginalrecipient"))
