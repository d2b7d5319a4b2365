"""What a look at some part of an installation found."""

from dataclasses import dataclass
from enum import StrEnum

from newsletter.words import Words


class Grade(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found at one part, and what to do about it; in Chinese, too, where operators see it on their pages."""

    part: str
    grade: Grade
    text: str
    hint: str = ""
    text_zh: str = ""
    hint_zh: str = ""

    @property
    def said(self) -> Words:
        return Words(self.text, self.text_zh or self.text)

    @property
    def advice(self) -> Words:
        return Words(self.hint, self.hint_zh or self.hint)
