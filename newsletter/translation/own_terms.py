"""Terms that people added to the glossary: operators for everybody, readers for their own mail."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from newsletter.errors import InputError
from newsletter.translation.glossary import Glossary
from newsletter.translation.tables import GlossaryTermRow
from newsletter.translation.term import Term

MOST_TERMS_OF_A_READER = 50
LONGEST_FORM = 60


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


def check_term(
    term: str, forms: Sequence[str], forbidden: Sequence[str]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return a term as it can be stored, without surrounding or doubled white space; raises InputError."""
    name = " ".join(term.split())
    accepted = tuple(dict.fromkeys(form for written in forms if (form := " ".join(written.split()))))
    unwanted = tuple(dict.fromkeys(form for written in forbidden if (form := " ".join(written.split()))))
    if not name or not accepted:
        raise InputError("A term needs its name and how it shall be said.")
    too_long = next((text for text in (name, *accepted, *unwanted) if len(text) > LONGEST_FORM), None)
    if too_long is not None:
        raise InputError(f"At most {LONGEST_FORM} characters a term or form: {too_long[:LONGEST_FORM]}…")
    both = sorted(set(accepted) & set(unwanted))
    if both:
        raise InputError(f"{both[0]} cannot be both how the term is said and how it must not be.")
    return name, accepted, unwanted


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
    """Store a term, in place of an earlier one of the same name; for one reader, or for everybody. Raises InputError."""
    name, accepted, unwanted = check_term(term, forms, forbidden)
    remove_term(session, name, target=target, subscriber_id=subscriber_id)
    if subscriber_id is not None and len(list_terms(session, target=target, subscriber_id=subscriber_id)) >= (
        MOST_TERMS_OF_A_READER
    ):
        raise InputError(f"You have {MOST_TERMS_OF_A_READER} terms of your own; remove one first.")
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
    whose = owner.is_(None) if subscriber_ids is None else owner.in_(list(subscriber_ids))
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
