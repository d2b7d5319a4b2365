"""What the service says to people, in each language of its interface."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Words:
    """The same in English and in Chinese, the languages that the program itself is written in.

    In any other language they are said by its catalogue, where their English stands, else in English.
    """

    en: str
    zh: str

    def __add__(self, other: "Words") -> "Words":
        return Words(self.en + other.en, self.zh + other.zh)

    def get(self, code: str) -> str:
        """Return the words in one of the two languages; nothing in any other."""
        return str(getattr(self, code)) if code in WRITTEN else ""


WRITTEN = tuple(field.name for field in fields(Words))
"""The codes of the languages that words are written in."""
NOTHING = Words("", "")
