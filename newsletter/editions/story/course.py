"""The course of one mail: every revision of it, step by step, with what each answer meant and what can be done now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from newsletter.deliveries.messages import Message
from newsletter.deliveries.refusals import explain
from newsletter.deliveries.states import DeliveryState
from newsletter.editions.story.facts import AttemptFacts, CourseFacts, ReaderFacts
from newsletter.editions.story.mails import say_word
from newsletter.editions.story.words import date_words, duration_words, paper_words, quote
from newsletter.mail.smtp import Outcome
from newsletter.words import NOTHING, Words

_AT_ONCE = timedelta(minutes=1)
_MESSAGES = {
    Message.DIGEST: Words("Digest", "晨报"),
    Message.TRENDING: Words("Mail of trending papers", "热门论文邮件"),
    Message.NOTICE: Words("Notice of a day without a list", "无列表通知"),
    Message.CONFIRM: Words("Confirmation mail", "确认邮件"),
    Message.WELCOME: Words("Welcome", "欢迎邮件"),
    Message.LINK: Words("Link to the reader's own page", "个人页面链接"),
    Message.GOODBYE: Words("Goodbye", "告别邮件"),
    Message.ALARM: Words("Alarm", "警报邮件"),
    Message.TEST: Words("Test mail", "测试邮件"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened to a mail, is happening, or will; `hint` is what an operator can do about it."""

    at: datetime
    words: Words
    hint: Words = NOTHING
    attempt: AttemptFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One revision of a mail, and its steps in the order of time."""

    facts: CourseFacts
    steps: Sequence[Step]

    @property
    def title(self) -> Words:
        """Digest, sent again (revision 1)."""
        revision, what = self.facts.revision, _MESSAGES[self.facts.message]
        if not revision:
            return what
        return what + Words(f", sent again (revision {revision})", f"，重发（第 {revision} 次）")


def tell_course(facts: CourseFacts, *, now: datetime, email: str) -> Course:
    """Tell everything that happened to one revision, and where it stands at `now`."""
    steps = [_promised(facts), *_tries(facts), *_between(facts), *_standing(facts, now, email), *_heard(facts)]
    if facts.due_at - facts.created_at > _AT_ONCE:
        steps.append(Step(at=facts.due_at, words=Words("due", "到点")))
    return Course(
        facts=facts, steps=sorted(steps, key=lambda step: step.at)
    )  # stable: what is told first happened first


def tell_ends(reader: ReaderFacts) -> list[Step]:
    """Tell what ended a reader's mail: leaving, or an address that gets no more."""
    steps = []
    if reader.unsubscribed_at:
        left = Words(f"{reader.name} unsubscribed", f"{reader.name} 退订")
        steps.append(Step(at=reader.unsubscribed_at, words=left))
    if reader.suppressed_at:
        why = f" ({quote(reader.suppression)})" if reader.suppression else ""
        stopped = Words(f"mail to the address was stopped{why}", f"停止向此地址发信{why}")
        steps.append(Step(at=reader.suppressed_at, words=stopped))
    return sorted(steps, key=lambda step: step.at)


def _promised(facts: CourseFacts) -> Step:
    papers = paper_words(facts.digest.paper_count) if facts.digest.paper_count else NOTHING
    what = Words(f": {papers.en}", f"：{papers.zh}") if papers != NOTHING else NOTHING
    if facts.resent is None:
        return Step(at=facts.created_at, words=Words("promised", "已列入") + what)
    by, number = facts.resent.requested_by, facts.resent.id
    anew = Words(", papers chosen anew", "，重新汇编") if facts.resent.is_recomposed else NOTHING
    words = Words(f"asked for again by {by} (resend {number})", f"由 {by} 要求重发（重发 {number}）")
    return Step(at=facts.created_at, words=words + anew + what)


def _tries(facts: CourseFacts) -> Iterator[Step]:
    before: AttemptFacts | None = None
    for number, attempt in enumerate(facts.attempts, 1):
        yield _try(number, attempt, before)
        before = attempt


def _try(number: int, attempt: AttemptFacts, before: AttemptFacts | None) -> Step:
    reply = attempt.reply
    after = duration_words(attempt.started_at - before.started_at) if before else NOTHING
    waited = Words(f", {after.en} later", f"（隔{after.zh}）") if before else NOTHING
    where = f"{reply.server}, " if reply.server else ""
    took = f"{reply.duration_seconds:.1f} s"
    answer = " ".join(str(part) for part in (reply.code, reply.enhanced_code, quote(reply.text)) if part)
    head = Words(f"try {number}", f"第 {number} 次") + waited
    if reply.outcome is Outcome.ACCEPTED:
        words = Words(f" ({where}{took}): accepted, {answer}", f"（{where}{took}）：已被接收，{answer}")
        return Step(at=attempt.started_at, words=head + words, attempt=attempt)
    outcome = _say_outcome(reply.outcome)
    words = Words(
        f" ({where}{took}, as far as {reply.phase}): {outcome.en}, {answer or 'without an answer'}",
        f"（{where}{took}，进行到 {reply.phase}）：{outcome.zh}，{answer or '无答复'}",
    )
    known = explain(reply)
    if known is None:
        return Step(at=attempt.started_at, words=head + words, attempt=attempt)
    meaning = Words(f". {known.sentence.rstrip('.')}", f"。{known.sentence_zh.rstrip('。')}")
    return Step(
        at=attempt.started_at, words=head + words + meaning, hint=Words(known.hint, known.hint_zh), attempt=attempt
    )


