"""What is written down beside a stored translation: who wrote it, and what the checks said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PERSON = "person"
"""The origin of a correction, and what stands in the place of its engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the checks said of a translation: the terms it was checked against, its score (0 to 1) and its findings."""

    glossary_key: str = ""
    score: float | None = None
    findings: Sequence[Mapping[str, str]] = ()


UNCHECKED = Marks()
