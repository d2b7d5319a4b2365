"""What engines were asked, in money, and what budgets leave."""

from datetime import date
from decimal import Decimal

import pytest

from newsletter.translation.costs import Money, list_allowances, price_days, price_of, sum_money
from newsletter.translation.engines import Contract, Price
from newsletter.translation.usage import DayUsage, Spent

TOKENS = Price(tokens_in=Decimal("0.15"), tokens_out=Decimal("0.60"), currency="USD")
SPENT = Spent(requests=2, characters=1_000_000, tokens_in=2_000_000, tokens_out=1_000_000)


@pytest.mark.parametrize(
    ("price", "money"),
    [(TOKENS, "0.90 USD"), (Price(characters=Decimal(20)), "20.00"), (Price(characters=Decimal("0.001")), "0.0010")],
)
def test_an_amount_has_as_many_places_as_it_needs(price: Price, money: str) -> None:
    assert str(price_of(SPENT, price)) == money


def test_without_a_price_there_is_no_sum() -> None:
    assert price_of(SPENT, None) is None
    assert sum_money([None]) == []


def test_each_currency_is_summed_by_itself() -> None:
    found = [Money(amount=Decimal(amount), currency=name) for amount, name in ((1, "USD"), (2, "EUR"), (3, "USD"))]
    assert [str(money) for money in sum_money(found)] == ["2.00 EUR", "4.00 USD"]


def test_an_engine_that_is_no_longer_set_has_no_price() -> None:
    (cost,) = price_days(
        [DayUsage(engine="gone", on=date(2026, 3, 20), spent=SPENT)], [], {"m": Contract(price=TOKENS)}
    )
    assert (cost.money, cost.translated, cost.failed) == (None, 0, 0)


def test_what_a_budget_leaves_is_never_less_than_nothing() -> None:
    contracts = {"a": Contract(daily_characters=10), "b": Contract(daily_tokens=5_000_000), "c": Contract()}
    first, second, third = list_allowances(contracts, {"a": SPENT, "b": SPENT})
    assert (first.characters_left, first.tokens_left, first.is_used_up) == (0, None, True)
    assert (second.tokens_left, second.is_used_up) == (2_000_000, False)
    assert (third.characters_left, third.tokens_left, third.is_used_up) == (None, None, False)
