"""DeepL: https://developers.deepl.com/api-reference/translate."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.translation.engines.batches import split
from newsletter.translation.engines.http import Service, encode

MAX_TEXTS = 50
MAX_BODY_BYTES = 128 * 1024
_FRAME_BYTES = 1024  # the body beside the texts: names, languages, brackets
_TARGETS = {"zh": "ZH-HANS", "en": "EN-US", "pt": "PT-BR"}  # plain codes of these are deprecated as targets


@dataclass(frozen=True, slots=True)
class DeepL:
    """DeepL's text translation."""

    service: Service

    @property
    def name(self) -> str:
        return "deepl"

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        """Split by DeepL's limits: 50 texts, and 128 KiB of request body."""
        room = MAX_BODY_BYTES - _FRAME_BYTES
        return split(texts, max_texts=MAX_TEXTS, max_size=room, size=lambda text: len(encode(text)) + 1)

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[str]:
        """Translate up to one batch."""
        answer = self.service.post(
            "/v2/translate",
            {
                "text": list(texts),
                "source_lang": source.upper(),
                "target_lang": _TARGETS.get(target, target.upper()),
            },
            headers={"Authorization": f"DeepL-Auth-Key {self.service.key}"},
        )
        match answer:
            case {"translations": [*items]} if len(items) == len(texts):
                found = [item.get("text") if isinstance(item, dict) else None for item in items]
            case _:
                raise self.service.bad_answer("it does not hold one translation for each text")
        if not all(isinstance(text, str) for text in found):
            raise self.service.bad_answer("a translation has no text")
        return [str(text) for text in found]
