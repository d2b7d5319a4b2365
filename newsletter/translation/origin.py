"""Who wrote a translation: an engine, several of them, a person; and how much of it stands in the original."""

from dataclasses import dataclass

from newsletter.translation.drafts import MEMORY
from newsletter.translation.finding import ALSO, LEFT
from newsletter.translation.marks import PERSON, Marks
from newsletter.words import Words

_SERVICES = {"deepl": "DeepL", "google": "Google", "libretranslate": "LibreTranslate"}
_MEMORY = Words("the translation memory", "译文记忆")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The engine that wrote a text or the most of it, the others that did some sentences, and how many nobody did.

    `engine` is PERSON for a correction, MEMORY where every sentence was translated before, as a part of other texts.
    """

    engine: str
    also: tuple[str, ...] = ()
    left: int = 0

    @property
    def is_correction(self) -> bool:
        return self.engine == PERSON


def read_origin(engine: str, marks: Marks) -> Origin:
    """Return who wrote a stored translation, from what it is marked with."""
    return Origin(
        engine=engine,
        also=tuple(finding["detail"] for finding in marks.findings if finding["kind"] == ALSO),
        left=sum(finding["kind"] == LEFT for finding in marks.findings),
    )


def name_engine(engine: str) -> Words:
    """Return what people call an engine: `openai:gpt-6-luna` and `local:opus-en-zh` are named by their models."""
    if engine == MEMORY:
        return _MEMORY
    name = _SERVICES.get(engine, engine.rpartition(":")[2])
    return Words(name, name)
