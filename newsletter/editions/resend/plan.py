"""Who gets a day once more, and why: decided from the latest revision of each reader's mail.

A resend repeats a promise, so its readers are those with a delivery of the day, whatever became of it; who came later is
named and left out, since `newsletter send` makes their first one. Nobody gets a second revision before the last one has
ended, and nobody a third without `again`, however the second ended: asking twice, or two at once, sends nothing twice.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import FINAL, DeliveryState, SkipReason
from newsletter.editions.story.mails import say_state
from newsletter.editions.story.words import date_words
from newsletter.subscribers.subscriber import Consent
from newsletter.words import Words

_UNREACHABLE = frozenset({SkipReason.SUPPRESSED, SkipReason.UNSUBSCRIBED, SkipReason.UNCONFIRMED})
_NOTHING_TO_READ = frozenset({SkipReason.EMPTY, SkipReason.NO_KEYWORDS})
_ENDED = FINAL | {DeliveryState.UNCERTAIN}


class Audience(StrEnum):
    """Whom a resend is for.

    Everybody of the day, those without an accepted delivery, those of them whose mail failed, or readers chosen by address.
    """

    ALL = "all"
    MISSING = "missing"
    FAILED = "failed"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendRequest:
    """What an operator asks for.

    `to` narrows it to some subscribers, `only_missing` to those without an accepted delivery, `only_failed` to those of them
    whose last one failed; `again` takes in those who were sent the day again before. `is_recomposed` chooses the papers anew,
    as known now and by today's keywords.
    """

    edition_on: date
    message: Message = Message.DIGEST
    to: Sequence[int] | None = None
    only_missing: bool = False
    only_failed: bool = False
    again: bool = False
    is_recomposed: bool = False

    @property
    def audience(self) -> Audience:
        if self.to is not None:
            return Audience.CHOSEN
        if self.only_failed:
            return Audience.FAILED
        return Audience.MISSING if self.only_missing else Audience.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A reader, and the latest revision of their mail of the day; without one `state` is None.

    `folded_on` is the edition whose digest brought the papers of one that failed.
    """

    subscriber_id: int
    email: str
    consent: Consent
    is_suppressed: bool
    revision: int = 0
    state: DeliveryState | None = None
    reason: str | None = None
    digest_id: int | None = None
    paper_count: int = 0
    has_accepted: bool = False
    folded_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendLine:
    """What a resend does for one reader, and why; `revision` is the new one, None when nothing is sent."""

    subscriber_id: int
    email: str
    revision: int | None
    why: Words
    digest_id: int | None = None

    @property
    def reason(self) -> str:
        return self.why.en


def plan_line(candidate: Candidate, request: ResendRequest) -> ResendLine:
    """Decide about one reader."""
    refusal = _find_refusal(candidate, request)
    return ResendLine(
        subscriber_id=candidate.subscriber_id,
        email=candidate.email,
        revision=None if refusal else candidate.revision + 1,
        why=refusal or _say_why(candidate),
        digest_id=candidate.digest_id,
    )


def fingerprint(lines: Iterable[ResendLine]) -> str:
    """Return a short name of who gets what: the same for two plans only when they promise the same."""
    planned = [f"{line.subscriber_id}.{line.revision}" for line in lines if line.revision is not None]
    return hashlib.sha256(" ".join(planned).encode()).hexdigest()[:16]


def _find_refusal(candidate: Candidate, request: ResendRequest) -> Words | None:
    """Say why this reader gets nothing more, or None."""
    if candidate.state is None:
        return Words(
            f"has none of this day yet; `newsletter send --day {request.edition_on}` makes one",
            f"当日还没有；`newsletter send --day {request.edition_on}` 可补发",
        )
    if (unreachable := _say_unreachable(candidate)) is not None:
        return unreachable
    if candidate.state not in _ENDED:
        return Words("the last one is still on its way", "上一封仍在投递中")
    if (request.only_missing or request.only_failed) and candidate.has_accepted:
        return Words("has it already", "已经收到")
    if request.only_failed and candidate.state is not DeliveryState.FAILED:
        return Words("did not fail", "未曾失败")
    if candidate.state is DeliveryState.SKIPPED:
        return _find_skip(candidate, request)
    if candidate.revision > 0 and not request.again:
        return _say_sent_again(candidate.state)
    if candidate.folded_on is not None and not request.again:
        on = date_words(candidate.folded_on)
        return Words(
            f"its papers came with the digest of {on.en}; --again sends them twice",
            f"其论文已随 {on.zh}的晨报送达；--again 可再发",
        )
    return None


def _say_unreachable(candidate: Candidate) -> Words | None:
    if candidate.is_suppressed:
        return Words("mail to this address is stopped", "已停止向此地址发信")
    match candidate.consent:
        case Consent.CONFIRMED:
            return None
        case Consent.PENDING:
            return Words("has not confirmed", "尚未确认订阅")
        case _:
            return Words("has unsubscribed", "已退订")


def _find_skip(candidate: Candidate, request: ResendRequest) -> Words | None:
    """Say why a mail that was deliberately not sent stays so; None when what kept it is over."""
    if candidate.reason == SkipReason.CANCELLED:
        return None
    had_papers = candidate.reason in _UNREACHABLE and candidate.paper_count > 0
    if had_papers or (request.is_recomposed and candidate.reason in _UNREACHABLE | _NOTHING_TO_READ):
        return None
    return Words(f"was skipped: {candidate.reason}", f"当时未发送：{candidate.reason}")


def _say_sent_again(state: DeliveryState) -> Words:
    if state is DeliveryState.ACCEPTED:
        return Words("was sent it again already", "已经重发过")
    said = say_state(state)
    return Words(
        f'was sent it again already, and that one is {said.en}; it takes "again" to send it once more',
        f'已经重发过，状态为{said.zh}；选 "again" 方可再发',
    )


def _say_why(candidate: Candidate) -> Words:
    if candidate.state is not DeliveryState.SKIPPED:
        said = say_state(candidate.state) if candidate.state else Words("", "")
        return Words(f"the last one is {said.en}", f"上一封：{said.zh}")
    if candidate.reason == SkipReason.CANCELLED:
        return Words("the last one was cancelled", "上一封已取消")
    if candidate.reason in _NOTHING_TO_READ:
        return Words(
            f"was skipped: {candidate.reason}, and is composed anew", f"当时未发送：{candidate.reason}；重新汇编"
        )
    return Words(
        f"was skipped: {candidate.reason}, and can be reached now", f"当时未发送：{candidate.reason}；现可送达"
    )
