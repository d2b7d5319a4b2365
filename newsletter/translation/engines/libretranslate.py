"""LibreTranslate, hosted or one's own: https://docs.libretranslate.com/guides/api_usage/."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.translation.engines.batches import split
from newsletter.translation.engines.engine import NO_CONTRACT, Answer, Contract, Engine, TermPair
from newsletter.translation.engines.http import Service
from newsletter.translation.language import load_language

MAX_TEXTS = 10
MAX_CHARACTERS = (
    2000  # the hosted service's limit; one's own is as fast with small requests, since it works text by text
)


@dataclass(frozen=True, slots=True)
class LibreTranslate(Engine):
    """A LibreTranslate server; the key is optional, as many servers ask for none."""

    service: Service
    contract: Contract = NO_CONTRACT

    @property
    def name(self) -> str:
        return "libretranslate"

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        """Split by the strictest limits in common use: 10 texts, 2,000 characters."""
        return split(texts, max_texts=MAX_TEXTS, max_size=MAX_CHARACTERS)

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        """Translate up to one batch."""
        body: dict[str, object] = {
            "q": list(texts),
            "source": load_language(source).code_for("libretranslate"),
            "target": load_language(target).code_for("libretranslate"),
            "format": "text",
        }
        if self.service.key:
            body["api_key"] = self.service.key
        match self.service.post("/translate", body):
            case {"translatedText": [*found]} if len(found) == len(texts) and all(isinstance(t, str) for t in found):
                return Answer(texts=[str(text) for text in found], characters=sum(map(len, texts)))
            case _:
                raise self.service.bad_answer("it does not hold one translation for each text")
