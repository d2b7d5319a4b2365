"""Asking once more before something is done: what will happen, to whom, and the button that does it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi.responses import HTMLResponse

from newsletter.operators.session import SignedIn
from newsletter.web.forms import FieldError, Fields, one_value
from newsletter.web.site import Site
from newsletter.words import NOTHING, Words

MOST_REASON = 500
_PAGE = re.compile(r"/admin(/[a-z0-9-]+)*\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody is about to do.

    `effects` say what happens, a sentence each; `whom` names those it happens to. `action` is where the form goes, with
    `hidden` fields; `wants_reason` is the label of a reason that has to be given, empty without one.
    """

    section: str
    title: Words
    effects: Sequence[Words]
    whom: Sequence[str] = ()
    action: str
    button: Words
    back: str
    hidden: Mapping[str, Sequence[str]] = field(default_factory=dict)
    wants_reason: Words = NOTHING


def ask(
    site: Site, operator: SignedIn, question: Question, *, reason: str = "", errors: Sequence[FieldError] = ()
) -> HTMLResponse:
    """Show the question."""
    return site.page(
        "admin/ask.html",
        status=422 if errors else 200,
        operator=operator,
        section=question.section,
        question=question,
        reason=reason,
        errors=errors,
        most_reason=MOST_REASON,
    )


def read_reason(fields: Fields) -> tuple[str, list[FieldError]]:
    """Return the reason that was given, and what is wrong with it."""
    reason = " ".join(one_value(fields, "reason").split())
    if not reason:
        missing = Words("Say why; it is kept with what you do.", "请写明原因，它会随操作一并记录。")
        return reason, [FieldError(field="reason", words=missing)]
    if len(reason) > MOST_REASON:
        long = Words(f"At most {MOST_REASON} characters, please.", f"最多 {MOST_REASON} 个字符。")
        return reason, [FieldError(field="reason", words=long)]
    return reason, []


def back_to(written: str, otherwise: str) -> str:
    """Return the page of the operators that somebody came from; `otherwise` for anything that is none."""
    return written if _PAGE.match(written) else otherwise
