"""Several engines, in the order of the settings."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import SettingsError, TranslationRefusedError
from newsletter.settings import load_settings
from newsletter.translation.engines import Contract, Price, open_translators
from tests.translation.services import Reply, Services

THREE: dict[str, Any] = {
    "translator": "deepl",
    "translator_key": "abc",
    "translator_2": "openai",
    "translator_2_key": "sk-abc",
    "translator_2_model": "first",
    "translator_3": "openai",
    "translator_3_key": "sk-def",
    "translator_3_model": "second",
}


def test_engines_are_opened_in_the_order_of_the_settings() -> None:
    settings = load_settings(**THREE)
    assert [engine.name for engine in open_translators(settings)] == ["deepl", "openai:first", "openai:second"]


def test_a_gap_in_the_numbers_does_not_matter() -> None:
    settings = load_settings(translator_3="libretranslate")
    assert [engine.name for engine in open_translators(settings)] == ["libretranslate"]
    assert open_translators(load_settings()) == ()


def test_two_engines_of_one_name_are_refused() -> None:
    with pytest.raises(SettingsError, match="openai:first is set twice"):
        open_translators(load_settings(**THREE | {"translator_3_model": "first"}))


def test_each_error_names_the_settings_of_its_engine(services: Services) -> None:
    with pytest.raises(
        SettingsError, match="NEWSLETTER_TRANSLATOR_2 is openai, but NEWSLETTER_TRANSLATOR_2_KEY is not"
    ):
        open_translators(load_settings(**THREE | {"translator_2_key": ""}))
    with pytest.raises(SettingsError, match="NEWSLETTER_TRANSLATOR_3_KEY holds a space"):
        open_translators(load_settings(**THREE | {"translator_3_key": "a b"}))
    services.otherwise = Reply(status=403)
    engine = open_translators(load_settings(**THREE | {"translator_3_url": services.url}))[2]
    with pytest.raises(TranslationRefusedError, match="check NEWSLETTER_TRANSLATOR_3_KEY"):
        engine.translate(["x"], source="en", target="zh")


def test_price_and_budget_come_from_the_settings() -> None:
    settings = load_settings(
        **THREE,
        translator_price="20 EUR",
        translator_daily_characters=500_000,
        translator_2_price="0.15+0.60 USD",
        translator_2_daily_tokens=1_000_000,
    )
    assert [engine.contract for engine in open_translators(settings)] == [
        Contract(price=Price(characters=Decimal(20), currency="EUR"), daily_characters=500_000),
        Contract(
            price=Price(tokens_in=Decimal("0.15"), tokens_out=Decimal("0.60"), currency="USD"), daily_tokens=1_000_000
        ),
        Contract(),
    ]


@pytest.mark.parametrize(
    ("place", "price"), [("translator", "0.1+0.2"), ("translator_2", "20"), ("translator", "cheap")]
)
def test_a_price_that_is_none_says_where_it_stands(place: str, price: str) -> None:
    with pytest.raises(SettingsError, match=f"NEWSLETTER_{place.upper()}_PRICE: .* is not a price"):
        open_translators(load_settings(**THREE | {f"{place}_price": price}))


def test_keys_of_all_engines_may_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sk-abc\n")
    monkeypatch.setenv("NEWSLETTER_TRANSLATOR_2", "openai")
    monkeypatch.setenv("NEWSLETTER_TRANSLATOR_2_KEY_FILE", str(tmp_path / "key"))
    assert load_settings().translator_2_key == "sk-abc"
