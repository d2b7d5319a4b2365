"""A translation model in a folder of this machine, run by CTranslate2: https://opennmt.net/CTranslate2/.

Two kinds of folder are understood: an unpacked Argos Translate package (`metadata.json`, `sentencepiece.model`,
`model/model.bin`), and an OPUS-MT model as CTranslate2's converters write it, with its SentencePiece models beside
(`source.spm`, `target.spm`, `model.bin`).
"""

import importlib
import importlib.util
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.errors import SettingsError
from newsletter.translation.language import Language

_PACKAGES = ("ctranslate2", "sentencepiece")  # the extra `local`
_END = "</s>"
_SPACE = "▁"
_BEAM = 4
_BATCH_TOKENS = 1024
_LONGEST = 512  # tokens of a sentence; a longer one is cut by the model, and that is found by the checks


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """Where the parts of a model are, and between which languages it translates where it says so."""

    model: Path
    source_pieces: Path
    target_pieces: Path
    is_opus: bool
    languages: tuple[str, str] | None = None


class LocalModel:
    """A loaded model. Several threads may use it at once."""

    def __init__(self, folder: ModelFolder) -> None:
        """Load the model; takes seconds. Raises RuntimeError or OSError when a file is not what it should be."""
        ctranslate2, sentencepiece = (importlib.import_module(name) for name in _PACKAGES)
        self._source = sentencepiece.SentencePieceProcessor(model_file=str(folder.source_pieces))
        self._target = sentencepiece.SentencePieceProcessor(model_file=str(folder.target_pieces))
        self._translator = ctranslate2.Translator(str(folder.model), device="auto", inter_threads=1)
        self._marks = frozenset(_language_marks(folder.model))
        self._suffix = [_END] if folder.is_opus and not _adds_end(folder.model) else []

    def translate(self, sentences: Sequence[str], target: Language) -> tuple[list[str], int, int]:
        """Return the sentences' translations, and the tokens in and out.

        Raises ValueError when the model names the languages it knows, and the target is none of them.
        """
        prefix = self._prefix(target)
        asked = [prefix + self._source.encode(sentence, out_type=str) + self._suffix for sentence in sentences]
        results = self._translator.translate_batch(
            asked,
            beam_size=_BEAM,
            batch_type="tokens",
            max_batch_size=_BATCH_TOKENS,
            max_input_length=_LONGEST,
            max_decoding_length=min(_LONGEST, 3 * max(map(len, asked), default=0) + 16),  # ends a model's stuttering
            replace_unknowns=True,
        )
        found: list[list[str]] = [result.hypotheses[0] for result in results]
        texts = [str(self._target.decode(tokens)) for tokens in found]
        # a word of the source that stands for one the model does not know keeps its piece's mark of a space
        return [" ".join(text.replace(_SPACE, " ").split()) for text in texts], _count(asked), _count(found)

    def _prefix(self, target: Language) -> list[str]:
        """Return the token that tells a model of several target languages which one is wanted."""
        mark = f">>{target.code_for('opus')}<<"
        if self._marks and mark not in self._marks:
            raise ValueError(f"it does not translate into {target.name}: it knows {', '.join(sorted(self._marks))}")
        return [mark] if self._marks else []


def find_model(folder: Path, setting: str) -> ModelFolder:
    """Return what is in the folder. Raises SettingsError when it holds no model or the extra is not installed.

    `setting` is the name of the setting that chose the folder.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise SettingsError(
            f"The local translator needs {' and '.join(missing)}, which are not installed: pip install 'chenbao[local]'."
        )
    if not folder.is_dir():
        raise SettingsError(f"{setting}: there is no folder {folder}.")
    if (folder / "metadata.json").is_file():
        return _argos(folder, setting)
    pieces = folder / "source.spm", folder / "target.spm"
    _check([folder / "model.bin", *pieces], setting)
    return ModelFolder(model=folder, source_pieces=pieces[0], target_pieces=pieces[1], is_opus=True)


def _argos(folder: Path, setting: str) -> ModelFolder:
    model, pieces = folder / "model", folder / "sentencepiece.model"
    _check([model / "model.bin", pieces], setting)
    try:
        about = json.loads((folder / "metadata.json").read_text("utf-8"))
        languages = str(about["from_code"]), str(about["to_code"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{setting}: {folder / 'metadata.json'} does not say which languages it is for.") from error
    return ModelFolder(model=model, source_pieces=pieces, target_pieces=pieces, is_opus=False, languages=languages)


def _check(files: Iterable[Path], setting: str) -> None:
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise SettingsError(
            f"{setting}: the folder holds no model, {missing[0]} is missing. It must be an unpacked Argos package, or an "
            "OPUS-MT model converted for CTranslate2 with its source.spm and target.spm."
        )


def _language_marks(model: Path) -> Iterable[str]:
    """Return the tokens such as `>>cmn_Hans<<` that the model's vocabulary has."""
    for path in model.glob("*_vocabulary.*"):
        text = path.read_text("utf-8")
        tokens = json.loads(text) if path.suffix == ".json" else text.split("\n")
        yield from (token for token in tokens if token.startswith(">>") and token.endswith("<<"))


def _adds_end(model: Path) -> bool:
    """Tell whether CTranslate2 itself ends each source; it depends on the converter."""
    config = model / "config.json"
    about: Any = json.loads(config.read_text("utf-8")) if config.is_file() else {}
    return bool(about.get("add_source_eos"))


def _count(tokens: Iterable[Sequence[str]]) -> int:
    return sum(map(len, tokens))
