"""Why a mail came, came late, was empty or did not come: one sentence about one reader and one day, or about a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.editions.agenda import find_rest, list_weekly_days
from newsletter.editions.story.delays import find_composing_cause
from newsletter.editions.story.facts import DayFacts, EditionFacts, MailFacts, ReaderFacts
from newsletter.editions.story.lists import PENDING, Absence, find_absence, say_absence
from newsletter.editions.story.mails import (
    Promise,
    find_mail_cause,
    find_promise,
    say_mail,
    say_skip,
    say_state,
)
from newsletter.editions.story.words import (
    LATE_AFTER,
    duration_words,
    eastern_words,
    join_words,
    lists_words,
    local_words,
    paper_words,
    quote,
)
from newsletter.subscribers.subscriber import Consent
from newsletter.words import NOTHING, Words

_STOP = Words(".", "。")
_NOT_YET = Words("Not yet: ", "尚未发送：")
_NO_MAIL = Words("No mail: ", "没有邮件：")
_NO_DIGEST = Words("No digest: ", "没有晨报：")  # but a mail that says why


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The sentence, and the same for programs: `state` is the delivery's, None without one; `reason` says why in a word.

    A reason is a SkipReason, an Absence, a Delay, `empty` for a mail without papers, or what the relay said; None when all
    went as it should.
    """

    sentence: Words
    state: DeliveryState | None = None
    reason: str | None = None


NEWCOMER = "newcomer"
"""The reason of a reader who was added after the readers of an edition were read, and before it was composed."""


class EditionState(StrEnum):
    """How far a day's edition is.

    `waiting` for its lists; `open` and not composed; `archived` when its lists were fetched for the archive alone; `none` on
    days that bring none.
    """

    NONE = "none"
    WAITING = "waiting"
    OPEN = "open"
    COMPOSED = "composed"
    ARCHIVED = "archived"


def tell_story(day: DayFacts, reader: ReaderFacts, mails: Mapping[Message, Sequence[MailFacts]]) -> Story:
    """Tell one reader's day; `mails` has the revisions of each message they were promised, in order."""
    digests, notices = mails.get(Message.DIGEST, ()), mails.get(Message.NOTICE, ())
    story = _tell_digests(day, reader, digests) if digests else _tell_absence(day, reader, notices)
    others = [_say_other(message, found[-1], day) for message, found in mails.items() if found]
    return replace(story, sentence=sum(others, start=story.sentence) + _STOP)


def tell_day(day: DayFacts) -> Words:
    """Tell what became of a day's edition, and why."""
    if (absence := find_absence(day)) is not None:
        return (_NOT_YET if absence in PENDING else _NO_MAIL) + say_absence(day, absence) + _STOP
    if day.edition is None or day.edition.composed_at is None:
        raise ValueError("a day without an absence has a composed edition")
    return _say_composed(day, day.edition, day.edition.composed_at) + _say_gaps(day) + _STOP


def edition_state(day: DayFacts) -> EditionState:
    """Return how far the day's edition is."""
    absence = find_absence(day)
    match absence:
        case None:
            return EditionState.COMPOSED
        case Absence.NOT_ANNOUNCED | Absence.LISTS_LATE:
            return EditionState.WAITING
        case Absence.TO_COMPOSE | Absence.OVERTAKEN:
            return EditionState.OPEN
        case Absence.ARCHIVED:
            return EditionState.ARCHIVED
        case Absence.WEEKEND | Absence.NO_LIST | Absence.NOT_COLLECTED | Absence.NO_ANSWER:
            return EditionState.NONE
        case _:
            assert_never(absence)


