"""Translations as TMX, the exchange format of translators' tools (TMX 1.4b, LISA/GALA): written, and read."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from newsletter.errors import InputError
from newsletter.translation.language import Language
from newsletter.translation.marks import PERSON

_TIME = "%Y%m%dT%H%M%SZ"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A text with its translation. `author` is an engine, or PERSON; `name` says which text it is, such as a paper's title.

    `changed_at` is None where a file does not say it.
    """

    source: str
    target: str
    author: str = PERSON
    changed_at: datetime | None = None
    name: str = ""


def write_tmx(units: Iterable[Unit], source: Language, target: Language, *, at: datetime) -> Iterator[str]:
    """Yield a TMX document unit by unit; languages have their BCP 47 tags."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">\n'
        '<header creationtool="Chenbao" creationtoolversion="1" segtype="paragraph" o-tmf="chenbao" adminlang="en" '
        f'srclang="{source.tag}" datatype="plaintext" creationdate="{_stamp(at)}"/>\n<body>\n'
    )
    for unit in units:
        name = f" tuid={_quoted(unit.name)}" if unit.name else ""
        changed = f' changedate="{_stamp(unit.changed_at)}"' if unit.changed_at else ""
        yield (
            f"<tu{name}>\n"
            f'<tuv xml:lang="{source.tag}"><seg>{_escaped(unit.source)}</seg></tuv>\n'
            f'<tuv xml:lang="{target.tag}" changeid={_quoted(unit.author)}{changed}>'
            f"<seg>{_escaped(unit.target)}</seg></tuv>\n</tu>\n"
        )
    yield "</body>\n</tmx>\n"


def read_tmx(content: bytes, source: Language, target: Language) -> Sequence[Unit]:
    """Return the units of a TMX document that have both languages, whatever their region or script.

    What marks up a segment (`ph`, `bpt` …) is left out, its text stays. A unit whose author the file does not name, or
    whom only a tool of people knows, is a person's; an engine's is known by its name. Raises InputError for what is no TMX.
    """
    try:
        # neither the DTD nor any entity is fetched or expanded: the file may come from anywhere
        found = etree.iterparse(io.BytesIO(content), tag="tu", resolve_entities=False, no_network=True, load_dtd=False)
        units = [unit for _, element in found if (unit := _read(element, source, target)) is not None]
    except etree.XMLSyntaxError as error:
        raise InputError(f"This is no TMX file: {error}") from error
    if found.root is None or found.root.tag != "tmx":
        raise InputError("This is no TMX file: it does not begin with <tmx>.")
    return units


def _read(element: etree._Element, source: Language, target: Language) -> Unit | None:
    spoken: dict[str, etree._Element] = {}
    for tuv in element.iterchildren("tuv"):
        code = re.split("[-_]", tuv.get(_LANG) or tuv.get("lang") or "")[0].lower()
        spoken.setdefault(code, tuv)
    if source.code not in spoken or target.code not in spoken:
        return None
    tuv = spoken[target.code]
    unit = Unit(
        source=_segment(spoken[source.code]),
        target=_segment(tuv),
        author=tuv.get("changeid") or PERSON,
        changed_at=_parse_stamp(tuv.get("changedate") or element.get("changedate")),
        name=element.get("tuid") or "",
    )
    element.clear()
    return unit if unit.source and unit.target else None


def _segment(tuv: etree._Element) -> str:
    segment = tuv.find("seg")
    if segment is None:
        return ""
    etree.strip_elements(segment, "bpt", "ept", "it", "ph", "ut", with_tail=False)
    return "".join(str(text) for text in segment.itertext()).strip()


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_TIME)


def _parse_stamp(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC) if text else None
    except ValueError:
        return None


def _escaped(text: str) -> str:
    return escape(_UNWRITABLE.sub("", text))


def _quoted(text: str) -> str:
    return quoteattr(_UNWRITABLE.sub("", text))
