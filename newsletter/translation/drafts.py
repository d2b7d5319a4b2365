"""A text on its way to a translation: its parts, which of them are translated, by whom, and what was left as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from newsletter.translation.language import Language
from newsletter.translation.passages import Passage
from newsletter.translation.sentences import Pair, align, split_sentences

MEMORY = "memory"
"""Who translated a part that stood in another text before."""
_MOST_LEFT = 0.5
"""So much of a text, by its length, may stay in the original; with more it is no translation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A mended answer, its score (0 to 1), and what the checks found.

    `is_good`: it says what its source says. `is_lossy`: something that must come through is lost, or was added. What is
    neither is poor, and better than nothing.
    """

    text: str
    score: float | None
    is_good: bool
    is_lossy: bool = False
    findings: Sequence[Mapping[str, str]] = ()


class Checker(Protocol):
    """Mends and checks answers in one pair of languages."""

    @property
    def source(self) -> Language: ...

    @property
    def target(self) -> Language: ...

    def finish(self, passage: Passage, answer: str) -> Finished:
        """Return the answer mended, and what it is worth."""
        ...


@dataclass(slots=True, kw_only=True, eq=False)
class Part:
    """Some sentences of a text in a row: the source, and its translation once there is a good one."""

    passage: Passage
    target: str | None = None
    by: str | None = None
    made: Finished | None = None
    """What the checks said of the translation, where an engine made it."""
    poor: tuple[Finished, str] | None = None
    """The best answer that is not good, and whose it is."""
    is_doubtful: bool = False
    """An engine has translated it among others and lost something: it shall be asked for alone."""

    def take(self, made: Finished, by: str) -> None:
        """Let this be the translation."""
        self.target, self.by, self.made = made.text, by, made


@dataclass(slots=True, kw_only=True)
class Draft:
    """A passage in parts; joined, the parts' sources are the passage."""

    passage: Passage
    parts: list[Part] = field(default_factory=list)

    @property
    def missing(self) -> list[Part]:
        return [part for part in self.parts if part.target is None]

    @property
    def is_complete(self) -> bool:
        return all(part.target is not None for part in self.parts)

    @property
    def left_sentences(self) -> list[str]:
        """The sources that have no translation."""
        return [part.passage.text for part in self.missing]

    @property
    def is_readable(self) -> bool:
        """Whether so much is translated that the rest may stay in the original."""
        return _share_of_missing(self.parts) <= _MOST_LEFT

    def settle(self, part: Part, answer: str, by: str, checker: Checker) -> None:
        """Take an engine's answer to a part: whole when it is good, else its good sentences when they are most of it."""
        made = checker.finish(part.passage, answer)
        if made.is_good:
            part.take(made, by)
            return
        pieces = _split(part, made.text, by, checker)
        if _share_of_missing(pieces) <= _MOST_LEFT:
            place = self.parts.index(part)
            self.parts[place : place + 1] = pieces
            return
        part.is_doubtful = made.is_lossy
        if not made.is_lossy and (part.poor is None or (part.poor[0].score or 0.0) < (made.score or 0.0)):
            part.poor = made, by

    def accept_poor(self) -> None:
        """Take the answers that are not good where there is no better one and nothing is lost by them."""
        for part in self.missing:
            if part.poor is not None:
                part.take(*part.poor)

    def join(self, target: Language) -> str:
        """Return the translation, with the sentences that have none as they are."""
        joined, gap_before = "", False
        for part in self.parts:
            is_left = part.target is None
            text = (part.passage.text if part.target is None else part.target).strip()
            gap = " " if joined and (target.is_spaced or is_left or gap_before) else ""
            joined, gap_before = joined + gap + text, is_left
        return joined

    def authors(self) -> list[str]:
        """Return who translated the parts, the one of the most text first."""
        shares: dict[str, int] = {}
        for part in self.parts:
            if part.by is not None:
                shares[part.by] = shares.get(part.by, 0) + len(part.passage.text)
        return sorted(shares, key=lambda by: (-shares[by], by))


def begin_draft(passage: Passage, known: Mapping[str, str], source: Language) -> Draft:
    """Return a draft in which the sentences that are known are translated; the whole is one part where none is."""
    sentences = split_sentences(passage.text, source)
    if passage.is_title or not any(sentence in known for sentence in sentences):
        return Draft(passage=passage, parts=[Part(passage=passage)])
    parts: list[Part] = []
    for sentence in sentences:
        piece = _piece(passage, sentence)
        if sentence in known:
            parts.append(Part(passage=piece, target=known[sentence], by=MEMORY))
        elif parts and parts[-1].target is None:  # unknown neighbours are asked for together
            parts[-1] = Part(passage=_piece(passage, f"{parts[-1].passage.text} {piece.text}"))
        else:
            parts.append(Part(passage=piece))
    return Draft(passage=passage, parts=parts)


def _share_of_missing(parts: Sequence[Part]) -> float:
    """Return how much of a text, by its length, has no translation."""
    whole = sum(len(part.passage.text) for part in parts)
    return sum(len(part.passage.text) for part in parts if part.target is None) / whole if whole else 0.0


def _split(part: Part, answer: str, by: str, checker: Checker) -> list[Part]:
    """Return a part's sentences, each with its translation where that is good."""
    pairs = _whole_pairs(align(part.passage.text, answer, checker.source, checker.target))
    pieces: list[Part] = []
    for pair in pairs:
        piece = Part(passage=_piece(part.passage, pair.source), is_doubtful=True)
        made = checker.finish(piece.passage, pair.target) if pair.target.strip() else None
        if made is not None and made.is_good:
            piece.take(made, by)
        pieces.append(piece)
    return pieces


def _whole_pairs(pairs: Sequence[Pair]) -> list[Pair]:
    """Leave out what was added: a pair without a source."""
    return [pair for pair in pairs if pair.source.strip()]


def _piece(whole: Passage, text: str) -> Passage:
    return replace(whole, text=text.strip(), context=whole.context or whole.text, is_part=True)
