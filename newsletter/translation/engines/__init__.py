"""The translation services: what each must do, and which one the settings ask for."""

from collections.abc import Sequence
from typing import Protocol, assert_never

from newsletter.errors import SettingsError
from newsletter.settings import Settings, Translator
from newsletter.translation.engines.deepl import DeepL
from newsletter.translation.engines.http import Service
from newsletter.translation.engines.libretranslate import LibreTranslate
from newsletter.translation.engines.openai import DEFAULT_MODEL, OpenAI


class Engine(Protocol):
    """A translation service. Several threads may use one engine at once."""

    @property
    def name(self) -> str:
        """What stored translations are marked with, such as `deepl` or `openai:gpt-6-luna`."""
        ...

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        """Split the texts, in order, into lists that one `translate` call can take."""
        ...

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        """Return what the service answers for each text, in the same number and order.

        `source` and `target` are language codes such as `en` and `zh`. Raises TranslationRefusedError when asking
        again is pointless until somebody acts, BadTranslationError when the answer cannot be matched to the texts,
        TranslationError for the rest. Whether an answer is any good as a translation is for the caller to judge.
        """
        ...


def open_translator(settings: Settings) -> Engine | None:
    """Return the engine that the settings ask for, or None for `none`.

    Raises SettingsError when its key is missing or cannot be one. Nothing is sent.
    """
    key = _checked_key(settings.translator_key)
    match settings.translator:
        case Translator.NONE:
            return None
        case Translator.DEEPL:
            default = "https://api-free.deepl.com" if key.endswith(":fx") else "https://api.deepl.com"
            return DeepL(_service("DeepL", settings, key, default=default, needs_key=True))
        case Translator.LIBRETRANSLATE:
            return LibreTranslate(_service("LibreTranslate", settings, key, default="https://libretranslate.com"))
        case Translator.OPENAI:
            service = _service("OpenAI", settings, key, default="https://api.openai.com", needs_key=True)
            return OpenAI(service, model=settings.translator_model or DEFAULT_MODEL)
        case _:
            assert_never(settings.translator)


def _service(title: str, settings: Settings, key: str, *, default: str, needs_key: bool = False) -> Service:
    if needs_key and not key:
        raise SettingsError(
            f"NEWSLETTER_TRANSLATOR is {settings.translator.value}, but NEWSLETTER_TRANSLATOR_KEY is not set. "
            f"Set it to your {title} key (or NEWSLETTER_TRANSLATOR_KEY_FILE to a file that holds it)."
        )
    return Service(title=title, url=settings.translator_url or default, key=key)


def _checked_key(key: str) -> str:
    """Return the key without surrounding whitespace; one that cannot stand in a header would be quoted in errors."""
    stripped = key.strip()
    if stripped and not (stripped.isascii() and stripped.isprintable() and " " not in stripped):
        raise SettingsError(
            "NEWSLETTER_TRANSLATOR_KEY holds a space, a line break or a character that no key has; copy it again."
        )
    return stripped
