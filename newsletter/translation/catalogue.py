"""What is said in a language beside the papers: gettext catalogues, in which the English sentence is its own name.

`templates/locales/<code>/<name>.po` are read as they are. What a catalogue lacks is said in English.
"""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from newsletter.languages import SOURCE
from newsletter.resources import templates_folder
from newsletter.translation.language import list_codes

MAIL = "mail"
"""The catalogue of what mails say."""


def catalogues_folder() -> Path:
    """Return the folder that holds a folder of catalogues for each language."""
    return templates_folder() / "locales"


def list_spoken(folder: Path) -> list[str]:
    """Return the codes of the languages whose pages can be read: English, and those with catalogues."""
    return [SOURCE, *(code for code in list_codes() if code != SOURCE and list_page_catalogues(folder, code))]


def list_page_catalogues(folder: Path, code: str) -> list[Path]:
    """Return the catalogues of what a language's pages say: all but that of mails, which may say the same otherwise."""
    return sorted(path for path in (folder / code).glob("*.po") if path.stem != MAIL)


def load_catalogue(files: Sequence[Path]) -> NullTranslations:
    """Return catalogues as one; an empty one where there is none, as for English."""
    parts = []
    for path in files:
        compiled = io.BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, abort_invalid=True))
        compiled.seek(0)
        parts.append(Translations(compiled))
    if not parts:
        return NullTranslations()
    whole = parts[0]
    for part in parts[1:]:
        whole.merge(part)  # type: ignore[no-untyped-call]
    return whole


@cache
def mail_catalogue(code: str) -> NullTranslations:
    """Return what mails say in a language that this program brings, read once."""
    file = catalogues_folder() / code / f"{MAIL}.po"
    return load_catalogue([file] if file.is_file() else [])
