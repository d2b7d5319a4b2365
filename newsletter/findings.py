"""What a look at some part of an installation found."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found at one part, and what to do about it."""

    part: str
    grade: Grade
    text: str
    hint: str = ""
