"""The part of the settings that says which translation engines are asked, in which order."""

from enum import StrEnum

from pydantic import Field
from pydantic_settings import BaseSettings


class Translator(StrEnum):
    """The kinds of translation engine."""

    DEEPL = "deepl"
    GOOGLE = "google"
    LIBRETRANSLATE = "libretranslate"
    OPENAI = "openai"
    LOCAL = "local"
    NONE = "none"


class TranslatorSettings(BaseSettings):
    """Up to three engines: each is asked for what those before it did not do, or not well."""

    translator: Translator = Translator.NONE
    translator_url: str = ""
    translator_key: str = Field("", repr=False)
    translator_model: str = ""
    translator_price: str = ""
    """What a million costs: `20 EUR` for characters, `0.15+0.60 USD` for tokens in and out; empty: unknown."""
    translator_daily_characters: int = Field(0, ge=0)
    translator_daily_tokens: int = Field(0, ge=0)
    """No more than these are sent, and answered, on one day (UTC); zero: no limit."""
    translator_2: Translator = Translator.NONE
    """Who is asked for what the first one does not do, or not well; then the third."""
    translator_2_url: str = ""
    translator_2_key: str = Field("", repr=False)
    translator_2_model: str = ""
    translator_2_price: str = ""
    translator_2_daily_characters: int = Field(0, ge=0)
    translator_2_daily_tokens: int = Field(0, ge=0)
    translator_3: Translator = Translator.NONE
    translator_3_url: str = ""
    translator_3_key: str = Field("", repr=False)
    translator_3_model: str = ""
    translator_3_price: str = ""
    translator_3_daily_characters: int = Field(0, ge=0)
    translator_3_daily_tokens: int = Field(0, ge=0)
