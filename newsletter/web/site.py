"""What every page needs: the runtime, and the templates made into answers."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast

from babel.support import NullTranslations
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from newsletter.digests import dates
from newsletter.digests.wording import trending_count_line
from newsletter.languages import SOURCE
from newsletter.resources import templates_folder
from newsletter.runtime import Runtime
from newsletter.settings import is_loopback
from newsletter.translation.catalogue import list_page_catalogues, load_catalogue
from newsletter.translation.language import Language, load_language, tag_of
from newsletter.web.compiled import CompiledTemplates
from newsletter.web.forms import Fields
from newsletter.web.language import COOKIE, LANGUAGES, choose_language, list_offered
from newsletter.words import Words

MAX_FIELDS = 500
"""A hundred keywords, each with its box, and every category of an archive."""
PUBLIC = {"Cache-Control": "no-cache"}
"""For pages that are the same for everybody."""
_COMPILED = CompiledTemplates()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The running web as one request meets it: the runtime, and the templates of every language.

    `language` is the code of the one that is spoken, `is_chosen` whether the visitor asked for it in this browser; `address`
    is the path and query of the request.
    """

    runtime: Runtime
    environments: Mapping[str, Environment]
    language: str = LANGUAGES[0].code
    is_chosen: bool = False
    address: str = "/"

    @property
    def shows_inbox(self) -> bool:
        """Whether the embedded inbox may be read here: it holds everybody's mail, so only on this machine."""
        settings = self.runtime.settings
        return settings.uses_inbox and is_loopback(settings.public_url)

    def speaking(self, code: str) -> "Site":
        """Return the site in a reader's language, unless this browser's visitor chose another one."""
        return self if self.is_chosen or code not in self.environments else replace(self, language=code)

    def page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        """Return a page made from a template."""
        body = self.render(template, **context)
        answer = HTMLResponse(body, status_code=status, headers=dict(headers or {}))
        answer.headers.add_vary_header("Accept-Language")
        answer.headers.add_vary_header("Cookie")
        return answer

    def render(self, template: str, **context: Any) -> str:
        """Return the text made from a template, which may be a part of a page."""
        found = self.environments[self.language].get_template(template)
        return found.render(shows_inbox=self.shows_inbox, address=self.address, **context)

    def bad_link(self) -> HTMLResponse:
        """Return the one page for every signed link that is not valid, whatever is wrong with it."""
        return self.page("bad_link.html", status=404)


def build_site(runtime: Runtime) -> Site:
    """Load the templates; every value in them is escaped, and a missing one is an error."""
    folder = templates_folder()
    return Site(
        runtime=runtime,
        environments={
            language.code: _load_templates(folder, language, runtime) for language in list_offered(runtime.language)
        },
    )


def warm_templates(site: Site) -> None:
    """Load every page's template in every language, so that no visitor waits for one."""
    for environment in site.environments.values():
        for name in environment.list_templates(extensions=["html"]):
            environment.get_template(name)


def _load_templates(folder: Path, language: Language, runtime: Runtime) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder / "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_COMPILED,
    )
    catalogue = load_catalogue(list_page_catalogues(folder / "locales", language.code))
    # the extension adds its methods when it is loaded
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]

    @pass_context  # otherwise Jinja asks once, when it compiles the template, for all languages
    def name_language(_context: Context, code: str) -> str:
        return catalogue.gettext(load_language(code).short_name)

    environment.filters["language_name"] = name_language
    environment.globals |= {
        "language": language,
        "languages": list_offered(runtime.language),
        "say": lambda words: say(words, language.code, catalogue),
        "tag_of": tag_of,
        "choices": runtime.choices,
        "source": SOURCE,
        "target": runtime.language,
        "target_name": catalogue.gettext(load_language(runtime.language).short_name),
        "in_target": lambda text: load_language(runtime.language).script.search(text) is not None,
        "static": _addresses(folder / "web" / "static").__getitem__,
        "trending_count_line": trending_count_line,
        **{name: partial(write, code=language.code) for name, write in _DATES.items()},
    }
    return environment


def say(words: Words, code: str, catalogue: NullTranslations) -> str:
    """Return what is said in that language: its own words, or their English in its catalogue, else the English."""
    return words.get(code) or str(catalogue.gettext(words.en) if words.en else "")


def _addresses(folder: Path) -> dict[str, str]:
    """Return the address of each static file; it changes with the content, so browsers may keep it for ever."""
    return {
        path.name: f"/static/{path.name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
        for path in sorted(folder.iterdir())
    }


_DATES: Mapping[str, Callable[..., str]] = {
    "date_long": dates.long_date,
    "date_full": dates.full_date,
    "date_plain": dates.plain_date,
    "date_short": dates.short_date,
    "month_name": dates.month_name,
    "eastern_time": dates.eastern_minute,
    "local_time": dates.local_time,
    "local_second": dates.local_second,
}
"""What writes dates in the language of the page, by the name that templates use."""


def get_site(request: Request) -> Site:
    """Return the site that serves this request, in the language that it wants."""
    site = cast("Site", request.app.state.site)
    chosen = request.cookies.get(COOKIE, "")
    language = choose_language(chosen, request.headers.get("accept-language", ""), site.environments)
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return replace(site, language=language, is_chosen=chosen in site.environments, address=address)


async def read_fields(request: Request) -> Fields:
    """Return a submitted form's text fields, from either encoding; files are refused."""
    found: dict[str, list[str]] = defaultdict(list)
    async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
        for name, value in form.multi_items():
            if isinstance(value, str):
                found[name].append(value)
    return dict(found)


CurrentSite = Annotated[Site, Depends(get_site)]
SubmittedFields = Annotated[Fields, Depends(read_fields)]
