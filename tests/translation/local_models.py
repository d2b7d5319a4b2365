"""Small models for the local engine, built by hand: they translate word by word, so that a test knows what comes out.

The network is a Transformer of one layer whose weights are written down, not learned. Each vector has three parts: which
word (one-hot), which place (one-hot), and room for the answer. The decoder's attention looks at the same place of the
source, copies its word into the room for the answer, and the last layer reads it from there.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

NOT_INSTALLED = "the extra `local` is not installed (make local)"
ctranslate2 = pytest.importorskip("ctranslate2", reason=NOT_INSTALLED)
np = pytest.importorskip("numpy", reason=NOT_INSTALLED)
sentencepiece = pytest.importorskip("sentencepiece", reason=NOT_INSTALLED)

SPECIAL = ("<unk>", "<s>", "</s>")
PLACES = 64
SHARP = 30.0
Array = Any


def build_opus(folder: Path, words: Mapping[str, str], *, marks: Sequence[str] = (), adds_end: bool = True) -> Path:
    """Write an OPUS-MT model as CTranslate2's converters do.

    `marks` are its tokens for target languages; the model repeats the one it was given.
    """
    folder.mkdir(parents=True)
    _train(folder / "source.spm", list(words))
    _train(folder / "target.spm", list(words.values()))
    _build_network(folder, _pieces(words), marks=marks, adds_end=adds_end)
    return folder


def build_argos(folder: Path, words: Mapping[str, str], *, languages: tuple[str, str] = ("en", "zh")) -> Path:
    """Write a package of Argos Translate, unpacked."""
    (folder / "model").mkdir(parents=True)
    _train(folder / "sentencepiece.model", [*words, *words.values()])
    about = {"package_version": "1.9", "from_code": languages[0], "to_code": languages[1]}
    (folder / "metadata.json").write_text(json.dumps(about))
    _build_network(folder / "model", _pieces(words), marks=(), adds_end=True)
    return folder


def _pieces(words: Mapping[str, str]) -> dict[str, str]:
    """Return the pieces that SentencePiece makes of the words."""
    return {f"▁{source}": f"▁{target}" for source, target in words.items()}


def _train(path: Path, words: Sequence[str]) -> None:
    """Train a SentencePiece model whose pieces are the words."""
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([" ".join(words)] * 3),
            model_writer=file,
            model_type="word",
            vocab_size=len(set(words)) + len(SPECIAL),
            hard_vocab_limit=False,
            minloglevel=2,
        )


def _build_network(folder: Path, pieces: Mapping[str, str], *, marks: Sequence[str], adds_end: bool) -> None:
    source = [*SPECIAL, *marks, *pieces]
    target = [*SPECIAL, *sorted(set(pieces.values()))]
    said = {token: token for token in SPECIAL} | dict.fromkeys(marks, SPECIAL[0]) | dict(pieces)
    answers = [target.index(said[token]) for token in source]
    spec = ctranslate2.specs.TransformerSpec.from_config(1, 1)
    _fill(spec, np.eye(len(target))[answers], places=PLACES)
    spec.register_source_vocabulary(source)
    spec.register_target_vocabulary(target)
    spec.config.add_source_eos = adds_end
    spec.validate()
    spec.save(str(folder))


def _fill(spec: Any, answers: Array, *, places: int) -> None:
    """Write the weights: `answers` has a row for each source word, with a one in the column of its target word."""
    words, targets = answers.shape
    size = words + places + targets
    word, place, room = slice(0, words), slice(words, words + places), slice(words + places, size)
    for side, vocabulary in ((spec.encoder, words), (spec.decoder, targets)):
        encodings = np.zeros((places, size))
        encodings[:, place] = np.eye(places)
        side.position_encodings.encodings = _single(encodings)
        side.scale_embeddings = False
        _fill_layer(side.layer[0], size)
        _normalize(side.layer_norm, size)
        embeddings = np.zeros((vocabulary, size))
        embeddings[:, word] = np.eye(words) if side is spec.encoder else 0
        (side.embeddings[0] if side is spec.encoder else side.embeddings).weight = _single(embeddings)
    query, key, value, output = (np.zeros((size, size)) for _ in range(4))
    query[place, place] = key[place, place] = SHARP * np.eye(places)
    value[word, word] = np.eye(words)
    output[room, word] = SHARP * answers.T
    attention = spec.decoder.layer[0].attention
    attention.linear[0].weight = _single(query)
    attention.linear[1].weight = _single(np.concatenate([key, value]))
    attention.linear[2].weight = _single(output)
    _normalize(attention.layer_norm, size)
    projection = np.zeros((targets, size))
    projection[:, room] = SHARP * np.eye(targets)
    spec.decoder.projection.weight = _single(projection)


def _fill_layer(layer: Any, size: int) -> None:
    """Let the layer change nothing: neither its attention to itself nor its feed-forward part."""
    layer.self_attention.linear[0].weight = _single(np.zeros((3 * size, size)))
    layer.self_attention.linear[1].weight = _single(np.zeros((size, size)))
    layer.ffn.linear_0.weight = _single(np.zeros((8, size)))
    layer.ffn.linear_1.weight = _single(np.zeros((size, 8)))
    _normalize(layer.self_attention.layer_norm, size)
    _normalize(layer.ffn.layer_norm, size)


def _normalize(norm: Any, size: int) -> None:
    norm.gamma, norm.beta = _single(np.ones(size)), _single(np.zeros(size))


def _single(values: Array) -> Array:
    return values.astype("float32")
