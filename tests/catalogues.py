"""Collect the pages' messages into the catalogues (``make catalogues``); a test tells which have no translation yet."""

import re
import sys
from pathlib import Path
from typing import Any

import typer
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import newsletter.digests
import newsletter.web.feeds
from newsletter.resources import templates_folder
from newsletter.translation.catalogue import MAIL
from newsletter.translation.language import list_codes, load_language
from newsletter.web.language import LANGUAGES

COMMON = "common"
"""The catalogue of what all pages share: the templates at the top, and the parts."""
_FIRST = ("say", "stack", "first", "plain", "lines", "label", "heading", "words", "aside", "beside")
_IN_TEMPLATES: dict[str, Any] = dict.fromkeys(_FIRST, (1,)) | {
    "button": (2,),
    "translate": (2,),
    "plain_in": ((1, "c"), 2),
    "translate_in": ((2, "c"), 3),
}
_IN_CODE: dict[str, Any] = {
    "say": (2,),
    "say_count": (2, 3),
    "say_in": ((2, "c"), 3),
    "say_count_in": ((2, "c"), 3, 4),
    "sentence": (1,),
}
_SLOT = re.compile(r"__[a-z_{}]+__")
_OPTIONS = {"trimmed": "false", "silent": "false", "newstyle_gettext": "true", "trim_blocks": "true"}


def collect_messages(folder: Path) -> dict[str, Catalog]:
    """Return what the templates say in English, by catalogue; common to all are the names of languages, too."""
    found: dict[str, Catalog] = {}
    extracted = extract_from_dir(
        folder, method_map=[("**.html", "jinja2.ext:babel_extract")], options_map={"**.html": _OPTIONS}
    )
    for file, _, message, _, _ in sorted(extracted, key=lambda item: (item[0], item[1])):
        top = Path(file).parts[0]
        name = COMMON if top in {file, "parts"} else top
        found.setdefault(name, Catalog()).add(message, locations=[(file, 0)])
    found[MAIL] = _collect_mail(folder)
    for code in list_codes():
        for name in (COMMON, MAIL):
            found.setdefault(name, Catalog()).add(load_language(code).short_name)
    return found


def _collect_mail(folder: Path) -> Catalog:
    """Return what mails say, in their templates and in the code beside them; what is only a slot is no message."""
    found = Catalog()
    sources = (
        (folder.parent / "email", "jinja2.ext:babel_extract", _IN_TEMPLATES),
        (Path(newsletter.digests.__file__).parent, "python", _IN_CODE),
        (Path(newsletter.web.feeds.__file__).parent, "python", _IN_CODE),
    )
    for place, method, keywords in sources:
        extracted = extract_from_dir(
            place,
            method_map=[("**.*", method)],
            options_map={"**.*": _OPTIONS | {"newstyle_gettext": "false"}},
            keywords=keywords,
            directory_filter=lambda folder: Path(folder).name != "__pycache__",
        )
        for file, _, message, _, context in sorted(extracted, key=lambda item: (item[0], item[1])):
            if not _SLOT.fullmatch(message if isinstance(message, str) else message[0]):
                found.add(message, locations=[(file, 0)], context=context)
    return found


def read_catalogue(path: Path, locale: str) -> Catalog:
    """Return a catalogue; an empty one where there is no file yet."""
    if not path.exists():
        return Catalog(locale=locale, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def main() -> int:
    """Bring every catalogue up to date, and tell how much of each is not translated."""
    folder = templates_folder()
    for language in LANGUAGES[1:]:
        for name, messages in collect_messages(folder / "web").items():
            path = folder / "locales" / language.code / f"{name}.po"
            if not language.is_complete and not path.exists():
                continue
            catalogue = read_catalogue(path, language.tag.replace("-", "_"))
            catalogue.update(messages, no_fuzzy_matching=True)
            catalogue.obsolete.clear()
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, catalogue, width=0, omit_header=False, include_lineno=False, sort_output=True)
            _keep_header(path, language.tag.replace("-", "_"))
            missing = sum(not _is_translated(message.string) for message in catalogue if message.id)
            typer.echo(f"{path.relative_to(folder)}: {len(catalogue)} messages, {missing} without translation")
    return 0


def _is_translated(string: str | tuple[str, ...] | list[str]) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _keep_header(path: Path, locale: str) -> None:
    """Leave in the header what readers of the file need: dates and tools would change with every run."""
    _, _, body = path.read_text("utf-8").partition("\n\n")
    head = [
        'msgid ""',
        'msgstr ""',
        f'"Language: {locale}\\n"',
        '"Plural-Forms: nplurals=1; plural=0;\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
    ]
    path.write_text("\n".join(head) + "\n\n" + body, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
