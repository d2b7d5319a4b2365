"""Google Cloud Translation, Basic: https://cloud.google.com/translate/docs/reference/rest/v2/translate."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape

from newsletter.translation.engines.batches import split
from newsletter.translation.engines.engine import NO_CONTRACT, Answer, Contract, Engine, TermPair
from newsletter.translation.engines.http import Service
from newsletter.translation.language import load_language
from newsletter.translation.protect import Style

MAX_TEXTS = 128
MAX_CHARACTERS = 5000  # what Google recommends for a request at most: https://cloud.google.com/translate/quotas
_TAG = re.compile(r'<x id="(\d+)"/>')
_SPAN = re.compile(r"<span[^<>]*>\s*\[\[\s*(\d+)\s*\]\]\s*</span>")


@dataclass(frozen=True, slots=True)
class Google(Engine):
    """Google's neural model, asked with an API key."""

    service: Service
    contract: Contract = NO_CONTRACT

    @property
    def name(self) -> str:
        return "google"

    @property
    def placeholders(self) -> Style:
        return Style.TAGS

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        """Split by Google's limits: 128 texts, 5,000 characters with their marks."""
        return split(texts, max_texts=MAX_TEXTS, max_size=MAX_CHARACTERS, size=lambda text: len(_to_html(text)))

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        """Translate up to one batch."""
        sent = [_to_html(text) for text in texts]
        body = {
            "q": sent,
            "source": load_language(source).code_for("google"),
            "target": load_language(target).code_for("google"),
            "format": "html",
        }
        answer = self.service.post("/language/translate/v2", body, headers={"X-Goog-Api-Key": self.service.key})
        match answer:
            case {"data": {"translations": [*items]}} if len(items) == len(texts):
                found = [item.get("translatedText") if isinstance(item, dict) else None for item in items]
            case _:
                raise self.service.bad_answer("it does not hold one translation for each text")
        if not all(isinstance(text, str) for text in found):
            raise self.service.bad_answer("a translation has no text")
        return Answer(texts=[_from_html(str(text)) for text in found], characters=sum(map(len, sent)))


def _to_html(text: str) -> str:
    """Put our tags as elements that Google keeps: it knows no empty ones, and drops what is not HTML."""
    return _TAG.sub(r'<span translate="no">[[\1]]</span>', text)


def _from_html(text: str) -> str:
    """Return our tags, and plain text with no more escaped than XML needs (Google escapes quotation marks, too)."""
    parts = _SPAN.split(text)
    parts[::2] = [escape(unescape(part), quote=False) for part in parts[::2]]
    parts[1::2] = [f'<x id="{number}"/>' for number in parts[1::2]]
    return "".join(parts)
