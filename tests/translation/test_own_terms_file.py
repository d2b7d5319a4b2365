"""Added terms as a file: what is written is read, and what cannot be meant is refused whole."""

import pytest

from newsletter.errors import InputError
from newsletter.translation.own_terms import OwnTerm
from newsletter.translation.own_terms_file import read_terms, write_terms
from newsletter.translation.term import Term
from tests.conftest import NOON


def own(term: str, *forms: str, forbidden: tuple[str, ...] = ()) -> OwnTerm:
    return OwnTerm(id=1, term=term, forms=forms, forbidden=forbidden, added_by="", added_at=NOON)


def test_what_is_written_is_read_again() -> None:
    text = write_terms([own("policy", "策略", 'a "b" \\ c', forbidden=("政策",)), own("rollout", "展开")], "en")
    assert 'en = "policy", to = ["策略"' in text
    assert read_terms(text, "en", name="terms.toml") == [
        Term(source="policy", forms=("策略", 'a "b" \\ c'), forbidden=("政策",)),
        Term(source="rollout", forms=("展开",)),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("terms = [", "no TOML"),
        ('terms = [{ en = "policy", to = ["策略"], near = ["reward"] }]', "more than `en`, `to` and `not`"),
        ('terms = [{ en = "policy" }]', "cannot be used: Write how"),
        ('terms = [{ en = "++", to = ["策略"] }]', "cannot be used"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=f"mine.toml: .*{reason}"):
        read_terms(text, "en", name="mine.toml")
