"""Looking at one part at a time, so that a broken one never hides the next."""

from collections.abc import Callable, Iterable

from newsletter.errors import NameServerError, NewsletterError
from newsletter.findings import Finding, Grade
from newsletter.words import NOTHING, Words

_DNS_HINT = Words(
    "Check this machine's network, or set NEWSLETTER_DNS_SERVER to a name server that answers.",
    "请检查本机网络，或将 NEWSLETTER_DNS_SERVER 设为可用的域名服务器。",
)


def look(part: str, judge: Callable[[], Iterable[Finding]], *, hint: Words = NOTHING) -> list[Finding]:
    """Return what was found; an error on the way is a finding itself, with this hint."""
    try:
        return list(judge())
    except NameServerError as error:
        return [found(part, Grade.PROBLEM, told(error), _DNS_HINT)]
    except NewsletterError as error:
        return [found(part, Grade.PROBLEM, told(error), hint)]


def found(part: str, grade: Grade, text: Words, hint: Words = NOTHING) -> Finding:
    """Return a finding in both languages."""
    return Finding(part=part, grade=grade, text=text.en, hint=hint.en, text_zh=text.zh, hint_zh=hint.zh)


def told(error: Exception) -> Words:
    """Return an error in its own words, which are English."""
    return Words(str(error), f"检查时出错：{error}")
