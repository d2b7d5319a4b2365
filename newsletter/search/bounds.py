"""Bounds: a lower one, whose papers all match a query, and an upper one, outside which none does.

For most queries the two are the same. Where they are not, the papers between them are read by the matcher, so that a search
finds what the matcher finds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from newsletter.search.expressions import NOTHING, Expression, Lexeme, any_of, without


@dataclass(frozen=True, slots=True)
class Known:
    """What the index knows: whether any paper has a lexeme, and the commonest words, in the singular, that begin so."""

    has: Callable[[Lexeme], bool]
    begun: Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Every paper of `lower` matches, and every paper that matches is in `upper`."""

    lower: Expression
    upper: Expression

    @property
    def between(self) -> Expression:
        """What only the matcher can decide; nothing for most queries."""
        return without(self.upper, self.lower)


def exactly(expression: Expression) -> Bounds:
    """Return bounds that meet."""
    return Bounds(expression, expression)


def at_most(expression: Expression) -> Bounds:
    """Return bounds of what can only be narrowed down."""
    return Bounds(NOTHING, expression)


def either(bounds: Iterable[Bounds]) -> Bounds:
    """Join bounds by OR."""
    known = list(bounds)
    return Bounds(any_of(one.lower for one in known), any_of(one.upper for one in known))
