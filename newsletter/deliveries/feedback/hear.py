"""Hear one mail: find what it is about, judge it, keep it, and do what follows, in one transaction.

A report read twice, from two sources or by two processes at once, counts once: its row's unique key decides who acts. A
process that dies anywhere in here has done nothing, and whoever handed the mail in still has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from newsletter.db.engine import transaction
from newsletter.deliveries.alarms import AlarmKind, clear_alarm, list_open_alarms, raise_alarm
from newsletter.deliveries.consent import unsubscribe_reader
from newsletter.deliveries.feedback import store
from newsletter.deliveries.feedback.judge import (
    ALARM_LASTS,
    FORGIVEN_AFTER,
    MAILED_WITHIN,
    Case,
    Decision,
    Effect,
    MatchedBy,
    is_storm,
    judge,
)
from newsletter.deliveries.feedback.store import FeedbackKind, MailedDelivery, NewFeedback
from newsletter.deliveries.messages import MessageIdMaker
from newsletter.deliveries.refusals import ABOUT_THE_ADDRESS, Cause, find_cause
from newsletter.deliveries.store import resolve
from newsletter.mail.bounces import BounceClass, BouncedRecipient
from newsletter.mail.intake.incoming import Incoming, Source
from newsletter.mail.return_path import ReturnPaths
from newsletter.mail.smtp import SmtpReply
from newsletter.subscribers.addresses import address_key
from newsletter.subscribers.store import list_subscribers, unsubscribe
from newsletter.subscribers.subscriber import Subscriber, SubscriberId
from newsletter.subscribers.suppression import SuppressionReason
from newsletter.subscribers.suppression_store import is_suppressed, suppress
from newsletter.subscribers.tokens import Tokens
from newsletter.words import Words

_SAID_CHARACTERS = 500  # of a peer's words
_STORM = Words(
    "The relay says of one reader after the other that the address does not exist. That is more likely its own mistake, so no "
    "further address is stopped for it. See `newsletter bounces list`; `newsletter unsuppress` brings readers back.",
    "中继接连声称读者的地址不存在，更可能是它自己的差错，因此不再据此停发任何地址。见 `newsletter bounces list`；"
    "`newsletter unsuppress` 可恢复读者。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What proves our own addresses, hashes those of others, and names the goodbye to who left by mail."""

    return_paths: ReturnPaths
    tokens: Tokens
    message_id: MessageIdMaker


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """What a report is about; without a delivery there is nobody to decide about, and `reason` says why."""

    by: MatchedBy
    delivery: MailedDelivery | None
    reason: str = "It names no mail of ours."


def hear(database: Engine, secrets: Secrets, incoming: Incoming, *, at: datetime) -> list[NewFeedback]:
    """Keep what came in and do what follows; returns what was new in it, nothing when it had been heard before."""
    with transaction(database) as session:
        leaver = _find_leaver(session, secrets.return_paths, incoming)
        if leaver is not None:
            return _hear_leaver(session, secrets, incoming, leaver, at)
        return _hear_report(session, secrets, incoming, at)


def hear_refusal(
    session: Session, secrets: Secrets, delivery_id: int, attempt: int, reply: SmtpReply, *, at: datetime
) -> NewFeedback | None:
    """Hear what the relay said to our face when it refused a mail for good, as if it had sent the mail back.

    Only what is about the address counts; what is about us is the channel's business. To be called in the transaction that
    records the attempt, so that the two cannot part.
    """
    kind = _kind_of(reply)
    delivery = store.find_by_id(session, delivery_id) if kind else None
    if kind is None or delivery is None:
        return None
    if kind is BounceClass.HARD and is_storm(*store.count_refused_lately(session)):
        kind = BounceClass.SOFT
        raise_alarm(session, AlarmKind.POLICY_BOUNCE, reply.server, at=at, detail=_STORM)
    recipient = BouncedRecipient(address=delivery.email, kind=kind, status=reply.enhanced_code, diagnostic=reply.text)
    match = _Match(by=MatchedBy.CONVERSATION, delivery=delivery)
    decision = _decide(session, secrets, match, recipient, is_vouched=False, at=at)
    key = f"attempt-{delivery_id}-{attempt}"
    feedback = _write(secrets, match, recipient, decision, key=key, source=Source.RELAY, at=at)
    if not store.keep(session, feedback):
        return None
    _act(session, match, delivery, decision, feedback)
    return feedback


