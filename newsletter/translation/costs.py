"""What engines were asked, in money where the operator stated a price, and what today's budgets leave."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from newsletter.translation.engines import Contract, Price
from newsletter.translation.runs import DayRuns
from newsletter.translation.usage import NOTHING, DayUsage, Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount; `currency` is three letters, or empty when the operator named none."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """0.42 USD; what is less than a cent in four decimals."""
        places = 2 if not self.amount or self.amount >= Decimal("0.01") else 4
        return f"{self.amount:,.{places}f} {self.currency}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCost:
    """What one engine was asked on one day (UTC), and what came of it; `money` is None where no price is known."""

    on: date
    engine: str
    spent: Spent
    money: Money | None
    translated: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an engine was asked today, and what its budget leaves; None: it has no such budget."""

    engine: str
    spent: Spent
    money: Money | None
    characters_left: int | None
    tokens_left: int | None

    @property
    def is_used_up(self) -> bool:
        return 0 in (self.characters_left, self.tokens_left)


def price_of(spent: Spent, price: Price | None) -> Money | None:
    """Return what so much costs, None without a price."""
    if price is None:
        return None
    amount = price.cost(characters=spent.characters, tokens_in=spent.tokens_in, tokens_out=spent.tokens_out)
    return Money(amount=amount, currency=price.currency)


def price_days(
    usage: Iterable[DayUsage], runs: Iterable[DayRuns], contracts: Mapping[str, Contract]
) -> Sequence[DayCost]:
    """Return each day's cost by engine, in the order of `usage`, at today's prices; `runs` tell what came of it."""
    outcomes = {(found.on, found.engine): found for found in runs}
    costs = []
    for day in usage:
        outcome = outcomes.get((day.on, day.engine))
        costs.append(
            DayCost(
                on=day.on,
                engine=day.engine,
                spent=day.spent,
                money=price_of(day.spent, contracts[day.engine].price if day.engine in contracts else None),
                translated=outcome.translated if outcome else 0,
                failed=outcome.failed if outcome else 0,
            )
        )
    return costs


def list_allowances(contracts: Mapping[str, Contract], today: Mapping[str, Spent]) -> Sequence[Allowance]:
    """Return what is left of each engine's budget, in the engines' order; `today` is what they were asked so far."""
    return [_allow(engine, contract, today.get(engine, NOTHING)) for engine, contract in contracts.items()]


def sum_money(found: Iterable[Money | None]) -> Sequence[Money]:
    """Return one sum for each currency."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for money in found:
        if money is not None:
            sums[money.currency] += money.amount
    return [Money(amount=amount, currency=currency) for currency, amount in sorted(sums.items())]


def _allow(engine: str, contract: Contract, spent: Spent) -> Allowance:
    return Allowance(
        engine=engine,
        spent=spent,
        money=price_of(spent, contract.price),
        characters_left=_left(contract.daily_characters, spent.characters),
        tokens_left=_left(contract.daily_tokens, spent.tokens),
    )


def _left(limit: int, used: int) -> int | None:
    return max(limit - used, 0) if limit else None
