"""Markup with slots, cut once: filling is a join, so what is filled in is never searched for slots."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SLOT = re.compile(r"__([a-z]+(?:_[a-z]+)*)__")
_FRAGMENT = re.compile(r"<!--begin ([a-z_]+)-->\n?(.*?)\n?<!--end \1-->\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Slots:
    """Text with named slots. `parts` alternates text and slot names: text, name, text, name, ..., text."""

    parts: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.parts[1::2])

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with every slot filled. Raises KeyError when a value is missing."""
        filled = list(self.parts)
        filled[1::2] = [values[name] for name in self.parts[1::2]]
        return "".join(filled)

    def fill_some(self, values: Mapping[str, "str | Slots"]) -> "Slots":
        """Return the same with the named slots filled, the others left open; a value may bring open slots of its own."""
        done = [self.parts[0]]
        for name, text in zip(self.parts[1::2], self.parts[2::2], strict=True):
            value = values.get(name)
            if value is None:
                done += [name, text]
            elif isinstance(value, str):
                done[-1] += value + text
            else:
                done[-1] += value.parts[0]
                done += value.parts[1:]
                done[-1] += text
        return Slots(tuple(done))


def parse_slots(text: str) -> Slots:
    """Cut a template at its `__name__` slots."""
    return Slots(tuple(_SLOT.split(text)))


def join_slots(blocks: Iterable[Slots]) -> Slots:
    """Set blocks below one another, each on lines of its own."""
    done = [""]
    for block in blocks:
        done[-1] += ("\n" if len(done) > 1 or done[0] else "") + block.parts[0]
        done += block.parts[1:]
    return Slots(tuple(done))


def cut_fragments(text: str) -> tuple[Slots, dict[str, Slots]]:
    """Take the `<!--begin name-->…<!--end name-->` fragments out of a template: (what remains, the fragments)."""
    fragments = {name: parse_slots(body) for name, body in _FRAGMENT.findall(text)}
    return parse_slots(_FRAGMENT.sub("", text)), fragments


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """One compiled message in one choice of languages: the subject, and the HTML and text shells with their fragments."""

    subject: Slots
    html: Slots
    html_fragments: Mapping[str, Slots]
    text: Slots
    text_fragments: Mapping[str, Slots]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledMessage:
    """A message's words, ready for its envelope."""

    subject: str
    html: str
    text: str
