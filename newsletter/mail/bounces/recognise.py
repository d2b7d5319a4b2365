"""Whether a mail without a report in RFC 3464's form is a failure notice at all, and whether the mail is still queued."""

import re

from newsletter.mail.bounces.causes import find_cause
from newsletter.mail.bounces.dsn import read_status_report
from newsletter.mail.bounces.notice import Notice, read_notice
from newsletter.mail.bounces.parts import Part

_FROM_A_SERVER = re.compile(
    r"mailer-?daemon|post_?master|mail delivery|mail ?system|mail administrator|delivery (?:sub)?system|system administrator"
    r"|^\s*<>|bounce|mail service|undeliver|internet mail|mailmaster",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"un-?deliver|non[- ]?deliver|not deliver"
    r"|deliver\w* (?:fail|status|error|problem|report|notif|delay|has|incomplete|warning)"
    r"|fail\w* (?:notice|delivery|to deliver|mail|message)|return(?:ed|ing)? (?:mail|message|to sender|e-?mail)"
    r"|mail(?: delivery)? (?:fail|error|system error|problem|could|delayed|not)|could ?n[o']t be delivered"
    r"|message (?:delayed|failure|status|undeliverable|error|could|not)|bounce|warning: (?:message|could)|processing error"
    r"|(?:permanent|rejected|user unknown|not member|over quota|mailbox full)\b"
    r"|nichtzustell|unzustellbar|zustell|fehlgeschlagen|non remis|[eé]chec|no entregado|no se (?:ha )?pudo|n[aã]o entregue"
    r"|mancata consegna|不在配信|配信|配達|送信できません|送れませ|エラー|退信|退回|投递|投遞|发送失败|寄送失敗|失败|失敗"
    r"|недостав|не доставлен|возвращ",
    re.IGNORECASE,
)
_TELLS_FAILURE = re.compile(
    r"(?:could|can) ?not be delivered|(?:was|were|been|has|have) not (?:yet )?(?:been )?delivered|unable to deliver"
    r"|(?:not|n't) (?:able to )?deliver"
    r"|did not reach|delivery (?:has )?failed|undeliverable|error message below",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"warning: message|delayed|\bdelay\b|not yet been delivered|delivery attempts will continue"
    r"|will (?:be retried|continue|keep trying|retry)|only a temporary failure|warning message only"
    r"|do(?:es)? not need to re-?send|has been postponed|status notification: warning|still trying|just a warning",
    re.IGNORECASE,
)
_ASKS_NOT_TO_REPLY = re.compile(r"(?:do )?not reply[^.\n]{0,80}", re.IGNORECASE)
_GIVEN_UP = re.compile(
    r"failed permanently|permanent error|given up|gave up|could not be delivered|returned to (?:you|sender)",
    re.IGNORECASE,
)
_TELLS_SUCCESS = re.compile(
    r"(?:successfully|was|were|been) (?:delivered|relayed|transmitted)\b"
    r"|successful(?:ly)? (?:mail )?deliver|delivery report that you requested",
    re.IGNORECASE,
)
_TELLS_TROUBLE = re.compile(
    r"\b[45]\d\d[ -]|\b[45]\.\d\.\d|fail|error|unable|undeliver|problem|delay|reject|\bnot\b", re.IGNORECASE
)
_BEGINNING = 4000


def is_failure_notice(mail: Part, notice: Notice) -> bool:
    """Return whether the mail says that another mail did not arrive."""
    if is_success_notice(notice):
        return False
    if mail.headers.get("x-failed-recipients") or _SUBJECT.search(mail.headers.readable("subject")):
        return True
    said = notice.text[:_BEGINNING]
    if _FROM_A_SERVER.search(mail.headers.readable("from")):
        return bool(notice.original.fields or _TELLS_FAILURE.search(said) or find_cause(said))
    return bool(notice.original.fields and _TELLS_FAILURE.search(said))


def find_forwarded_notice(mail: Part, notice: Notice) -> Part | None:
    """Return the enclosed mail of a server about a failure, if nothing around it tells of one; else None."""
    if find_cause(notice.text[:_BEGINNING]) or _TELLS_FAILURE.search(notice.text[:_BEGINNING]):
        return None
    for enclosed in mail.enclosed_mails():
        is_from_server = _FROM_A_SERVER.search(enclosed.headers.readable("from")) is not None
        if read_status_report(enclosed) or (is_from_server and is_failure_notice(enclosed, read_notice(enclosed))):
            return enclosed
    return None


def is_success_notice(notice: Notice) -> bool:
    """Return whether the server says that the mail arrived, and of no trouble."""
    said = _ASKS_NOT_TO_REPLY.sub("", notice.text[:_BEGINNING])
    return _TELLS_SUCCESS.search(said) is not None and _TELLS_TROUBLE.search(said) is None


def is_delay_notice(mail: Part, notice: Notice) -> bool:
    """Return whether the mail it is about is still in the server's queue."""
    said = f"{mail.headers.readable('subject')}\n{notice.text[:_BEGINNING]}"
    return _DELAYED.search(said) is not None and _GIVEN_UP.search(notice.text[:_BEGINNING]) is None
