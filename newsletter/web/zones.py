"""Time zones as a form offers them, and the one a browser's languages make likely."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from newsletter.digests.dates import offset_name

_COMMON = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Europe/London", "Europe/Paris",
    "Europe/Berlin", "America/New_York", "America/Chicago", "America/Los_Angeles", "UTC",
)  # fmt: skip
_BY_LANGUAGE = {
    "zh-tw": "Asia/Taipei", "zh-hk": "Asia/Hong_Kong", "zh-sg": "Asia/Singapore", "zh": "Asia/Shanghai",
    "ja": "Asia/Tokyo", "ko": "Asia/Seoul", "en-us": "America/New_York", "en-gb": "Europe/London",
    "en-in": "Asia/Kolkata", "en-au": "Australia/Sydney", "en-ca": "America/Toronto", "de": "Europe/Berlin",
    "fr": "Europe/Paris", "it": "Europe/Rome", "es": "Europe/Madrid", "pt-br": "America/Sao_Paulo",
    "nl": "Europe/Amsterdam", "pl": "Europe/Warsaw", "ru": "Europe/Moscow",
}  # fmt: skip

_STEP = 15  # minutes; no zone changes its offset at another minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One choice: the IANA name, and what a reader sees, such as `Shanghai (UTC+8)`."""

    name: str
    label: str


def zone_groups(now: datetime, selected: str) -> list[tuple[str, list[Zone]]]:
    """Return the choices by group, the common ones first, in a group without a name.

    `selected` is among them even if it is an old name.
    """
    common = _COMMON if selected in _COMMON else (selected, *_COMMON)
    groups = [("", [_zone(name, now) for name in common])]
    rest: dict[str, list[Zone]] = {}
    for name in _list_places():
        if name not in common:
            rest.setdefault(name.partition("/")[0], []).append(_zone(name, now))
    return groups + sorted(rest.items())


def likely_zone(accept_language: str) -> str:
    """Guess a reader's zone from what their browser says of languages; UTC where that says nothing.

    Only a default of a form, so the first language counts and its weights are not read.
    """
    tag = accept_language.split(",")[0].split(";")[0].strip().lower()
    parts = tag.split("-")  # zh-Hant-TW: language, script, region
    return _BY_LANGUAGE.get(f"{parts[0]}-{parts[-1]}") or _BY_LANGUAGE.get(parts[0]) or "UTC"


def _zone(name: str, now: datetime) -> Zone:
    place = name.rpartition("/")[2].replace("_", " ")
    offset = _offset(name, now.replace(minute=now.minute // _STEP * _STEP, second=0, microsecond=0))
    return Zone(name=name, label=place if place == offset else f"{place} ({offset})")


@lru_cache(maxsize=2000)  # reading four hundred zones takes longer than all the rest of the page
def _offset(name: str, now: datetime) -> str:
    return offset_name(now.astimezone(ZoneInfo(name)))


@lru_cache(maxsize=1)
def _list_places() -> list[str]:
    """Return the zones that stand for inhabited places today, without the old spellings."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    listed = [line.split("\t")[2].strip() for line in table.splitlines() if line and not line.startswith("#")]
    known = available_timezones()
    return sorted(name for name in listed if name in known)
