"""The language of a page: which ones there are, which one a request wants, and their catalogues.

A catalogue is a gettext file per folder of templates (`templates/locales/<code>/<folder>.po`), read as it is: English is the
message itself, and what a catalogue lacks is shown in English. `make catalogues` collects the messages.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

COOKIE = "lang"
"""What a reader chose in this browser, over what the browser itself says."""
COOKIE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language of the interface: its code in settings and catalogues, its BCP 47 tag, and its own name."""

    code: str
    tag: str
    name: str


LANGUAGES = (Language(code="en", tag="en", name="English"), Language(code="zh", tag="zh-Hans", name="中文"))
BY_CODE = {language.code: language for language in LANGUAGES}


def choose_language(chosen: str, accept_language: str) -> str:
    """Return the code of the language to speak: the chosen one, else the browser's favourite that we know, else English."""
    if chosen in BY_CODE:
        return chosen
    for tag in _by_weight(accept_language):
        if (code := tag.split("-")[0]) in BY_CODE:
            return code
    return LANGUAGES[0].code


def load_catalogue(folder: Path, code: str) -> NullTranslations:
    """Return all catalogues of a language as one; an empty one where there is none, as for English."""
    parts = []
    for path in sorted((folder / code).glob("*.po")):
        compiled = io.BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=BY_CODE[code].tag.replace("-", "_"), abort_invalid=True))
        compiled.seek(0)
        parts.append(Translations(compiled))
    if not parts:
        return NullTranslations()
    whole = parts[0]
    for part in parts[1:]:
        whole.merge(part)  # type: ignore[no-untyped-call]
    return whole


def local_path(written: str) -> str:
    """Return a path on this site to go back to; the front page for anything that could lead elsewhere.

    Browsers take ``//host`` and ``/\\host`` for another site and drop tabs and line breaks before they look.
    """
    parts = urlsplit(written)
    is_plain = written.isascii() and written.isprintable() and "\\" not in written
    is_here = not parts.scheme and not parts.netloc and written.startswith("/") and not written.startswith("//")
    return written if is_plain and is_here else "/"


def _by_weight(accept_language: str) -> Sequence[str]:
    """Return the tags of an Accept-Language header, the most wanted first (RFC 9110 section 12.5.4)."""
    weighed = []
    for item in accept_language[:1000].split(","):
        tag, _, rest = item.partition(";")
        weight = rest.strip().lower().removeprefix("q=")
        if tag.strip() and (
            not weight or (weight.replace(".", "", 1).isascii() and weight.replace(".", "", 1).isdigit())
        ):
            weighed.append((float(weight) if weight else 1.0, tag.strip().lower()))
    return [tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]