def tell_deliveries(states: Mapping[DeliveryState, int]) -> Words:
    """Tell how many readers have their mail: Of 1,210 readers 1,204 have their mail; 2 are deferred and 4 are skipped."""
    total = sum(states.values())
    if not total:
        return Words("No reader has a delivery of this day.", "当日没有任何投递。")
    accepted = states.get(DeliveryState.ACCEPTED, 0)
    rest = [
        Words(f"{number:,} {_say_number(state, number)}", f"{number:,} 位{say_state(state).zh}")
        for state, number in states.items()
        if number and state is not DeliveryState.ACCEPTED
    ]
    others = join_words(rest) if rest else NOTHING
    head = "The only reader has" if total == accepted == 1 else f"Of {total:,} readers {accepted:,} have"
    more = Words(f"; {others.en}", f"，{others.zh}") if rest else NOTHING
    return Words(f"{head} their mail", f"共 {total:,} 位读者，{accepted:,} 位的邮件已被接收") + more + _STOP


def tell_morning(states: Mapping[DeliveryState, int]) -> Words:
    """Tell how a morning went: This morning 1,204 of 1,210 readers have their paper; 4 wait for a retry and 2 are uncertain.

    Who is deliberately sent nothing is named apart, since nobody waits for it.
    """
    promised = {state: number for state, number in states.items() if number and state is not DeliveryState.SKIPPED}
    total, skipped = sum(promised.values()), states.get(DeliveryState.SKIPPED, 0)
    accepted = promised.pop(DeliveryState.ACCEPTED, 0)
    left_out = Words(f"{skipped:,} had nothing due", f"{skipped:,} 位当日无须发送") if skipped else NOTHING
    if not total:
        nobody = Words("This morning nobody had mail to get", "今晨没有需要发出的邮件")
        return nobody + (Words(f"; {left_out.en}", f"，{left_out.zh}") if skipped else NOTHING) + _STOP
    head = Words(
        f"This morning {accepted:,} of {total:,} {'reader has' if total == 1 else 'readers have'} their paper",
        f"今晨 {total:,} 位读者中，{accepted:,} 位的晨报已被接收",
    )
    rest = [
        Words(f"{number:,} {_say_number(state, number)}", f"{number:,} 位{say_state(state).zh}")
        for state, number in promised.items()
    ] + ([left_out] if skipped else [])
    others = join_words(rest) if rest else NOTHING
    return head + (Words(f"; {others.en}", f"；{others.zh}") if rest else NOTHING) + _STOP


def _say_number(state: DeliveryState, number: int) -> str:
    """Return what so many readers do, in English: 4 wait for a retry."""
    be, wait = ("is", "waits") if number == 1 else ("are", "wait")
    match state:
        case DeliveryState.DEFERRED:
            return f"{wait} for a retry"
        case DeliveryState.FAILED:
            return "failed"
        case DeliveryState.SENDING:
            return f"{be} being sent"
        case _:
            return f"{be} {say_state(state).en}"


def _tell_digests(day: DayFacts, reader: ReaderFacts, mails: Sequence[MailFacts]) -> Story:
    """Tell of the first revision that was accepted, or of the last one."""
    told = next((mail for mail in mails if mail.state is DeliveryState.ACCEPTED), mails[-1])
    promise = find_promise(day, mails[0])
    said = say_mail(day, reader, told, promise)
    if mails[-1] is not told:
        again = say_state(mails[-1].state)
        said += Words(f"; it was sent again later, and that copy is {again.en}", f"；之后重发一次，状态为{again.zh}")
    return Story(sentence=said, state=told.state, reason=_reason(day, reader, told, promise))


def _reason(day: DayFacts, reader: ReaderFacts, mail: MailFacts, promise: Promise) -> str | None:
    if mail.state is not DeliveryState.ACCEPTED:
        return mail.reason
    if (cause := find_mail_cause(day, reader, mail, promise)) is not None:
        return cause.delay
    return SkipReason.EMPTY if mail.digest.is_empty else None


