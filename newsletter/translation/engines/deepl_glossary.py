"""DeepL's glossaries: https://developers.deepl.com/api-reference/multilingual-glossaries.

A glossary cannot be looked into cheaply, so its name says what is in it: languages and a hash of the entries. One that
exists under the right name is used as it is, whichever process made it.
"""

import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from newsletter.errors import TranslationError
from newsletter.translation.engines.engine import TermPair
from newsletter.translation.engines.http import Service
from newsletter.translation.language import load_language

_PREFIX = "chenbao"
_MAX_BYTES = 1024  # of one phrase
_SPARE = 1  # so many glossaries with other entries stay: a worker that started before a change may still use them

_log = structlog.get_logger()


class DeepLGlossaries:
    """The glossaries of one account that this process uses, by pair of languages. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[tuple[str, str], str] = {}
        self._ids: dict[tuple[str, str], str] = {}

    def find(self, source: str, target: str) -> str | None:
        """Return the id of the glossary to use, or None."""
        return self._ids.get((source, target))

    def forget(self, source: str, target: str) -> None:
        """Use no glossary any more until one is kept again, which then looks whether it is still there."""
        self._ids.pop((source, target), None)
        self._names.pop((source, target), None)

    def keep(self, service: Service, terms: Sequence[TermPair], *, source: str, target: str) -> None:
        """See to it that the account has a glossary of just these terms; log once when that cannot be."""
        entries = format_entries(terms)
        name = f"{_PREFIX}-{source}-{target}-{hashlib.sha256(entries.encode()).hexdigest()[:16]}"
        pair = (source, target)
        with self._lock:
            if self._names.get(pair) == name:
                return
            self._ids.pop(pair, None)
            try:
                if entries:
                    self._ids[pair] = _find_or_create(service, name, entries, source=source, target=target)
            except TranslationError as error:
                _log.warning("glossary_unavailable", engine="deepl", error=str(error))
                if error.retryable:
                    return  # the next run asks again
            self._names[pair] = name


def format_entries(terms: Iterable[TermPair]) -> str:
    """Return the terms as DeepL's TSV, in a fixed order.

    Left out are phrases that DeepL does not take, and terms with more than one translation: which one is right depends
    on the text, and a glossary knows only one.
    """
    found: dict[str, set[str]] = {}
    for term in terms:
        source, target = term.source.strip(), term.target.strip()
        if _is_phrase(source) and _is_phrase(target):
            found.setdefault(source, set()).add(target)
    return "\n".join(f"{source}\t{min(targets)}" for source, targets in sorted(found.items()) if len(targets) == 1)


def authorization(service: Service) -> dict[str, str]:
    """Return the header that DeepL knows us by."""
    return {"Authorization": f"DeepL-Auth-Key {service.key}"}


def plain_code(language: str) -> str:
    """Return DeepL's code of a language without a variant: what a source is called, and both sides of a dictionary."""
    return load_language(language).code_for("deepl").split("-")[0].upper()


def _is_phrase(text: str) -> bool:
    return bool(text) and text.isprintable() and len(text.encode()) <= _MAX_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    id: str
    name: str
    created_at: str


def _find_or_create(service: Service, name: str, entries: str, *, source: str, target: str) -> str:
    prefix = name.rpartition("-")[0] + "-"
    mine = [listed for listed in _list(service) if listed.name.startswith(prefix)]
    others = sorted((listed for listed in mine if listed.name != name), key=lambda listed: listed.created_at)
    found = next((listed.id for listed in mine if listed.name == name), None)
    if found is None:
        try:
            found = _create(service, name, entries, source=source, target=target)
        except TranslationError as error:
            if error.retryable or not others:
                raise
            _drop(service, others)  # an account may have room for one only
            return _create(service, name, entries, source=source, target=target)
    _drop(service, others[:-_SPARE])
    return found


def _list(service: Service) -> list[_Listed]:
    match service.ask("GET", "/v3/glossaries", headers=authorization(service)):
        case {"glossaries": [*items]}:
            return [
                _Listed(id=item["glossary_id"], name=item["name"], created_at=str(item.get("creation_time", "")))
                for item in items
                if isinstance(item, dict) and {"glossary_id", "name"} <= item.keys()
            ]
        case _:
            raise service.bad_answer("it does not list the glossaries")


def _create(service: Service, name: str, entries: str, *, source: str, target: str) -> str:
    dictionary = {
        "source_lang": plain_code(source),
        "target_lang": plain_code(target),
        "entries": entries,
        "entries_format": "tsv",
    }
    body = {"name": name, "dictionaries": [dictionary]}
    match service.post("/v3/glossaries", body, headers=authorization(service)):
        case {"glossary_id": str(found)}:
            return found
        case _:
            raise service.bad_answer("it does not say what the new glossary is called")


def _drop(service: Service, glossaries: Iterable[_Listed]) -> None:
    for listed in glossaries:
        try:
            service.ask("DELETE", f"/v3/glossaries/{listed.id}", headers=authorization(service))
        except TranslationError as error:
            _log.info("glossary_not_dropped", engine="deepl", glossary=listed.name, error=str(error))
