"""Which engines the settings ask for, in which order."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from newsletter.errors import SettingsError
from newsletter.settings import Settings
from newsletter.translation.engines.deepl import DeepL
from newsletter.translation.engines.engine import Contract, Engine, parse_price
from newsletter.translation.engines.google import Google
from newsletter.translation.engines.http import Service
from newsletter.translation.engines.libretranslate import LibreTranslate
from newsletter.translation.engines.local import Local
from newsletter.translation.engines.local_model import find_model
from newsletter.translation.engines.openai import DEFAULT_MODEL, OpenAI
from newsletter.translator_settings import Translator

_PLACES = ("translator", "translator_2", "translator_3")
"""The settings that name an engine, in the order in which they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """One engine as the settings describe it; `setting` begins the names of its settings."""

    setting: str
    kind: Translator
    url: str
    key: str
    model: str
    contract: Contract


def open_translators(settings: Settings) -> tuple[Engine, ...]:
    """Return the engines that the settings ask for, the one to ask first first; none for `none`.

    Raises SettingsError when a key or model is missing or cannot be one. Nothing is sent.
    """
    engines = tuple(engine for wanted in _list_wanted(settings) if (engine := _open(wanted)) is not None)
    names = [engine.name for engine in engines]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingsError(f"{twice[0]} is set twice as a translator; its translations could not be told apart.")
    return engines


def _list_wanted(settings: Settings) -> Iterator[_Wanted]:
    for place in _PLACES:
        kind: Translator = getattr(settings, place)
        if kind is not Translator.NONE:
            yield _read(settings, place, kind)


def _read(settings: Settings, place: str, kind: Translator) -> _Wanted:
    def value(name: str) -> str:
        return str(getattr(settings, f"{place}_{name}"))

    setting = f"NEWSLETTER_{place.upper()}"
    try:
        price = parse_price(text, by_tokens=kind is Translator.OPENAI) if (text := value("price")) else None
    except ValueError as error:
        raise SettingsError(f"{setting}_PRICE: {error}.") from error
    return _Wanted(
        setting=setting,
        kind=kind,
        url=value("url"),
        key=_checked_key(value("key"), setting),
        model=value("model"),
        contract=Contract(
            price=price,
            daily_characters=getattr(settings, f"{place}_daily_characters"),
            daily_tokens=getattr(settings, f"{place}_daily_tokens"),
        ),
    )


def _open(wanted: _Wanted) -> Engine | None:
    match wanted.kind:
        case Translator.NONE:
            return None
        case Translator.DEEPL:
            default = "https://api-free.deepl.com" if wanted.key.endswith(":fx") else "https://api.deepl.com"
            return DeepL(_service("DeepL", wanted, default=default, needs_key=True), wanted.contract)
        case Translator.GOOGLE:
            default = "https://translation.googleapis.com"
            return Google(_service("Google", wanted, default=default, needs_key=True), wanted.contract)
        case Translator.LIBRETRANSLATE:
            service = _service("LibreTranslate", wanted, default="https://libretranslate.com")
            return LibreTranslate(service, wanted.contract)
        case Translator.OPENAI:
            service = _service("OpenAI", wanted, default="https://api.openai.com", needs_key=True)
            return OpenAI(service, wanted.model or DEFAULT_MODEL, wanted.contract)
        case Translator.LOCAL:
            return _open_local(wanted)
        case _:
            assert_never(wanted.kind)


def _open_local(wanted: _Wanted) -> Local:
    setting = f"{wanted.setting}_MODEL"
    if not wanted.model:
        raise SettingsError(f"{wanted.setting} is local, but {setting} is not set. Set it to the model's folder.")
    folder = Path(wanted.model).expanduser().absolute()
    return Local(folder.name, find_model(folder, setting), wanted.contract)


def _service(title: str, wanted: _Wanted, *, default: str, needs_key: bool = False) -> Service:
    if needs_key and not wanted.key:
        raise SettingsError(
            f"{wanted.setting} is {wanted.kind.value}, but {wanted.setting}_KEY is not set. "
            f"Set it to your {title} key (or {wanted.setting}_KEY_FILE to a file that holds it)."
        )
    return Service(title=title, url=wanted.url or default, key=wanted.key, setting=wanted.setting)


def _checked_key(key: str, setting: str) -> str:
    """Return the key without surrounding whitespace; one that cannot stand in a header would be quoted in errors."""
    stripped = key.strip()
    if stripped and not (stripped.isascii() and stripped.isprintable() and " " not in stripped):
        raise SettingsError(f"{setting}_KEY holds a space, a line break or a character that no key has; copy it again.")
    return stripped
