"""Markup with slots, cut once: filling is a join, so what is filled in is never searched for slots."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

from newsletter.lines import are_plain

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

    def encode(self) -> "Fragment":
        """Return the same as it goes over the wire."""
        return Fragment(tuple(map(to_wire, self.parts[::2])), self.parts[1::2])


_LONGEST_SHORT = b"x" * 300


def is_short(value: bytes) -> bool:
    """Tell whether a value in a slot leaves plain lines plain: part of one line, not too long, and begins with no dot."""
    return 0 < len(value) <= len(_LONGEST_SHORT) and b"\n" not in value and not value.startswith(b".")


class Fragment:
    """Slots as they go over the wire, UTF-8 and every line end CR LF: `octets` stand around what fills the slots `names`."""

    __slots__ = ("_blank", "_is_plain", "_pick", "names", "octets", "size")

    def __init__(self, octets: tuple[bytes, ...], names: tuple[str, ...]) -> None:
        self.octets = octets
        self.names = names
        self.size = sum(map(len, octets))
        """The number of octets without what fills the slots."""
        self._blank = [part for own in octets for part in (own, b"")][:-1]
        self._pick = itemgetter(*names) if len(names) > 1 else None
        self._is_plain: bool | None = None

    @property
    def is_plain(self) -> bool:
        """Whether all is plain lines (see `lines.are_plain`), with whatever `is_short` fills the slots."""
        if self._is_plain is None:
            self._is_plain = are_plain(self.fill(dict.fromkeys(self.names, _LONGEST_SHORT)))
        return self._is_plain

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """Return the octets with every slot filled. Raises KeyError when a value is missing."""
        return b"".join(self.pieces(values))

    def pieces(self, values: Mapping[str, bytes]) -> list[bytes]:
        """Return the same in pieces: what is joined once with all the rest is not copied on the way."""
        filled = self._blank.copy()
        filled[1::2] = self._pick(values) if self._pick else [values[name] for name in self.names]
        return filled

    def fill_around(self, name: str, pieces: Iterable[bytes], values: Mapping[str, bytes]) -> bytes:
        """Return the octets with every slot filled, one of them by many pieces."""
        filled: list[bytes] = self.pieces({**values, name: b""})
        at = 2 * self.names.index(name) + 1
        filled[at : at + 1] = pieces
        return b"".join(filled)

    def fill_some(self, values: Mapping[str, bytes]) -> "Fragment":
        """Return the same with the named slots filled, the others left open."""
        octets, names = [self.octets[0]], []
        for name, part in zip(self.names, self.octets[1:], strict=True):
            value = values.get(name)
            if value is None:
                names.append(name)
                octets.append(part)
            else:
                octets[-1] += value + part
        return Fragment(tuple(octets), tuple(names))


def to_wire(text: str) -> bytes:
    """Return a text of ours as it goes over the wire; its line ends are LF."""
    return text.replace("\n", "\r\n").encode()


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


def join_fragments(fragments: Iterable[Fragment], *, between: bytes) -> Fragment:
    """Set fragments one after the other; a slot may be in several of them."""
    octets, names = [b""], list[str]()
    for number, fragment in enumerate(fragments):
        octets[-1] += (between if number else b"") + fragment.octets[0]
        octets += fragment.octets[1:]
        names += fragment.names
    return Fragment(tuple(octets), tuple(names))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMessage:
    """A message's words, its bodies as they go over the wire: UTF-8, every line end CR LF.

    `is_plain`: its lines were looked at, and are as `lines.are_plain` wants them.
    """

    subject: str
    html: bytes
    text: bytes
    is_plain: bool = False

    @property
    def words(self) -> FilledMessage:
        """The same as text."""
        html, text = (body.decode().replace("\r\n", "\n") for body in (self.html, self.text))
        return FilledMessage(subject=self.subject, html=html, text=text)
