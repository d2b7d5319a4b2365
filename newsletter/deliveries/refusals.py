"""What an answer of the relay means: its cause, a sentence for people, and what an operator can do about it.

The enhanced status code (RFC 3463, RFC 5248, RFC 7372, RFC 7505) is looked at first, then the reply code (RFC 5321), then
the words, since many servers still answer 550 to everything.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from newsletter.mail.smtp import Outcome, Phase, SmtpReply


class Cause(StrEnum):
    """Why a message was not taken."""

    NO_MAILBOX = "no-mailbox"
    NO_DOMAIN = "no-domain"
    CLOSED = "mailbox-closed"
    FULL = "mailbox-full"
    TOO_LARGE = "too-large"
    GREYLISTED = "greylisted"
    THROTTLED = "throttled"
    POLICY = "policy"
    BUSY = "busy"
    BROKEN_OFF = "broken-off"
    NO_ANSWER = "no-answer"
    UNBUILT = "unbuilt"
    SYNTAX = "syntax"
    OTHER = "other"


ABOUT_THE_ADDRESS = frozenset({Cause.NO_MAILBOX, Cause.NO_DOMAIN})
"""Causes for which an address gets no more mail, once they are final; a closed mailbox may open again."""
ABOUT_US = frozenset({Cause.THROTTLED, Cause.POLICY})
"""Causes that would meet every other reader of the same destination too, and say nothing about this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A refusal in words: what happened, and a hint for the operator, each in English and Chinese."""

    cause: Cause
    sentence: str
    sentence_zh: str
    hint: str
    hint_zh: str


_GREYLIST_CODES = (450, 451)
_GREYLIST_WORDS = re.compile(r"gr[ae]y-?list|try again (later|in)", re.IGNORECASE)
_BY_ENHANCED = (
    (re.compile(r"5\.1\.2|[45]\.4\.4|5\.1\.10|5\.4\.310"), Cause.NO_DOMAIN),
    (re.compile(r"5\.1\.[0136]$|4\.1\.1"), Cause.NO_MAILBOX),
    (re.compile(r"[45]\.1\.[78]|5\.1\.9"), Cause.POLICY),
    (re.compile(r"[45]\.2\.2"), Cause.FULL),
    (re.compile(r"[45]\.2\.3|[45]\.3\.4"), Cause.TOO_LARGE),
    (re.compile(r"[45]\.2\.[01]"), Cause.CLOSED),
    (re.compile(r"4\.7\.28|4\.7\.32|4\.7\.[56]\d\d|4\.7\.0"), Cause.THROTTLED),
    (re.compile(r"[45]\.7\."), Cause.POLICY),
    (re.compile(r"[45]\.3\.|4\.4\.|4\.5\."), Cause.BUSY),
    (re.compile(r"5\.5\."), Cause.SYNTAX),
)
_BY_WORDS = (
    (r"quota|mailbox (is )?full|over ?quota|insufficient (system )?storage|not enough space", Cause.FULL),
    (r"spam|block(ed|list)|black ?list|reputation|dmarc|\bspf\b|dkim|policy|not authorized|denied by", Cause.POLICY),
    (r"relaying|(to|no) relay|relay (access )?denied", Cause.POLICY),
    (r"too many|rate limit|throttl|too fast|frequency", Cause.THROTTLED),
    (r"too (big|large)|exceeds? .{0,40}size|size limit", Cause.TOO_LARGE),
    (r"(domain|host)( name)?( was)? not found|no such (domain|host)|nullmx|null mx", Cause.NO_DOMAIN),
    (r"disabled|suspended|inactive|no longer (active|available)", Cause.CLOSED),
    (r"no such (user|mailbox|recipient|address|person)|unknown (user|recipient|mailbox)", Cause.NO_MAILBOX),
    (r"(user|mailbox|recipient|address|account).{0,60}(unknown|not (found|valid)|invalid|rejected|unavailable)",
     Cause.NO_MAILBOX),
    (r"does( not|n.t) exist", Cause.NO_MAILBOX),
)  # fmt: skip
_WORDS = tuple((re.compile(words, re.IGNORECASE), cause) for words, cause in _BY_WORDS)

_SAYINGS: dict[Cause, tuple[str, str, str, str]] = {
    Cause.NO_MAILBOX: (
        "There is no such mailbox.", "收件地址不存在。",
        "The address was mistyped or given up; it gets no more mail. The reader can sign up with the right one.",
        "地址可能填错或已停用，不再向其发信；读者可用正确地址重新订阅。",
    ),
    Cause.NO_DOMAIN: (
        "The address's domain takes no mail.", "收件域名不存在或不收邮件。",
        "The part behind the @ was mistyped or has gone; it gets no more mail.",
        "@ 之后的域名可能填错或已失效，不再向其发信。",
    ),
    Cause.CLOSED: (
        "The mailbox is closed at the moment.", "邮箱目前停用。",
        "Nothing to do: if it stays so, the address is given up after a while.", "无需处理：若持续如此，将停止向其发信。",
    ),
    Cause.FULL: (
        "The mailbox is full.", "邮箱已满。",
        "Nothing to do: the next editions try again; the address is given up if it stays full.",
        "无需处理：后续各期会再试；若一直满，将停止向其发信。",
    ),
    Cause.TOO_LARGE: (
        "The message is larger than the server takes.", "邮件超过对方服务器的大小限制。",
        "Ask the reader to choose the compact layout or fewer keywords; raise the relay's limit if it is yours.",
        "可请读者改用紧凑版式或减少关键词；若中继服务器由您管理，请提高其限额。",
    ),
    Cause.GREYLISTED: (
        "The server asks strangers to come back in some minutes (greylisting).", "对方服务器要求陌生发件人稍后再来（灰名单）。",
        "Nothing to do: it is tried again within minutes.", "无需处理：几分钟后自动重试。",
    ),
    Cause.THROTTLED: (
        "The server finds that we send too much or too fast.", "对方服务器认为我们发信过多或过快。",
        "We slow down by ourselves. If it goes on, see `newsletter channels`, and start a new sender with a warm-up.",
        "系统会自动放慢。若持续发生，请用 `newsletter channels` 查看，并为新发件人设置预热。",
    ),
    Cause.POLICY: (
        "The server refuses us as a sender; the reader's address is not at fault.",
        "对方服务器拒绝的是我们这个发件人，与读者地址无关。",
        "Run `newsletter check --mail`: SPF, DKIM, DMARC and the PTR record must be right, and the address on no block list.",
        "请运行 `newsletter check --mail`：检查 SPF、DKIM、DMARC 与 PTR 记录，并确认未被列入黑名单。",
    ),
    Cause.BUSY: (
        "The server has trouble of its own.", "对方服务器自身出现故障或繁忙。",
        "Nothing to do: it is tried again, later each time.", "无需处理：会以逐渐延长的间隔重试。",
    ),
    Cause.BROKEN_OFF: (
        "The connection broke before the message was handed over.", "邮件交出之前连接中断。",
        "Nothing was sent and it is tried again. If it happens often, look at the relay's log and the network between.",
        "邮件尚未发出，会自动重试。若频繁发生，请查看中继服务器日志及网络。",
    ),
    Cause.NO_ANSWER: (
        "The message was handed over whole, but the server's answer never came: it may have arrived.",
        "邮件已完整交出，但未收到服务器答复：可能已送达。",
        "Look into the relay's log for the Message-ID, then say what you found with `newsletter settle`.",
        "请在中继服务器日志中查找该 Message-ID，再用 `newsletter settle` 登记结果。",
    ),
    Cause.UNBUILT: (
        "The message could not be put together.", "邮件未能生成。",
        "This is a fault of ours: the text says which; report it. The other readers are not held up.",
        "这是本系统的错误，详见原文；请报告。其他读者不受影响。",
    ),
    Cause.SYNTAX: (
        "The server did not understand what we sent.", "对方服务器无法识别我们发送的内容。",
        "Check the address for characters the server does not take; else report it with the relay's name.",
        "请检查地址中是否有对方不接受的字符；否则请附中继服务器名称报告此问题。",
    ),
    Cause.OTHER: (
        "The server did not take the message.", "对方服务器没有接收邮件。",
        "Its own words say why; search them together with the server's name.", "原因见其原文；可连同服务器名称一起检索。",
    ),
}  # fmt: skip


def find_cause(reply: SmtpReply) -> Cause | None:
    """Return why the message was not taken, None when it was."""
    if reply.outcome is Outcome.ACCEPTED:
        return None
    if reply.outcome is Outcome.UNKNOWN:
        return Cause.NO_ANSWER
    if reply.phase is Phase.BUILD:
        return Cause.UNBUILT
    if reply.code is None:
        return Cause.SYNTAX if reply.outcome is Outcome.FAILED else Cause.BROKEN_OFF
    if is_greylisting(reply):
        return Cause.GREYLISTED
    return _by_enhanced_code(reply) or _by_words(reply) or _by_code(reply.code)


def explain(reply: SmtpReply) -> Explanation | None:
    """Return an answer in words, None for one that needs no explaining since the message was taken."""
    cause = find_cause(reply)
    if cause is None:
        return None
    sentence, sentence_zh, hint, hint_zh = _SAYINGS[cause]
    return Explanation(cause=cause, sentence=sentence, sentence_zh=sentence_zh, hint=hint, hint_zh=hint_zh)


def is_greylisting(reply: SmtpReply) -> bool:
    """Tell whether the peer turns away strangers for a few minutes only (RFC 6647)."""
    if reply.code not in _GREYLIST_CODES:
        return False
    return reply.enhanced_code == "4.7.1" or _GREYLIST_WORDS.search(reply.text) is not None


def _by_enhanced_code(reply: SmtpReply) -> Cause | None:
    code = reply.enhanced_code
    if code is None:
        return None
    found = next((cause for pattern, cause in _BY_ENHANCED if pattern.match(code)), None)
    if found is Cause.CLOSED:  # 5.2.1 and 4.2.1 serve for anything about a mailbox: the words are more exact
        return _by_words(reply) or found
    return found


def _by_words(reply: SmtpReply) -> Cause | None:
    return next((cause for pattern, cause in _WORDS if pattern.search(reply.text)), None)


def _by_code(code: int) -> Cause:
    match code:
        case 550 | 551 | 553:
            return Cause.NO_MAILBOX
        case 452 | 552:
            return Cause.FULL
        case 421 | 450 | 451 | 454:
            return Cause.BUSY
        case code if code // 10 == 50 or code == 555:
            return Cause.SYNTAX
        case _:
            return Cause.OTHER