def _tell_absence(day: DayFacts, reader: ReaderFacts, notices: Sequence[MailFacts]) -> Story:
    """Tell why the reader has no digest: for all readers the same reason, or their own."""
    absence = find_absence(day)
    if absence is not None and absence not in PENDING:
        head, state = (_NO_DIGEST, notices[-1].state) if notices else (_NO_MAIL, None)
        return Story(sentence=head + say_absence(day, absence), state=state, reason=absence.value)
    at = day.composed_at or day.now
    own = _own_reason(day, reader, at, is_pending=absence is not None)
    if own is not None:
        return Story(sentence=say_skip(day, reader, own, at=at), reason=own.value)
    if absence is not None:
        return Story(sentence=_NOT_YET + say_absence(day, absence), reason=absence.value)
    return Story(
        sentence=_NO_MAIL
        + Words(
            f"{reader.name} became a reader while the digests were composed; `newsletter send` makes one",
            f"汇编时 {reader.name} 刚刚加入；`newsletter send` 可补发",
        ),
        reason=NEWCOMER,
    )


def _own_reason(day: DayFacts, reader: ReaderFacts, at: datetime, *, is_pending: bool) -> SkipReason | None:
    confirmed_at, left_at = reader.reader.confirmed_at, reader.unsubscribed_at
    if reader.suppressed_at and reader.suppressed_at <= at:
        return SkipReason.SUPPRESSED
    if confirmed_at is None or (confirmed_at > at and not is_pending):
        return SkipReason.UNCONFIRMED
    if left_at and left_at <= at:
        return SkipReason.UNCONFIRMED if reader.reader.consent is Consent.PENDING else SkipReason.UNSUBSCRIBED
    # what else keeps a mail is decided when the digests are composed, and then there is a delivery that says so
    if not is_pending:
        return None
    days = list_weekly_days(day.edition_on, before=None)
    return find_rest(reader.reader.preferences, day.edition_on, weekly_days=days)


def _say_other(message: Message, mail: MailFacts, day: DayFacts) -> Words:
    """Return the clause about another mail of the day than the digest; nothing of the digest itself."""
    match message:
        case Message.TRENDING:
            what = Words("the mail of trending papers", "热门论文邮件")
        case Message.NOTICE:
            what = Words("the notice that arXiv announced nothing", "“当日无列表”的通知")
        case (
            Message.DIGEST
            | Message.CONFIRM
            | Message.WELCOME
            | Message.LINK
            | Message.GOODBYE
            | Message.ALARM
            | Message.TEST
        ):
            return NOTHING
        case _:
            assert_never(message)
    if mail.accepted_at:
        at = local_words(mail.accepted_at, mail.digest.zone, day.edition_on)
        return Words(f"; {what.en} was accepted at {at.en}", f"；{what.zh}于 {at.zh}被邮件服务器接收")
    state, why = say_state(mail.state), f" ({quote(mail.reason)})" if mail.reason else ""
    return Words(f"; {what.en} is {state.en}{why}", f"；{what.zh}{state.zh}{why}")


def _say_composed(day: DayFacts, edition: EditionFacts, composed_at: datetime) -> Words:
    at, papers = eastern_words(composed_at, day.edition_on), paper_words(edition.paper_count)
    if edition.is_sample:
        return Words(f"The sample edition was composed at {at.en}", f"样刊于{at.zh} 汇编")
    took = composed_at - day.announced_at
    if took <= LATE_AFTER:
        return Words(
            f"The digests of the day's {papers.en} were composed at {at.en}", f"当日 {papers.zh}，于{at.zh} 汇编成晨报"
        )
    cause = find_composing_cause(day, promised_at=day.announced_at, composed_at=composed_at).words
    late = duration_words(took)
    return Words(
        f"The digests of the day's {papers.en} were composed {late.en} after the announcement: {cause.en}",
        f"当日 {papers.zh}，公布后{late.zh}才汇编：{cause.zh}",
    )


def _say_gaps(day: DayFacts) -> Words:
    """Return what is missing of the day's lists even now, and how many papers came too late for its edition."""
    said = NOTHING
    missing = [known for known in day.lists if not known.is_settled]
    if missing and not day.is_sample:
        lists, be = lists_words([known.category for known in missing]), "is" if len(missing) == 1 else "are"
        said += Words(f"; the {lists.en} {be} not whole", f"；{lists.zh}不齐")
    if day.late_count:
        papers = paper_words(day.late_count)
        said += Words(f"; {papers.en} came later, for the next edition", f"；另有 {papers.zh}迟到，并入下一期")
    return said
