"""What people type about a term of the glossary, read as plain values with what is wrong in it."""

from dataclasses import dataclass

from newsletter.digests.prose import clean
from newsletter.errors import TermError
from newsletter.translation.own_terms import OwnTerm, check_term, split_forms
from newsletter.web.forms import FieldError, Fields, one_value

_MOST_TYPED = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class TermForm:
    """A term as it was typed, what it means, and what is wrong with it."""

    term: str = ""
    forms: str = ""
    forbidden: str = ""
    accepted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()


def read_term_form(fields: Fields) -> TermForm:
    """Read the form."""
    term = clean(one_value(fields, "term"))[:_MOST_TYPED]
    forms, forbidden = (one_value(fields, name)[:_MOST_TYPED] for name in ("forms", "forbidden"))
    try:
        name, accepted, unwanted = check_term(term, split_forms(forms), split_forms(forbidden))
    except TermError as error:
        return TermForm(term=term, forms=forms, forbidden=forbidden, errors=(say_fault(error),))
    return TermForm(term=name, forms=forms, forbidden=forbidden, accepted=accepted, unwanted=unwanted)


def fill_term_form(term: OwnTerm) -> TermForm:
    """Return the form as it stands for a term that is there."""
    return TermForm(term=term.term, forms="、".join(term.forms), forbidden="、".join(term.forbidden))


def say_fault(error: TermError) -> FieldError:
    """Return why a term cannot be taken, at its field."""
    return FieldError(field=error.field, words=error.words)
