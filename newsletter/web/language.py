"""The language of a page: which ones there are, which one a request wants, and their catalogues.

A catalogue is a gettext file per folder of templates (`templates/locales/<code>/<folder>.po`), read as it is: English is the
message itself, and what a catalogue lacks is shown in English. `make catalogues` collects the messages.
"""

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from newsletter.translation.catalogue import catalogues_folder, list_spoken
from newsletter.translation.language import Language, load_language

COOKIE = "lang"
"""What a reader chose in this browser, over what the browser itself says."""
COOKIE_SECONDS = 365 * 24 * 3600


LANGUAGES = tuple(load_language(code) for code in list_spoken(catalogues_folder()))
"""The languages that pages can be in, that of the messages first: each that has catalogues."""


def list_offered(language: str) -> list[Language]:
    """Return the languages of an installation's pages: the complete ones, and the one that it translates into."""
    return [one for one in LANGUAGES if one.is_complete or one.code == language]


def choose_language(chosen: str, accept_language: str, codes: Collection[str]) -> str:
    """Return the code of the language to speak: the chosen one, else the browser's favourite among `codes`, else English."""
    if chosen in codes:
        return chosen
    for tag in _by_weight(accept_language):
        if (code := tag.split("-")[0]) in codes:
            return code
    return LANGUAGES[0].code


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
