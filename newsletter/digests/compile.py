"""Templates to strings with slots, once at start-up: Jinja, then MJML, then premailer; no mail pays for any of them.

What is filled in later never passes through MJML, which raises on a raw `<`, nor through premailer, which takes
milliseconds and rewrites addresses (ADR 0004).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from mjml import mjml2html
from premailer import Premailer

from newsletter.digests.render import Renderer
from newsletter.digests.service_render import ServiceRenderer
from newsletter.digests.slots import MessageTemplate, cut_fragments, parse_slots
from newsletter.digests.speech import say, say_in
from newsletter.errors import SettingsError
from newsletter.languages import SOURCE
from newsletter.subscribers.subscriber import USUAL_CHOICES, Languages
from newsletter.translation.language import load_language, tag_of
from newsletter.words import WRITTEN

_DOCTYPE = "<!doctype html>"
_INLINED = "/* inline"  # the style element that begins so is moved into style attributes; all others stay in the head
_STYLE = re.compile(rf"<style(?=[^>]*>(?!\s*{re.escape(_INLINED)}))")
_CLASS = re.compile(r' class="([^"]*)"')
_HEAD_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_BLOCK = re.compile(r"\s*(?=<(?:table|tbody|tr|td|div|p|h1|h2|h3|style|body|meta|!--\[if)\b)")
_INDENT = re.compile(r"\n\s+")
_OFFICE = "urn:schemas-microsoft-com:office:office"


class _Compiled(dict[Languages, MessageTemplate]):
    """A message in every choice of languages: what an installation offers is compiled at once, the rest when asked for."""

    def __init__(self, compile_one: Callable[[Languages], MessageTemplate], choices: Sequence[Languages]) -> None:
        super().__init__({languages: compile_one(languages) for languages in choices})
        self._compile = compile_one

    def __missing__(self, languages: Languages) -> MessageTemplate:
        self[languages] = found = self._compile(languages)
        return found


def load_renderer(templates_folder: Path, choices: Sequence[Languages] = USUAL_CHOICES) -> Renderer:
    """Compile the mail templates for the choices of languages, the usual one first.

    A reader who chose another when the installation offered it is served, too. Raises SettingsError when a template is
    missing or broken.
    """

    def load(name: str, *, is_weekly: bool = False) -> Mapping[Languages, MessageTemplate]:
        return _load_message(templates_folder, name, choices, is_weekly=is_weekly)

    digest, trending, confirmation, notice = map(load, ("digest", "trending", "confirm", "notice"))
    service = {name: load(name) for name in ("welcome", "link", "goodbye", "alarm")}
    weekly = load("digest", is_weekly=True)
    return Renderer(
        digest,
        confirmation,
        weekly=weekly,
        trending=trending,
        notice=notice,
        service=ServiceRenderer(templates=service),
        usual=choices[0],
    )


def _load_message(
    templates_folder: Path, name: str, choices: Sequence[Languages], *, is_weekly: bool
) -> Mapping[Languages, MessageTemplate]:
    environment = Environment(
        loader=FileSystemLoader(templates_folder / "email"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("mjml", "j2")),  # Jinja's own list has neither
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,  # MJML reads blanks between elements as text, but not line ends
    )
    environment.globals |= {"is_weekly": is_weekly, "translate": _translate, "translate_in": say_in}
    return _Compiled(lambda languages: _compile_message(environment, name, languages), choices)


def _translate(code: str, words: str) -> str:
    """Return a template's words in a language; a slot may name it: `__date_{language}__`."""
    return say(code, words, language=code)


def _compile_message(environment: Environment, name: str, languages: Languages) -> MessageTemplate:
    tags = {code: tag_of(code) for code in dict.fromkeys((SOURCE, *languages.codes, *WRITTEN))}
    # what operators are told is written in the languages of words alone: nobody gets it in one they do not read
    written = WRITTEN if set(languages.codes) <= set(WRITTEN) else (SOURCE,)
    spaced = {code: load_language(code).is_spaced for code in tags}

    def source(file: str) -> str:
        try:
            return environment.get_template(f"{name}/{file}").render(
                message=name, codes=languages.codes, tags=tags, spaced=spaced, written=written
            )
        except TemplateError as error:
            raise SettingsError(
                f"The mail template {name}/{file} cannot be read: {error}. Mend it and start again."
            ) from error

    html, html_fragments = cut_fragments(compile_mjml(source("body.mjml"), language=tags[languages.codes[0]]))
    text, text_fragments = cut_fragments(source("body.txt"))
    return MessageTemplate(
        subject=parse_slots(source("subject.txt").strip()),
        html=html,
        html_fragments=html_fragments,
        text=text,
        text_fragments=text_fragments,
    )


def compile_mjml(source: str, *, language: str) -> str:
    """Turn MJML into HTML that needs nothing from outside, with its style in attributes.

    A style element whose text begins with `/* inline` is moved into attributes; the others (dark mode, phones) stay.
    Raises SettingsError when the MJML cannot be read.
    """
    try:
        html = mjml2html(source, fonts={})  # a known font name would add a link to Google Fonts
    except ValueError as error:
        raise SettingsError(f"A mail template is not valid MJML: {error}. Mend it and start again.") from error
    inlined = Premailer(
        _STYLE.sub('<style data-premailer="ignore"', html),
        allow_network=False,  # the default fetches linked style sheets
        disable_validation=True,
        disable_basic_attributes=["align", "width", "height", "bgcolor"],
        disable_link_rewrites=True,
    ).transform()
    return _tidy(inlined, language)


def _tidy(html: str, language: str) -> str:
    """Undo what the tools do to the document, and leave out the bytes that nobody reads."""
    html = html[html.index("<html") :]
    html = re.sub(r' xmlns:[vo]="[^"]*"', "", html).replace(
        "<o:OfficeDocumentSettings>", f'<o:OfficeDocumentSettings xmlns:o="{_OFFICE}">'
    )
    html = html.replace("<body ", f'<body lang="{language}" dir="ltr" ', 1)
    html = _drop_classes(html).replace(' data-premailer="ignore"', "").replace(' type="text/css"', "")
    html = re.sub(r'style="([^"]*)"', _short_style, html)
    html = _DOCTYPE + "\n" + _INDENT.sub("\n", _BLOCK.sub("\n", html)).strip() + "\n"
    return html.replace("\n.", "\n .")  # a line that begins with a dot has every mail written anew for SMTP


def _drop_classes(html: str) -> str:
    """Keep the classes that the head's style names; the rest was only for inlining."""
    style = "\n".join(_HEAD_STYLE.findall(html))
    named = set(re.findall(r"\.([A-Za-z][\w-]*)", style))

    def kept(match: re.Match[str]) -> str:
        names = " ".join(name for name in match[1].split() if name in named)
        return f' class="{names}"' if names else ""

    return _CLASS.sub(kept, html)


def _short_style(match: re.Match[str]) -> str:
    short = re.sub(r"\s*([:;,])\s*", r"\1", match[1]).rstrip(";")
    return f'style="{short}"'
