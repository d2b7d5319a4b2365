"""arXiv's archives and categories, and what they are called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

TABLE = Path(__file__).with_name("taxonomy.txt")
_SUBJECT = re.compile(r"\(\s*([a-z-]+(?:\.[A-Za-z-]+)?)\s*\)")
_BARE = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taxonomy:
    names: Mapping[str, str]
    archives: tuple[str, ...]
    aliases: Mapping[str, str]


def category_names() -> Mapping[str, str]:
    """Return every archive's and category's own name by its code, in arXiv's order; aliases have their category's name."""
    return _TAXONOMY.names


def archives() -> tuple[str, ...]:
    """Return the archives' codes: `astro-ph`, …, `stat`."""
    return _TAXONOMY.archives


def list_categories(archive: str) -> list[str]:
    """Return the categories of an archive, aliases among them; an archive without parts is its own category."""
    found = [code for code in _TAXONOMY.names if code.startswith(f"{archive}.")]
    return found or [archive] * (archive in _TAXONOMY.names)


def is_known(name: str) -> bool:
    """Tell whether arXiv has an archive or a category of this code."""
    return name in _TAXONOMY.names


def canonical(category: str) -> str:
    """Return the code under which arXiv keeps a category that has two: `cs.SY` is `eess.SY`; others are themselves."""
    return _TAXONOMY.aliases.get(category, category)


def list_codes(category: str) -> tuple[str, ...]:
    """Return every code under which a paper's category is asked for: itself, its other name, and the archives of both.

    A listing shows only one name of a category that has two.
    """
    codes = (category, *_other_names().get(category, ()))
    return tuple(dict.fromkeys(part for code in codes for part in (code, code.partition(".")[0])))


@cache
def _other_names() -> dict[str, tuple[str, ...]]:
    pairs = [(code, canonical(code)) for code in category_names() if canonical(code) != code]
    return {one: (other,) for pair in pairs for one, other in (pair, pair[::-1])}


def display_name(category: str) -> str:
    """Return `Machine Learning (cs.LG)` for `cs.LG`, as arXiv's listings write it; an unknown code is itself."""
    name = _TAXONOMY.names.get(category)
    return f"{name} ({category})" if name else category


def parse_subjects(text: str) -> tuple[str, ...]:
    """Read a listing's subjects, `Machine Learning (cs.LG); Robotics (cs.RO)`, as codes, each once, in their order.

    Codes that arXiv added after this table was made are read as well. A subject without a code in parentheses counts only
    when it is a code itself; anything else is left out.
    """
    found = (_parse_subject(part) for part in text.split(";"))
    return tuple(dict.fromkeys(code for code in found if code))


def _parse_subject(text: str) -> str | None:
    codes = _SUBJECT.findall(text)
    if codes:
        return str(codes[-1])
    bare = text.strip()
    return bare if _BARE.match(bare) and (is_known(bare) or "." in bare) else None


def _read(text: str) -> _Taxonomy:
    names: dict[str, str] = {}
    aliases: dict[str, str] = {}
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in lines:
        code, name = line.split(maxsplit=1)
        names[code] = name
        if name.startswith("= "):
            aliases[code] = name.removeprefix("= ")
    names |= {alias: names[code] for alias, code in aliases.items()}
    return _Taxonomy(
        names=MappingProxyType(names),
        archives=tuple(line.split()[0] for line in lines if not line[0].isspace()),
        aliases=MappingProxyType(aliases),
    )


_TAXONOMY = _read(TABLE.read_text("utf-8"))
