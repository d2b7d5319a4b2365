"""What every translation engine does, and the plain values it is spoken to with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from newsletter.translation.protect import Style

_PRICE = re.compile(r"(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))? ?([A-Z]{3})?")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class TermPair:
    """A term and how it shall be said in the other language."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for a list of texts, in their number and order, and what it took.

    `characters` is what was sent as texts; tokens are those that the service counted, or zero where it has none.
    """

    texts: list[str]
    characters: int
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What an engine costs, as the operator stated it: by the million characters, or by the million tokens in and out."""

    characters: Decimal = Decimal(0)
    tokens_in: Decimal = Decimal(0)
    tokens_out: Decimal = Decimal(0)
    currency: str = ""
    """Three letters, or empty when the operator named none."""

    def cost(self, *, characters: int = 0, tokens_in: int = 0, tokens_out: int = 0) -> Decimal:
        """Return what this much work costs."""
        millions = self.characters * characters + self.tokens_in * tokens_in + self.tokens_out * tokens_out
        return millions / _MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """On what terms the operator lets an engine work: its price (None: unknown), and its budget a day (zero: no limit)."""

    price: Price | None = None
    daily_characters: int = 0
    daily_tokens: int = 0


NO_CONTRACT = Contract()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How many characters the service has counted in the running period, and how many it allows."""

    used: int
    allowed: int


class Engine(Protocol):
    """A translation service or model. Several threads may use one engine at once."""

    @property
    def name(self) -> str:
        """What stored translations are marked with, such as `deepl` or `openai:gpt-6-luna`."""
        ...

    @property
    def placeholders(self) -> Style:
        """How texts for `translate` must be marked, and how they come back."""
        return Style.BRACKETS

    @property
    def takes_terms(self) -> bool:
        """Whether `learn` and the terms of `translate` have any effect."""
        return False

    @property
    def contract(self) -> Contract:
        """Price and budget."""
        return NO_CONTRACT

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        """Split the texts into lists that one `translate` call can take, as few as can be."""
        ...

    def learn(self, terms: Sequence[TermPair], *, source: str, target: str) -> None:
        """Hand over a whole glossary before a run, for engines that keep one; others do nothing.

        Never raises: an engine that cannot keep it logs so once and works without.
        """
        return

    def usage(self) -> Usage | None:
        """Ask the service how much of the quota is used; None when it does not say. Raises TranslationError."""
        return None

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        """Return what the service answers for each text, in the same number and order.

        The texts are marked as `placeholders` says, even when there is nothing to mark. `source` and `target` are codes
        of languages there are data of (`en`, `zh`); `terms` are those that occur in the texts. Raises
        TranslationRefusedError when asking again is pointless until somebody acts, BadTranslationError when the answer
        cannot be matched to the texts, TranslationError for the rest. Whether an answer is any good as a translation is
        for the caller to judge.
        """
        ...


def parse_price(text: str, *, by_tokens: bool) -> Price:
    """Read a price a million: `20` or `20 EUR` for characters, `0.15+0.60 USD` for tokens in and tokens out.

    Raises ValueError for anything else, also for a price by characters where tokens are paid, and the other way round.
    """
    found = _PRICE.fullmatch(text.strip())
    if found is None or (found[2] is not None) != by_tokens:
        example = "0.15+0.60 USD (tokens in, tokens out)" if by_tokens else "20 EUR (characters)"
        raise ValueError(f"{text!r} is not a price for a million; write it like {example}")
    first, currency = Decimal(found[1]), found[3] or ""
    if by_tokens:
        return Price(tokens_in=first, tokens_out=Decimal(found[2]), currency=currency)
    return Price(characters=first, currency=currency)
