"""A term: a word of a field, how it is said in another language, how it is not, and where it is meant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term of the source language.

    `forms` are the accepted translations, the preferred one first; `replaced` are those among them that give way to it, so
    that a digest says one thing in one way. `forbidden` are translations that are wrong where the term is meant; they stay
    inside a phrase of `kept`, and where a word beginning with one of `rivals` in the sentence accounts for them.
    A term without `categories` and `near` is meant everywhere, otherwise in papers of a category, or in texts with one of
    the words in `near` (with both, if `needs_both`); never in texts with one of the words in `unless`. `is_explained`:
    the first mention is followed by the term itself in brackets.
    """

    source: str
    forms: tuple[str, ...]
    also: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    needs_both: bool = False
    is_explained: bool = False

    @property
    def preferred(self) -> str:
        return self.forms[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The term in every spelling."""
        return (self.source, *self.also)

    @property
    def is_free(self) -> bool:
        """Whether it means the same in every text."""
        return not (self.categories or self.near or self.unless)
