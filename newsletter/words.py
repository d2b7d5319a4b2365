"""What the service says to people, in each language of its interface."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The same in English and in Chinese."""

    en: str
    zh: str

    def __add__(self, other: "Words") -> "Words":
        return Words(self.en + other.en, self.zh + other.zh)


NOTHING = Words("", "")
