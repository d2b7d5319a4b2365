"""Read one mail that came to the return path."""

from dataclasses import replace

from newsletter.mail.bounces.dsn import StatusGroup, StatusReport, read_status_report
from newsletter.mail.bounces.feedback import read_complaint
from newsletter.mail.bounces.freeform import Section, read_sections
from newsletter.mail.bounces.judge import Evidence, judge
from newsletter.mail.bounces.notice import Notice, read_notice
from newsletter.mail.bounces.notifications import read_notification
from newsletter.mail.bounces.parts import Part, read_mail
from newsletter.mail.bounces.recognise import (
    find_forwarded_notice,
    is_delay_notice,
    is_failure_notice,
    is_success_notice,
)
from newsletter.mail.bounces.replies import is_automatic_reply
from newsletter.mail.bounces.report import BounceClass, BouncedRecipient, BounceReport, sum_up

_LONGEST_DIAGNOSTIC = 500


def read_bounce(raw: bytes) -> BounceReport:
    """Say what a mail reports; any bytes have an answer, nothing is ever raised.

    Complaints are looked for first, for they enclose a mail as failure reports do; automatic replies after failure
    reports, for many servers mark those as automatic replies too (RFC 3834 §2).
    """
    return _read(read_mail(raw))


def _read(mail: Part) -> BounceReport:
    notice = read_notice(mail)
    report = read_complaint(mail, notice) or read_notification(notice.text)
    if report is None:
        if status := read_status_report(mail):
            report = _read_status(mail, notice, status)
        elif forwarded := find_forwarded_notice(mail, notice):
            return _read(forwarded)
        else:
            report = _read_running_text(mail, notice)
    if report.original_message_id is None:
        report = replace(report, original_message_id=_find_message_id(mail, notice))
    return report


def _find_message_id(mail: Part, notice: Notice) -> str | None:
    found = notice.original.get("message-id") or mail.headers.get("in-reply-to")
    return found.strip().partition(" ")[0].strip("<>") or None


def _read_status(mail: Part, notice: Notice, status: StatusReport) -> BounceReport:
    failed = [group for group in status.groups if not group.is_success]
    if not failed:
        return BounceReport(kind=BounceClass.NOT_A_BOUNCE, status=status.groups[0].status)
    sections = read_sections(mail, notice)
    recipients = [_judge_group(group, sections, notice) for group in failed]
    if len(failed) == 1 and not recipients[0].address and sections:
        recipients = [replace(recipients[0], address=sections[0].address)]
    return replace(sum_up(recipients, otherwise=BounceClass.UNKNOWN), original_envelope_id=status.envelope_id)


def _judge_group(group: StatusGroup, sections: list[Section], notice: Notice) -> BouncedRecipient:
    section = next((section for section in sections if section.address == group.address), None)
    if section is None and group.address and not group.is_as_we_wrote:  # the text may say what it was expanded from
        begins = ((section, "".join(section.lines[:1]).lower()) for section in sections)
        section = next((section for section, line in begins if group.address in line), None)
    about = section.told if section else (notice.text,)
    evidence = Evidence(told=(group.diagnostic, *about), status=group.status, is_delayed=group.is_delayed)
    return _recipient(section.address if section else group.address, evidence, group.diagnostic)


def _read_running_text(mail: Part, notice: Notice) -> BounceReport:
    if not is_failure_notice(mail, notice):
        is_reply = is_automatic_reply(mail.headers) and not is_success_notice(notice)
        return BounceReport(kind=BounceClass.AUTO_REPLY if is_reply else BounceClass.NOT_A_BOUNCE)
    is_delayed = is_delay_notice(mail, notice)
    sections = read_sections(mail, notice) or [Section("", list(notice.lines))]
    recipients = [
        _recipient(section.address, Evidence(told=(*section.told, notice.text), is_delayed=is_delayed), section.text)
        for section in sections
    ]
    return sum_up(recipients, otherwise=BounceClass.UNKNOWN)


def _recipient(address: str, evidence: Evidence, said: str) -> BouncedRecipient:
    judgement = judge(evidence)
    return BouncedRecipient(
        address=address, kind=judgement.kind, status=judgement.status, diagnostic=said[:_LONGEST_DIAGNOSTIC]
    )