def _say_outcome(outcome: Outcome) -> Words:
    match outcome:
        case Outcome.ACCEPTED:
            return Words("accepted", "已被接收")
        case Outcome.DEFERRED:
            return Words("put off", "被推迟")
        case Outcome.FAILED:
            return Words("refused", "被拒绝")
        case Outcome.UNKNOWN:
            return Words("outcome unknown", "结果不明")
        case _:
            assert_never(outcome)


def _between(facts: CourseFacts) -> Iterator[Step]:
    """Tell what no attempt tells: workers that died, and a second try by policy."""
    if facts.death_count:
        died = Words(
            f"{facts.death_count} worker{'' if facts.death_count == 1 else 's'} died with it in hand, before anything was "
            "sent",
            f"{facts.death_count} 个工作进程持有它时中断，尚未发出任何内容",
        )
        yield Step(at=facts.changed_at, words=died)
    if facts.retried_at:
        again = Words(
            "nobody knew whether it had arrived; by policy it was sent once more under the same Message-ID",
            "不确定是否送达；按策略以相同 Message-ID 再发一次",
        )
        yield Step(at=facts.retried_at, words=again)


def _standing(facts: CourseFacts, now: datetime, email: str) -> Iterator[Step]:
    """Tell where the mail stands, as far as the last attempt does not."""
    said = Words(f": {quote(facts.reason)}", f"：{quote(facts.reason)}") if facts.reason else NOTHING
    last = facts.attempts[-1].reply.outcome if facts.attempts else None
    match facts.state:
        case DeliveryState.QUEUED | DeliveryState.DEFERRED:
            yield _waiting(facts, now, said)
        case DeliveryState.SENDING:
            yield from _sending(facts)
        case DeliveryState.ACCEPTED:
            if last is not Outcome.ACCEPTED:
                known = Words("known to have arrived", "已知送达") + said
                yield Step(at=facts.accepted_at or facts.changed_at, words=known)
        case DeliveryState.FAILED:
            yield Step(at=facts.changed_at, words=Words("failed", "失败") + said, hint=_resend_hint(facts, email))
        case DeliveryState.UNCERTAIN:
            yield Step(
                at=facts.changed_at,
                words=Words("nobody knows whether it arrived", "不确定是否送达") + said,
                hint=_settle_hint(facts, email),
            )
        case DeliveryState.SKIPPED:
            yield _skipped(facts)
        case _:
            assert_never(facts.state)
    if facts.folded_on:
        day = date_words(facts.folded_on)
        yield Step(
            at=facts.changed_at, words=Words(f"its papers come with the edition of {day.en}", f"其论文并入{day.zh}一期")
        )


def _waiting(facts: CourseFacts, now: datetime, said: Words) -> Step:
    until = max(facts.next_attempt_at or facts.due_at, facts.due_at)
    if until > now:
        return Step(at=until, words=Words("will be tried then", "届时发送") + said)
    return Step(
        at=max(until, facts.changed_at),
        words=Words("waits for a worker", "等待工作进程") + said,
        hint=Words(
            "If nothing moves for some minutes, see `newsletter check`.",
            "若几分钟内没有动静，请运行 `newsletter check`。",
        ),
    )


def _sending(facts: CourseFacts) -> Iterator[Step]:
    yield Step(at=facts.changed_at, words=Words("a worker took it in hand", "工作进程正在处理"))
    if facts.marked_at:
        handed = Words("about to be handed over: from here on it may have left", "即将交出：自此可能已发出")
        yield Step(at=facts.marked_at, words=handed)
    if facts.lease_until:
        yield Step(
            at=facts.lease_until,
            words=Words("if the worker says nothing by then, it counts as dead", "若届时仍无消息，则视为已中断"),
        )


def _skipped(facts: CourseFacts) -> Step:
    resent = facts.resent
    if resent and resent.cancelled_by and facts.reason == "cancelled":
        by = Words(f", by {resent.cancelled_by}", f"（{resent.cancelled_by}）")
    else:
        by = NOTHING
    why = say_word(facts.reason or "")
    return Step(at=facts.changed_at, words=Words(f"not sent: {why.en}", f"未发送：{why.zh}") + by)


def _settle_hint(facts: CourseFacts, email: str) -> Words:
    command = f"newsletter settle --day {facts.edition_on} --reader {email} --as"
    return Words(
        f"Look into the relay's log for it. If it arrived: `{command} accepted`; if not: `{command} not-accepted`, which "
        "sends it under the same Message-ID.",
        f"请查阅邮件服务器日志。若已送达：`{command} accepted`；若未送达：`{command} not-accepted`，将以相同 Message-ID 再发。",
    )


def _resend_hint(facts: CourseFacts, email: str) -> Words:
    command = f"newsletter resend --day {facts.edition_on} --to {email}{' --again' if facts.revision else ''}"
    return Words(f"When the cause is mended: `{command}`.", f"问题解决后：`{command}`。")


def _heard(facts: CourseFacts) -> Iterator[Step]:
    for found in facts.feedback:
        status = f" {found.status}" if found.status else ""
        diagnostic = f": {quote(found.diagnostic)}" if found.diagnostic else ""
        yield Step(
            at=found.received_at,
            words=Words(
                f"came back, {found.kind}{status}{diagnostic}. {found.effect}: {quote(found.reason)}",
                f"收到反馈：{found.kind}{status}{diagnostic}。{found.effect}：{quote(found.reason)}",
            ),
        )
