"""The API as an application of its own within the site: its own errors, its own document, one version."""

import re

from fastapi import FastAPI
from starlette.routing import Mount

from newsletter.embedded.broker import broker_url
from newsletter.web.api import docs, editions, me, operate, papers
from newsletter.web.api.access import RateHeaders
from newsletter.web.api.errors import add_handlers
from newsletter.web.api.schema import DESCRIPTION, TAGS, describe
from newsletter.web.limits import Limiter
from newsletter.web.site import Site

VERSION = "1.0.0"


def mount_api(app: FastAPI, site: Site) -> None:
    """Serve the API under /api/v1, and problems for every other address under /api."""
    app.include_router(docs.router)
    api = app.state.api = create_api(site)
    app.state.limiter = api.state.limiter
    app.router.routes.append(_Mount("/api/v1", api))
    nothing = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    nothing.state.site = site
    add_handlers(nothing)
    app.router.routes.append(_Mount("/api", nothing))


def create_api(site: Site) -> FastAPI:
    """Return the API as an application."""
    api = FastAPI(
        title="Chenbao API",
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        openapi_tags=TAGS,
        root_path_in_servers=False,
        servers=[{"url": f"{site.runtime.settings.public_url}/api/v1"}],
    )
    settings = site.runtime.settings
    api.state.site = site
    api.state.limiter = Limiter(broker_url(settings), settings.secret_key)
    for part in (editions, papers, me, operate):
        api.include_router(part.router)
    api.add_middleware(RateHeaders)
    add_handlers(api)
    describe(api)
    return api


class _Mount(Mount):
    """A mount that takes every address below it: Starlette's own leaves out those with a line break in them."""

    def __init__(self, path: str, app: FastAPI) -> None:
        super().__init__(path, app=app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)
