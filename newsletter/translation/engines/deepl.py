"""DeepL: https://developers.deepl.com/api-reference/translate."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from newsletter.errors import TranslationError
from newsletter.translation.engines.batches import split
from newsletter.translation.engines.deepl_glossary import DeepLGlossaries, authorization, plain_code
from newsletter.translation.engines.engine import NO_CONTRACT, Answer, Contract, Engine, TermPair, Usage
from newsletter.translation.engines.http import Service, encode
from newsletter.translation.language import load_language
from newsletter.translation.protect import Style

MAX_TEXTS = 50
MAX_BODY_BYTES = 128 * 1024
_FRAME_BYTES = 1024  # the body beside the texts: names, languages, brackets

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeepL(Engine):
    """DeepL's text translation, with a glossary where the account has room for one."""

    service: Service
    contract: Contract = NO_CONTRACT
    glossaries: DeepLGlossaries = field(default_factory=DeepLGlossaries, repr=False, compare=False)

    @property
    def name(self) -> str:
        return "deepl"

    @property
    def placeholders(self) -> Style:
        return Style.TAGS

    @property
    def takes_terms(self) -> bool:
        return True

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        """Split by DeepL's limits: 50 texts, and 128 KiB of request body."""
        room = MAX_BODY_BYTES - _FRAME_BYTES
        return split(texts, max_texts=MAX_TEXTS, max_size=room, size=lambda text: len(encode(text)) + 1)

    def learn(self, terms: Sequence[TermPair], *, source: str, target: str) -> None:
        """Keep the terms as a glossary of the account."""
        self.glossaries.keep(self.service, terms, source=source, target=target)

    def usage(self) -> Usage | None:
        """Ask how many characters of the billing period are used."""
        match self.service.ask("GET", "/v2/usage", headers=authorization(self.service)):
            case {"character_count": int(used), "character_limit": int(allowed)}:
                return Usage(used=used, allowed=allowed)
            case _:
                raise self.service.bad_answer("it does not say what is used")

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        """Translate up to one batch; the glossary that was learned counts, not `terms`."""
        glossary = self.glossaries.find(source, target)
        try:
            found = self._translate(texts, source=source, target=target, glossary=glossary)
        except TranslationError as error:
            if glossary is None or error.retryable:
                raise
            found = self._translate(texts, source=source, target=target, glossary=None)
            self.glossaries.forget(source, target)  # it was at fault: dropped by another installation, or turned down
            _log.warning("glossary_refused", engine=self.name, error=str(error))
        return Answer(texts=found, characters=sum(map(len, texts)))

    def _translate(self, texts: Sequence[str], *, source: str, target: str, glossary: str | None) -> list[str]:
        body: dict[str, object] = {
            "text": list(texts),
            "source_lang": plain_code(source),
            "target_lang": load_language(target).code_for("deepl"),
            "tag_handling": "xml",
            "tag_handling_version": "v2",
            "outline_detection": False,  # our tags stand within sentences, and never part two
        }
        if glossary is not None:
            body["glossary_id"] = glossary
        match self.service.post("/v2/translate", body, headers=authorization(self.service)):
            case {"translations": [*items]} if len(items) == len(texts):
                found = [item.get("text") if isinstance(item, dict) else None for item in items]
            case _:
                raise self.service.bad_answer("it does not hold one translation for each text")
        if not all(isinstance(text, str) for text in found):
            raise self.service.bad_answer("a translation has no text")
        return [str(text) for text in found]
