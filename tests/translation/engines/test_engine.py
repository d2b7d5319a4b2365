from collections.abc import Sequence
from decimal import Decimal

import pytest

from newsletter.translation.engines import Answer, Contract, Engine, Price, TermPair, parse_price
from newsletter.translation.protect import Style


class Echo(Engine):
    """As little as an engine can be."""

    name = "echo"

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        return [list(texts)]

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        return Answer(texts=list(texts), characters=0)


@pytest.mark.parametrize(
    ("text", "by_tokens", "price"),
    [
        ("20", False, Price(characters=Decimal(20))),
        ("20 EUR", False, Price(characters=Decimal(20), currency="EUR")),
        (" 4.99USD ", False, Price(characters=Decimal("4.99"), currency="USD")),
        ("0.15+0.60 USD", True, Price(tokens_in=Decimal("0.15"), tokens_out=Decimal("0.60"), currency="USD")),
        ("0+0", True, Price()),
    ],
)
def test_a_price_is_read(text: str, by_tokens: bool, price: Price) -> None:
    assert parse_price(text, by_tokens=by_tokens) == price


@pytest.mark.parametrize(
    ("text", "by_tokens"), [("", False), ("€20", False), ("-1", False), ("1+2", False), ("20", True)]
)
def test_anything_else_says_how_to_write_it(text: str, by_tokens: bool) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse_price(text, by_tokens=by_tokens)


def test_a_price_tells_what_work_costs() -> None:
    assert parse_price("20", by_tokens=False).cost(characters=1_500_000, tokens_in=9) == 30
    assert parse_price("0.15+0.60", by_tokens=True).cost(tokens_in=2_000_000, tokens_out=500_000) == Decimal("0.60")


def test_an_engine_that_says_nothing_more_has_no_terms_no_quota_and_no_limits() -> None:
    engine = Echo()
    engine.learn([], source="en", target="zh")
    assert (engine.takes_terms, engine.usage(), engine.contract) == (False, None, Contract())
    assert engine.placeholders is Style.BRACKETS
