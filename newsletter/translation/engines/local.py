"""A model on this machine: nothing is sent anywhere, and nothing but time is paid."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from newsletter.errors import TranslationRefusedError
from newsletter.translation.engines.batches import split
from newsletter.translation.engines.engine import NO_CONTRACT, Answer, Contract, Engine, TermPair
from newsletter.translation.engines.local_model import LocalModel, ModelFolder
from newsletter.translation.language import Language, load_language
from newsletter.translation.sentences import join_sentences, split_sentences

MAX_TEXTS = 16
MAX_CHARACTERS = 8000  # some seconds on two cores: the model takes all of them, and larger requests are no faster
_MARK = re.compile(r"(\[\[\d+\]\])")


class Shelf:
    """Holds the model once somebody needed it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: LocalModel | None = None

    def take(self, folder: ModelFolder) -> LocalModel:
        """Return the model, loading it the first time."""
        with self._lock:
            if self._model is None:
                self._model = LocalModel(folder)
            return self._model


@dataclass(frozen=True, slots=True)
class Local(Engine):
    """A model that translates sentence by sentence. Small models lose marks; a sentence that did is done in pieces."""

    title: str
    folder: ModelFolder
    contract: Contract = NO_CONTRACT
    shelf: Shelf = field(default_factory=Shelf, repr=False, compare=False)

    @property
    def name(self) -> str:
        return f"local:{self.title}"

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        """Split into what is done in some seconds: 16 texts, 8,000 characters."""
        return split(texts, max_texts=MAX_TEXTS, max_size=MAX_CHARACTERS)

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        """Translate up to one batch."""
        languages = load_language(source), load_language(target)
        self._check(*languages)
        try:
            work = _Work(model=self.shelf.take(self.folder), target=languages[1])
            sentences = [split_sentences(text, languages[0]) for text in texts]
            done = iter(work.translate_marked([sentence.strip() for found in sentences for sentence in found]))
        except (RuntimeError, ValueError, OSError) as error:
            raise self._refused(f"cannot be used: {error}") from error
        joined = [join_sentences(list(islice(done, len(found))), languages[1]) for found in sentences]
        return Answer(
            texts=joined, characters=sum(map(len, texts)), tokens_in=work.tokens_in, tokens_out=work.tokens_out
        )

    def _check(self, source: Language, target: Language) -> None:
        wanted = source.code_for("argos"), target.code_for("argos")
        if self.folder.languages not in (None, wanted):
            raise self._refused(f"does not translate from {source.name} into {target.name}")

    def _refused(self, reason: str) -> TranslationRefusedError:
        return TranslationRefusedError(f"The model {self.title} {reason}.", retryable=False)


@dataclass(slots=True, kw_only=True)
class _Work:
    """What one request asks of the model, and what it took."""

    model: LocalModel
    target: Language
    tokens_in: int = 0
    tokens_out: int = 0

    def translate_marked(self, sentences: list[str]) -> list[str]:
        """Return the translations; each has the marks of its sentence, whatever the model made of them."""
        found = self._translate(sentences)
        for place, sentence in enumerate(sentences):
            marks = _MARK.findall(sentence)
            if marks and sorted(marks) != sorted(_MARK.findall(found[place])):
                found[place] = self._in_pieces(sentence)
        return found

    def _in_pieces(self, sentence: str) -> str:
        """Translate what stands between the marks, and put the marks between again."""
        pieces = _MARK.split(sentence)
        words = [place for place in range(0, len(pieces), 2) if any(map(str.isalpha, pieces[place]))]
        for place, done in zip(words, self._translate([pieces[place].strip() for place in words]), strict=True):
            pieces[place] = f" {done} "
        return " ".join("".join(pieces).split())

    def _translate(self, sentences: list[str]) -> list[str]:
        if not sentences:
            return []
        found, tokens_in, tokens_out = self.model.translate(sentences, self.target)
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        return found
