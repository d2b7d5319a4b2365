"""Terms that people added to the glossary: operators for everybody, readers for their own mail."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from newsletter.db.among import among
from newsletter.errors import TermError
from newsletter.translation.glossary import Glossary
from newsletter.translation.tables import GlossaryTermRow
from newsletter.translation.term import Term
from newsletter.words import Words

MOST_TERMS_OF_A_READER = 50
LONGEST_FORM = 60
MOST_FORMS = 12
_MOST_WORDS = 12
_BETWEEN = re.compile(r"[,;，；、\r\n]")
_NAME = re.compile(r"[^\W_]+(?:[\s\-\u2010-\u2013]{1,3}[^\W_]+)*")
"""What is found in texts: words with spaces or hyphens between them."""
_NO_NAME = Words(
    "Write the term as texts say it: words of letters and digits, with spaces or hyphens between them.",
    "请按原文写出术语：由字母、数字组成的词，词间用空格或连字符。",
)
_NO_FORM = Words("Write how the term shall be said.", "请填写规范译法。")
_TOO_LONG = Words(
    f"At most {LONGEST_FORM} characters a term or form, without control characters.",
    f"术语及每种译法最多 {LONGEST_FORM} 个字符，且不含控制字符。",
)
_BOTH = Words(
    "The same words cannot be both how the term is said and how it must not be.",
    "同一种译法不能既规范又禁用。",
)
_TOO_MANY_FORMS = Words(f"At most {MOST_FORMS} forms.", f"最多 {MOST_FORMS} 种译法。")
_TOO_MANY_TERMS = Words(
    f"You have {MOST_TERMS_OF_A_READER} terms of your own; remove one first.",
    f"自选术语最多 {MOST_TERMS_OF_A_READER} 条，请先删除一条。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTerm:
    """A term as somebody added it. `forms` are how it shall be said, the preferred one first; `forbidden` how it must not."""

    id: int
    term: str
    forms: tuple[str, ...]
    forbidden: tuple[str, ...]
    added_by: str
    added_at: datetime


def with_own_terms(glossary: Glossary, own: Iterable[OwnTerm]) -> Glossary:
    """Return the glossary with these terms in place of its own of the same names, whose forms give way to theirs."""
    return glossary.with_terms(_merge(term, glossary) for term in own)


def only_own_terms(glossary: Glossary, own: Iterable[OwnTerm]) -> Glossary:
    """Return the same without the glossary's other terms: for translations that have been put into its words already."""
    return Glossary(terms=tuple(_merge(term, glossary) for term in own))


def _merge(own: OwnTerm, glossary: Glossary) -> Term:
    name = own.term.casefold()
    readings = [term for term in glossary.terms if name in map(str.casefold, term.names)]
    replaced = tuple(dict.fromkeys(form for term in readings for form in term.forms if form not in own.forms))
    forms = (*own.forms, *replaced)
    forbidden = dict.fromkeys((*own.forbidden, *(form for term in readings for form in term.forbidden)))
    return Term(
        source=own.term,
        forms=forms,
        replaced=replaced,
        forbidden=tuple(form for form in forbidden if form not in forms),
    )


def split_forms(text: str) -> list[str]:
    """Return the forms that somebody typed, one a line or with marks between them: 策略、政策."""
    return [form for part in _BETWEEN.split(text) if (form := " ".join(part.split()))]


def check_term(
    term: str, forms: Sequence[str], forbidden: Sequence[str]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return a term as it can be stored, without surrounding or doubled white space; raises TermError."""
    name = " ".join(term.split())
    accepted, unwanted = _tidy(forms), _tidy(forbidden)
    if not _NAME.fullmatch(name) or name.isdecimal() or len(name.split()) > _MOST_WORDS:
        raise TermError("term", _NO_NAME)
    if not accepted:
        raise TermError("forms", _NO_FORM)
    for field, texts in (("term", (name,)), ("forms", accepted), ("forbidden", unwanted)):
        if any(len(text) > LONGEST_FORM or not text.isprintable() for text in texts):
            raise TermError(field, _TOO_LONG)
        if len(texts) > MOST_FORMS:
            raise TermError(field, _TOO_MANY_FORMS)
    if set(accepted) & set(unwanted):
        raise TermError("forbidden", _BOTH)
    return name, accepted, unwanted


def _tidy(written: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for text in written if (form := " ".join(text.split()))))


def put_term(
    session: Session,
    term: str,
    forms: Sequence[str],
    forbidden: Sequence[str] = (),
    *,
    source: str,
    target: str,
    by: str,
    at: datetime,
    subscriber_id: int | None = None,
) -> None:
    """Store a term, in place of an earlier one of the same name; for one reader, or for everybody. Raises TermError."""
    name, accepted, unwanted = check_term(term, forms, forbidden)
    remove_term(session, name, target=target, subscriber_id=subscriber_id)
    if subscriber_id is not None and len(list_terms(session, target=target, subscriber_id=subscriber_id)) >= (
        MOST_TERMS_OF_A_READER
    ):
        raise TermError("term", _TOO_MANY_TERMS)
    session.add(
        GlossaryTermRow(
            subscriber_id=subscriber_id,
            source_language=source,
            target_language=target,
            term=name,
            forms=list(accepted),
            forbidden=list(unwanted),
            added_by=by,
            added_at=at,
        )
    )
    session.flush()


def remove_term(session: Session, term: str, *, target: str, subscriber_id: int | None = None) -> bool:
    """Remove a term by its name, whatever its case; False when there is none."""
    names = [
        row.id
        for row in _rows(session, target, None if subscriber_id is None else [subscriber_id])
        if row.term.casefold() == term.casefold()
    ]
    if not names:
        return False
    return session.exec(delete(GlossaryTermRow).where(col(GlossaryTermRow.id).in_(names))).rowcount > 0


def forget_terms(session: Session, subscriber_id: int) -> None:
    """Delete a reader's own terms."""
    session.exec(delete(GlossaryTermRow).where(col(GlossaryTermRow.subscriber_id) == subscriber_id))


def list_terms(session: Session, *, target: str, subscriber_id: int | None = None) -> list[OwnTerm]:
    """Return the terms of one reader, or those for everybody, by name."""
    return [_own(row) for row in _rows(session, target, None if subscriber_id is None else [subscriber_id])]


def list_terms_of(session: Session, subscriber_ids: Collection[int], *, target: str) -> Mapping[int, Sequence[OwnTerm]]:
    """Return the terms of each of these readers who has any, by their number."""
    found: dict[int, list[OwnTerm]] = defaultdict(list)
    for row in _rows(session, target, subscriber_ids):
        if row.subscriber_id is not None:
            found[row.subscriber_id].append(_own(row))
    return found


def _rows(session: Session, target: str, subscriber_ids: Collection[int] | None) -> Sequence[GlossaryTermRow]:
    owner = col(GlossaryTermRow.subscriber_id)
    whose = owner.is_(None) if subscriber_ids is None else among(owner, list(subscriber_ids))
    statement = select(GlossaryTermRow).where(whose, GlossaryTermRow.target_language == target)
    return session.exec(statement.order_by(col(GlossaryTermRow.term))).all()


def _own(row: GlossaryTermRow) -> OwnTerm:
    return OwnTerm(
        id=row.id or 0,
        term=row.term,
        forms=tuple(row.forms),
        forbidden=tuple(row.forbidden),
        added_by=row.added_by,
        added_at=row.added_at,
    )
