"""Readers as a table that people keep in spreadsheets: CSV read line by line with what is wrong in it, and written safely.

Columns may stand in any order; `email` and `keywords` are needed, the others have the usual choices where they are missing
or empty. A cell of several values holds them one a line, or with semicolons between them.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from newsletter.digests.prose import clean
from newsletter.editions.sign_up import parse_keywords
from newsletter.errors import InputError
from newsletter.subscribers.addresses import address_key, parse_address
from newsletter.subscribers.store import MAX_KEYWORDS
from newsletter.subscribers.subscriber import (
    WEEKDAYS,
    Density,
    Order,
    Preferences,
    Subscriber,
    Subscription,
    Trending,
    check_categories,
    check_hour,
    check_timezone,
    check_trending_count,
    check_weekday,
    check_weekdays,
)
from newsletter.translation.choice import read_choice
from newsletter.words import Words

MOST_LINES = 20_000
NEEDED = ("email", "keywords")
_TOLD = ("id", "consent", "created_at", "confirmed_at")
"""Columns that an export has and an import passes over: nobody's consent is made by a spreadsheet."""
_FORMULA = "=+-@\t\r＝＋－＠'"
"""A cell that begins like this is a formula to some spreadsheet, and the text of a reader must never be one."""
_YES = {"yes": True, "true": True, "1": True, "是": True, "no": False, "false": False, "0": False, "否": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """One reader of a file, by the line of the file on which they end; only without a problem the rest is whole."""

    number: int
    email: str
    name: str = ""
    subscriptions: tuple[Subscription, ...] = ()
    preferences: Preferences = field(default_factory=Preferences)
    problem: Words | None = None

    @property
    def key(self) -> str:
        """The address in comparable form."""
        return address_key(self.email)


def read_roster(content: bytes) -> list[RosterLine]:
    """Return the readers of a file, each with what is wrong with their line. Raises InputError for a file that is no table."""
    reader = csv.DictReader(io.StringIO(_decode(content), newline=""), restkey="", strict=True)
    try:
        columns = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        _check_columns(columns)
        reader.fieldnames = columns
        lines: list[RosterLine] = []
        for cells in reader:
            if len(lines) == MOST_LINES:
                raise InputError(f"A file has at most {MOST_LINES:,} readers; cut it in parts.")
            lines.append(_read_line(cells, reader.line_num))
    except csv.Error as error:
        raise InputError(f"Line {reader.line_num} cannot be read as CSV: {error}.") from error
    if not lines:
        raise InputError("The file has a head and no readers.")
    return lines


def write_roster(readers: Iterable[Subscriber], *, with_head: bool = True) -> str:
    """Return readers as CSV, every cell safe to open in a spreadsheet; the inverse of `read_roster`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    if with_head:
        writer.writerow((*COLUMNS, *_TOLD))
    for reader in readers:
        writer.writerow([guard(cell) for cell in _cells(reader)])
    return text.getvalue()


def guard(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before it where it might be one."""
    return f"'{cell}" if cell[:1] and cell[0] in _FORMULA else cell


def unguard(cell: str) -> str:
    """Return what a guarded cell holds."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA else cell


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("The file is not UTF-8; save it as CSV UTF-8.") from error


def _check_columns(columns: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in columns]
    unknown = [name for name in columns if name not in COLUMNS and name not in _TOLD]
    if missing:
        raise InputError(f"The first line has no column {' and no column '.join(missing)}.")
    if unknown or len(set(columns)) < len(columns):
        names = ", ".join(repr(name) for name in unknown) or "one of its columns twice"
        raise InputError(f"The first line has {names}; the columns are {', '.join(COLUMNS)}.")


def _read_line(cells: Mapping[str, Any], number: int) -> RosterLine:
    """Read one line; the first thing that is wrong with it is told."""
    if cells.get("") or None in cells.values():
        return RosterLine(
            number=number,
            email=str(cells.get("email") or ""),
            problem=Words("it has more or fewer cells than the first line", "单元格数与首行不一致"),
        )
    texts = {name: unguard(str(text).strip()) for name, text in cells.items()}
    line = RosterLine(number=number, email=texts["email"], name=clean(texts.get("name", "")))
    preferences = Preferences()
    for column, text in texts.items():
        try:
            line, preferences = (
                _READ[column](line, preferences, text) if column in _READ and text else (line, preferences)
            )
        except (InputError, ValueError) as error:
            return replace(line, problem=Words(f"{column}: {error}", f"{column} 一栏有误：{text}"))
    for needed in NEEDED:
        if not texts[needed]:
            return replace(line, problem=Words(f"{needed} is empty", f"{needed} 为空"))
    return replace(line, preferences=preferences)


def _split(text: str) -> list[str]:
    return [part for found in text.split("\n" if "\n" in text else ";") if (part := clean(found))]


def _join(values: Sequence[str]) -> str:
    joined = "\n".join(values)
    return f"{joined}\n" if ";" in joined and "\n" not in joined else joined


def _truth(text: str) -> bool:
    if text.lower() not in _YES:
        raise InputError(f"{text!r} is neither yes nor no.")
    return _YES[text.lower()]


def _address(line: RosterLine, preferences: Preferences, text: str) -> tuple[RosterLine, Preferences]:
    return replace(line, email=parse_address(text)), preferences


def _keywords(line: RosterLine, preferences: Preferences, text: str) -> tuple[RosterLine, Preferences]:
    found = {item.query: item for item in reversed(_read_keywords(text))}
    paused = tuple(item for item in line.subscriptions if item.is_paused)
    return replace(line, subscriptions=_limited(tuple(reversed(found.values())) + paused)), preferences


def _paused_keywords(line: RosterLine, preferences: Preferences, text: str) -> tuple[RosterLine, Preferences]:
    paused = tuple(replace(item, is_paused=True) for item in _read_keywords(text))
    return replace(line, subscriptions=_limited(line.subscriptions + paused)), preferences


def _limited(subscriptions: tuple[Subscription, ...]) -> tuple[Subscription, ...]:
    if len(subscriptions) > MAX_KEYWORDS:
        raise InputError(f"at most {MAX_KEYWORDS} of them, please.")
    return subscriptions


def _read_keywords(text: str) -> list[Subscription]:
    return [_read_keyword(keyword) for keyword in _split(text)] or parse_keywords([])


@lru_cache(maxsize=4096)
def _read_keyword(keyword: str) -> Subscription:
    """Read a keyword once for the many readers who have it."""
    return parse_keywords([keyword])[0]


_Read = Callable[[RosterLine, Preferences, str], tuple[RosterLine, Preferences]]


def _choice(field: str, read: Callable[[str], Any]) -> _Read:
    def take(line: RosterLine, preferences: Preferences, text: str) -> tuple[RosterLine, Preferences]:
        return line, replace(preferences, **{field: read(text)})

    return take


_READ: Mapping[str, _Read] = {
    "email": _address,
    "keywords": _keywords,
    "paused_keywords": _paused_keywords,
    "languages": _choice("languages", read_choice),
    "density": _choice("density", Density),
    "order": _choice("order", Order),
    "timezone": _choice("timezone", check_timezone),
    "hour": _choice("hour", lambda text: check_hour(int(text))),
    "weekdays": _choice("weekdays", lambda text: check_weekdays(tuple(_split(text)))),
    "weekly_on": _choice("weekly_on", check_weekday),
    "paused_until": _choice("paused_until", date.fromisoformat),
    "categories": _choice("categories", lambda text: check_categories(_split(text))),
    "empty_mail": _choice("wants_empty_mail", _truth),
    "cross_lists": _choice("wants_cross_lists", _truth),
    "replacements": _choice("wants_replacements", _truth),
    "trending": _choice("trending", Trending),
    "trending_count": _choice("trending_count", lambda text: check_trending_count(int(text))),
    "trending_apart": _choice("is_trending_apart", _truth),
}
COLUMNS = ("email", "name", *(name for name in _READ if name != "email"))
"""The columns of a file, in the order in which they are written."""


def _cells(reader: Subscriber) -> list[str]:
    chosen = reader.preferences
    active = [item.keyword for item in reader.subscriptions if not item.is_paused]
    paused = [item.keyword for item in reader.subscriptions if item.is_paused]
    values = {
        "email": reader.email,
        "name": reader.name,
        "keywords": _join(active),
        "paused_keywords": _join(paused),
        "languages": chosen.languages,
        "density": chosen.density,
        "order": chosen.order,
        "timezone": chosen.timezone,
        "hour": "" if chosen.hour is None else str(chosen.hour),
        "weekdays": "" if chosen.weekdays == WEEKDAYS else ";".join(chosen.weekdays),
        "weekly_on": chosen.weekly_on or "",
        "paused_until": "" if chosen.paused_until is None else str(chosen.paused_until),
        "categories": ";".join(chosen.categories),
        "empty_mail": _say(chosen.wants_empty_mail),
        "cross_lists": _say(chosen.wants_cross_lists),
        "replacements": _say(chosen.wants_replacements),
        "trending": chosen.trending,
        "trending_count": str(chosen.trending_count),
        "trending_apart": _say(chosen.is_trending_apart),
    }
    told = [str(reader.id), reader.consent, _instant(reader.created_at), _instant(reader.confirmed_at)]
    return [*(values[name] for name in COLUMNS), *told]


def _say(truth: bool) -> str:
    return "yes" if truth else "no"


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")
