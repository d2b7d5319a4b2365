"""What is wrong with a translation, and what it is worth for all that."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class FindingKind(StrEnum):
    """What can be wrong."""

    MISSING_SENTENCE = "missing_sentence"
    NUMBER = "number"
    SPAN = "span"
    NAME = "name"
    NEGATION = "negation"
    UNTRANSLATED = "untranslated"
    ADDED = "added"
    LENGTH = "length"
    SCRIPT = "script"
    FORBIDDEN_TERM = "forbidden_term"
    MISSING_TERM = "missing_term"
    PUNCTUATION = "punctuation"
    SPACING = "spacing"
    TITLE_STYLE = "title_style"


class Grade(StrEnum):
    """How bad a finding is."""

    BAD = "bad"
    """The translation does not say what the source says."""
    DOUBT = "doubt"
    """It may not."""
    STYLE = "style"
    """It says so, but not as it should."""


LEFT = "original"
"""The kind of a remark that names a sentence which stands in the original."""
ALSO = "engine"
"""The kind of a remark that names another engine than the text's own that translated some of its sentences."""
GOOD_ENOUGH = 0.6
"""A translation with a lower score is not shown: it has at least one bad finding."""
_COSTS = {Grade.BAD: 0.5, Grade.DOUBT: 0.1, Grade.STYLE: 0.02}
_MOST = {Grade.BAD: 1.0, Grade.DOUBT: 0.3, Grade.STYLE: 0.1}
"""All findings of a grade together cost no more, so that doubts and style alone leave a translation good enough."""
_GRADES = {
    **dict.fromkeys(FindingKind, Grade.BAD),
    **dict.fromkeys(
        (FindingKind.NEGATION, FindingKind.SCRIPT, FindingKind.FORBIDDEN_TERM, FindingKind.LENGTH), Grade.DOUBT
    ),
    **dict.fromkeys(
        (FindingKind.MISSING_TERM, FindingKind.PUNCTUATION, FindingKind.SPACING, FindingKind.TITLE_STYLE), Grade.STYLE
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: `text` is the part of the source or of the answer that it is about."""

    kind: FindingKind
    text: str

    @property
    def grade(self) -> Grade:
        return _GRADES[self.kind]


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that is wrong with a translation."""

    findings: tuple[Finding, ...] = ()

    @cached_property
    def score(self) -> float:
        """What the translation is worth, from 0 to 1: 1 less 0.5 for each bad finding, 0.1 for each doubt, 0.02 for style."""
        return max(0.0, 1.0 - sum(self._cost(grade) for grade in Grade))

    @property
    def is_good(self) -> bool:
        """Whether readers may see it."""
        return not any(finding.grade is Grade.BAD for finding in self.findings)

    def of(self, kinds: Iterable[FindingKind]) -> list[Finding]:
        """Return the findings of these kinds."""
        wanted = frozenset(kinds)
        return [finding for finding in self.findings if finding.kind in wanted]

    def _cost(self, grade: Grade) -> float:
        count = sum(finding.grade is grade for finding in self.findings)
        return min(_MOST[grade], _COSTS[grade] * count)
