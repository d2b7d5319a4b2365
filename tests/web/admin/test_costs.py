"""What translating costs: requests, characters, tokens and money, and what today's budgets leave."""

from dataclasses import replace
from decimal import Decimal

from newsletter.db.engine import transaction
from newsletter.runtime import Runtime
from newsletter.translation.engines import Contract, Price
from newsletter.translation.runs import add_run
from newsletter.translation.tables import TranslationRunRow
from newsletter.translation.usage import Spent, add_usage
from tests.factories import MORNING, WordForWord
from tests.web.admin.conftest import OperatorBrowser
from tests.web.pages import Page, faults

HERE = "/admin/translations/cost"


class Priced(WordForWord):
    """An engine with a price and a budget."""

    contract = Contract(price=Price(characters=Decimal(20), currency="EUR"), daily_characters=10_000)


def make_run() -> TranslationRunRow:
    """A run that did not go well."""
    return TranslationRunRow(
        engine="deepl",
        started_at=MORNING,
        ended_at=MORNING,
        requested=12,
        recalled=0,
        translated=10,
        failed=2,
        requests=3,
        characters=12_345,
        problem="2 of 12 texts could not be translated: <b>busy</b>",
    )


def spend(runtime: Runtime, engine: str, spent: Spent) -> None:
    with transaction(runtime.database) as session:
        add_run(session, make_run())
        add_usage(session, engine, spent, at=MORNING)


def test_without_an_engine_nothing_was_asked(owner: OperatorBrowser) -> None:
    response = owner.get(HERE)
    assert "No engine was asked" in Page(response).text
    assert faults(response) == []


def test_what_engines_were_asked_is_shown_in_money_where_there_is_a_price(
    owner: OperatorBrowser, runtime: Runtime
) -> None:
    runtime.__dict__["desk"] = replace(runtime.desk, translators=(Priced("deepl"),))
    spend(runtime, "deepl", Spent(requests=3, characters=12_345))
    spend(runtime, "openai:m", Spent(requests=2, characters=500, tokens_in=300, tokens_out=200))
    response = owner.get(HERE)
    page = Page(response)
    assert page.texts("//tbody/tr[1]/*") == ["Fri 20 Mar", "DeepL", "3", "12,345", "0", "0.25 EUR", "20", "4"]
    assert page.texts("//tbody/tr[2]/*") == ["Fri 20 Mar", "m", "2", "500", "500", "–", "0", "0"]
    assert "That is 0.25 EUR" in page.text
    assert "budget used up" in page.text
    assert faults(response) == []
    assert faults(owner.get(HERE, headers={"Accept-Language": "zh"})) == []
