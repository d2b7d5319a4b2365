"""The web application: `uvicorn newsletter.web.app:create_app --factory`."""

from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from newsletter.collector import collect_seldom, spare_what_is_there
from newsletter.errors import InputError, NotFoundError
from newsletter.resources import templates_folder
from newsletter.runtime import Runtime, open_runtime
from newsletter.translation.keywords import warm_keywords
from newsletter.web.admin import pages as admin
from newsletter.web.admin.session import SignInNeededError, ask_to_sign_in
from newsletter.web.api.app import mount_api
from newsletter.web.feeds import pages as feeds
from newsletter.web.feeds.memory import FeedMemory
from newsletter.web.logs import configure_logging
from newsletter.web.metering import Metering, request_histogram
from newsletter.web.pages import (
    consent,
    day,
    digest,
    health,
    hooks,
    inbox,
    keywords,
    landing,
    language,
    link,
    manage,
    metrics,
    mine,
    paper,
    search,
    terms,
    tokens,
    trending,
)
from newsletter.web.security import DEFAULT_HEADERS, BodyLimit, SecureHeaders
from newsletter.web.site import Site, build_site, get_site, warm_templates
from newsletter.words import Words

GZIP_FROM_BYTES = 2048
GZIP_LEVEL = 4
"""The highest takes three times as long, for a twentieth less."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error page says: a heading and what to do."""

    heading: Words
    advice: Words


_PROBLEMS = {
    400: Problem(
        Words("This request cannot be read", "请求无法识别"),
        Words("Go back, check what you typed, and send it again.", "请返回检查所填内容后重新提交。"),
    ),
    403: Problem(
        Words("This is not yours to do", "没有权限"),
        Words(
            "Your role does not include it, or the page was open too long: go back, load it anew, and try again.",
            "您的角色无权进行此操作，或页面打开太久。请返回并刷新页面后重试。",
        ),
    ),
    404: Problem(
        Words("There is no such page", "没有这个页面"),
        Words(
            "The address may be incomplete or out of date. Today's papers are always on the front page.",
            "网址可能不完整或已失效。首页总有当日论文。",
        ),
    ),
    405: Problem(
        Words("This page does not work that way", "此页面不支持这种操作"),
        Words("Go back and use the buttons on the page.", "请返回并使用页面上的按钮。"),
    ),
    413: Problem(
        Words("That is too much at once", "内容过长"),
        Words("Shorten your keywords and send the form again.", "请精简关键词后重新提交。"),
    ),
    429: Problem(
        Words("Too many requests from here", "请求过于频繁"),
        Words(
            "A great deal was asked from your network lately. Nothing is lost; try again in a while.",
            "您所在的网络近期请求过多。设置没有丢失，请稍后再试。",
        ),
    ),
    500: Problem(
        Words("Something broke on our side", "服务器出错了"),
        Words(
            "It has been written down, and nothing of yours is lost. Try again in a minute.",
            "错误已记录，您的设置没有丢失。请稍后再试。",
        ),
    ),
}  # fmt: skip


class KeptForEver(StaticFiles):
    """Static files whose addresses change with their content."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def create_app(runtime: Runtime | None = None) -> FastAPI:
    """Return the application; without a runtime it opens its own from the environment. Raises SettingsError."""
    app = FastAPI(title="Chenbao", docs_url=None, redoc_url=None, openapi_url=None)
    is_own = runtime is None
    if runtime is None:
        runtime = open_runtime()
        configure_logging(runtime.settings.log_level)
    site = app.state.site = build_site(runtime)
    app.state.began_at, app.state.registry = runtime.clock(), CollectorRegistry()
    app.state.feeds = FeedMemory()
    for page in (
        landing,
        language,
        consent,
        link,
        manage,
        mine,
        terms,
        tokens,
        keywords,
        day,
        digest,
        paper,
        trending,
        search,
        inbox,
        admin,
        health,
        metrics,
        hooks,
        feeds,
    ):
        app.include_router(page.router)
    mount_api(app, site)
    app.mount("/static", KeptForEver(directory=templates_folder() / "web" / "static"), name="static")
    app.add_middleware(BodyLimit)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(SecureHeaders, is_encrypted=site.runtime.settings.public_url.startswith("https:"))
    app.add_middleware(Metering, histogram=request_histogram(app.state.registry))
    for kind in (HTTPException, RequestValidationError, InputError, NotFoundError):
        app.add_exception_handler(kind, _answer_problem)
    app.add_exception_handler(SignInNeededError, ask_to_sign_in)
    app.add_exception_handler(Exception, _answer_failure)
    if is_own:
        _warm(site)
    return app


def _warm(site: Site) -> None:
    """Make ready, before anybody asks, what the first to ask would wait for: it takes some two seconds."""
    warm_templates(site)
    warm_keywords()
    site.runtime.previews.warm()
    _ = site.runtime.renderer
    spare_what_is_there()
    collect_seldom()


def _answer_problem(request: Request, error: Exception) -> HTMLResponse:
    headers = None
    match error:
        case HTTPException():
            status, headers = error.status_code, error.headers
        case NotFoundError():
            status = 404
        case _:
            status = 400
    page = _problem_page(request, status)
    page.headers.update(headers or {})
    return page


def _answer_failure(request: Request, error: Exception) -> HTMLResponse:
    """The request boundary's catch-all. Starlette calls it outside the middleware, so it brings the headers itself.

    Afterwards the error goes on to the server, which writes the traceback down; with local variables it would hold tokens.
    """
    route = getattr(request.scope.get("route"), "path", None)  # the pattern, not the address
    log.error("request_failed", route=route, method=request.method, problem=type(error).__name__)
    page = _problem_page(request, 500)
    page.headers.update(DEFAULT_HEADERS)
    return page


def _problem_page(request: Request, status: int) -> HTMLResponse:
    problem = _PROBLEMS.get(status) or _PROBLEMS[400 if status < 500 else 500]
    return get_site(request).page("problem.html", status=status, problem=problem)