def _kind_of(reply: SmtpReply) -> BounceClass | None:
    cause = find_cause(reply)
    if cause in ABOUT_THE_ADDRESS:
        return BounceClass.HARD if (reply.code or 0) // 100 == 5 else BounceClass.SOFT
    return BounceClass.SOFT if cause in (Cause.FULL, Cause.CLOSED) else None


def clear_refusals(session: Session, *, at: datetime) -> int:
    """Close the alarms about destinations that have not sent a mail back because of us for a day; returns how many."""
    cleared = 0
    for alarm in list_open_alarms(session, AlarmKind.POLICY_BOUNCE):
        refused_at = store.find_last_refusal(session, alarm.subject) or alarm.raised_at
        if refused_at + ALARM_LASTS <= at:
            cleared += clear_alarm(session, AlarmKind.POLICY_BOUNCE, alarm.subject, at=at)
    return cleared


def _find_leaver(session: Session, return_paths: ReturnPaths, incoming: Incoming) -> Subscriber | None:
    """Return who wants no more mail: whose unsubscribe address the mail was written to."""
    for text in incoming.addressed_to:
        subscriber_id = return_paths.read_unsubscribe(text)
        if subscriber_id is not None:
            return next(iter(list_subscribers(session, ids=[subscriber_id])), None)
    return None


def _hear_leaver(
    session: Session, secrets: Secrets, incoming: Incoming, reader: Subscriber, at: datetime
) -> list[NewFeedback]:
    feedback = NewFeedback(
        report_key=incoming.key,
        recipient_key=secrets.tokens.erased_key(address_key(reader.email)),
        recipient=reader.email,
        subscriber_id=reader.id,
        delivery_id=None,
        source=incoming.source,
        kind=FeedbackKind.UNSUBSCRIBE,
        status=None,
        diagnostic="",
        matched_by=MatchedBy.RETURN_PATH,
        effect=Effect.UNSUBSCRIBED,
        reason="A mail to the reader's own unsubscribe address.",
        received_at=at,
    )
    if not store.keep(session, feedback):
        return []
    unsubscribe_reader(session, reader.id, at=at, message_id=secrets.message_id)
    return [feedback]


def _hear_report(session: Session, secrets: Secrets, incoming: Incoming, at: datetime) -> list[NewFeedback]:
    heard = []
    proven = _find_proven(session, secrets.return_paths, incoming)
    for recipient in _speaking(incoming, proven):
        match = proven or _find_by_address(session, recipient.address, at)
        decision = _decide(session, secrets, match, recipient, is_vouched=incoming.is_vouched, at=at)
        feedback = _write(secrets, match, recipient, decision, key=incoming.key, source=incoming.source, at=at)
        if store.keep(session, feedback):
            heard.append(feedback)
            if match.delivery is not None:
                _act(session, match, match.delivery, decision, feedback)
    return heard


def _write(
    secrets: Secrets,
    match: _Match,
    recipient: BouncedRecipient,
    decision: Decision,
    *,
    key: str,
    source: str,
    at: datetime,
) -> NewFeedback:
    is_erased = match.delivery is not None and not match.delivery.email  # what was forgotten is not learnt again
    return NewFeedback(
        report_key=key,
        recipient_key=secrets.tokens.erased_key(address_key(recipient.address)),
        recipient="" if is_erased else recipient.address,
        subscriber_id=match.delivery.subscriber_id if match.delivery else None,
        delivery_id=match.delivery.delivery_id if match.delivery else None,
        source=source,
        kind=FeedbackKind(recipient.kind.value),
        status=recipient.status,
        diagnostic="" if is_erased else recipient.diagnostic[:_SAID_CHARACTERS],
        matched_by=match.by,
        effect=decision.effect,
        reason=decision.reason,
        received_at=at,
    )


