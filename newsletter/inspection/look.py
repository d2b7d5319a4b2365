"""Looking at one part at a time, so that a broken one never hides the next."""

from collections.abc import Callable, Iterable

from newsletter.errors import NameServerError, NewsletterError
from newsletter.findings import Finding, Grade

_DNS_HINT = "Check this machine's network, or set NEWSLETTER_DNS_SERVER to a name server that answers."


def look(part: str, judge: Callable[[], Iterable[Finding]], *, hint: str = "") -> list[Finding]:
    """Return what was found; an error on the way is a finding itself, with this hint."""
    try:
        return list(judge())
    except NameServerError as error:
        return [Finding(part=part, grade=Grade.PROBLEM, text=str(error), hint=_DNS_HINT)]
    except NewsletterError as error:
        return [Finding(part=part, grade=Grade.PROBLEM, text=str(error), hint=hint)]
