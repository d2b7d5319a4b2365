"""What every page needs: the runtime, and the templates made into answers."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from newsletter.digests import dates
from newsletter.digests.wording import trending_count_line
from newsletter.papers.calendar import eastern
from newsletter.queries.words import has_han
from newsletter.resources import templates_folder
from newsletter.runtime import Runtime
from newsletter.settings import is_loopback
from newsletter.web.forms import Fields

MAX_FIELDS = 100
PUBLIC = {"Cache-Control": "no-cache"}
"""For pages that are the same for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The running web: one a process."""

    runtime: Runtime
    environment: Environment

    @property
    def shows_inbox(self) -> bool:
        """Whether the embedded inbox may be read here: it holds everybody's mail, so only on this machine."""
        settings = self.runtime.settings
        return settings.uses_inbox and is_loopback(settings.public_url)

    def page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        """Return a page made from a template."""
        body = self.environment.get_template(template).render(shows_inbox=self.shows_inbox, **context)
        return HTMLResponse(body, status_code=status, headers=dict(headers or {}))

    def bad_link(self) -> HTMLResponse:
        """Return the one page for every signed link that is not valid, whatever is wrong with it."""
        return self.page("bad_link.html", status=404)


def build_site(runtime: Runtime) -> Site:
    """Load the templates; every value in them is escaped, and a missing one is an error."""
    folder = templates_folder() / "web"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sheet = (folder / "static" / "chenbao.css").read_bytes()
    environment.globals |= {
        # its address changes with its content, so browsers may keep it for ever
        "stylesheet": f"/static/chenbao.css?v={hashlib.sha256(sheet).hexdigest()[:8]}",
        "long_date": dates.long_date,
        "long_date_zh": dates.long_date_zh,
        "short_date": dates.short_date,
        "short_date_zh": dates.short_date_zh,
        "month_name": dates.month_name,
        "has_han": has_han,
        "announced_line": dates.announced_line,
        "announced_line_zh": dates.announced_line_zh,
        "eastern_time": eastern_time,
        "local_second": dates.local_second,
        "trending_count_line": trending_count_line,
    }
    return Site(runtime=runtime, environment=environment)


def eastern_time(instant: datetime) -> str:
    """Thu 19 Mar 20:00 Eastern: for pages that do not know the reader's zone."""
    local = eastern(instant)
    return f"{dates.short_date(local.date())} {local:%H:%M} Eastern"


def get_site(request: Request) -> Site:
    """Return the site that serves this request."""
    return cast("Site", request.app.state.site)


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