def _find_proven(session: Session, return_paths: ReturnPaths, incoming: Incoming) -> _Match | None:
    """Return the delivery whose mail the report's author has seen: by return path, envelope id, or Message-ID."""
    report = incoming.report
    for text in (*incoming.addressed_to, incoming.text):
        delivery_id = return_paths.read(text)
        if delivery_id is not None:
            found = store.find_by_id(session, delivery_id)
            return _Match(by=MatchedBy.RETURN_PATH, delivery=found) if found else None
    ids = ((MatchedBy.ENVELOPE_ID, report.original_envelope_id), (MatchedBy.MESSAGE_ID, report.original_message_id))
    for by, written in ids:
        found = store.find_by_message_id(session, written) if written else None
        if found:
            return _Match(by=by, delivery=found)
    return None


def _find_by_address(session: Session, address: str, at: datetime) -> _Match:
    """Return the latest mail to an address; anybody can write a report about an address, so it must be a recent one."""
    if not address:
        return _Match(by=MatchedBy.NOTHING, delivery=None)
    found = store.find_by_address(session, address_key(address), since=at - MAILED_WITHIN)
    if found:
        return _Match(by=MatchedBy.ADDRESS, delivery=found)
    reason = f"It names only an address, and that was not mailed in the last {MAILED_WITHIN.days} days."
    return _Match(by=MatchedBy.NOTHING, delivery=None, reason=reason)


def _speaking(incoming: Incoming, proven: _Match | None) -> Sequence[BouncedRecipient]:
    """Return whom the report is about: the delivery's reader if they are named, else all, since mail may be forwarded."""
    report = incoming.report
    email = proven.delivery.email if proven and proven.delivery else ""
    own = [recipient for recipient in report.recipients if address_key(recipient.address) == address_key(email)]
    return own or report.recipients or [BouncedRecipient(address=email, kind=report.kind, status=report.status)]


def _decide(
    session: Session, secrets: Secrets, match: _Match, recipient: BouncedRecipient, *, is_vouched: bool, at: datetime
) -> Decision:
    delivery = match.delivery
    if delivery is None:
        return Decision(effect=Effect.RECORDED, reason=match.reason)
    if not delivery.email:
        return Decision(effect=Effect.RECORDED, reason="Its reader was erased.")
    store.lock_reader(session, delivery.subscriber_id)
    lifted_at = store.find_lifted_at(session, delivery.subscriber_id)
    since = max(at - FORGIVEN_AFTER, lifted_at) if lifted_at else at - FORGIVEN_AFTER
    case = Case(
        kind=recipient.kind,
        matched_by=match.by,
        is_vouched=is_vouched,
        is_suppressed=is_suppressed(session, delivery.email, secrets.tokens),
        delivery_id=delivery.delivery_id,
        mailed_at=delivery.mailed_at,
        lifted_at=lifted_at,
        points=store.list_points(session, delivery.subscriber_id, since=since),
    )
    return judge(case, at=at)


def _act(session: Session, match: _Match, delivery: MailedDelivery, decision: Decision, feedback: NewFeedback) -> None:
    at = feedback.received_at
    if match.by is not MatchedBy.ADDRESS:
        resolve(session, [delivery.delivery_id], at=at)  # who reports on a mail has it: it is not uncertain any more
    if decision.stops is not None:
        said = " ".join(filter(None, [feedback.status, feedback.diagnostic]))
        suppress(session, delivery.email, reason=decision.stops, at=at, detail=said)
    if decision.stops is SuppressionReason.COMPLAINT:
        unsubscribe(session, SubscriberId(delivery.subscriber_id), at=at)
    if decision.effect is Effect.ALARMED:
        domain = address_key(delivery.email).rpartition("@")[2]
        detail = Words(
            f"Mail to {domain} was accepted and came back ({feedback.status or 'no status code'}): it refuses us, not its "
            "readers. `newsletter bounces list` shows its words, `newsletter check --mail` what is wrong with our mail.",
            f"发往 {domain} 的邮件先被接收，后被退回（{feedback.status or '无状态码'}）：被拒的是我们，而非其读者。"
            "`newsletter bounces list` 可查看其原话，`newsletter check --mail` 可检查我们的邮件有何问题。",
        )
        raise_alarm(session, AlarmKind.POLICY_BOUNCE, domain, at=at, detail=detail)
