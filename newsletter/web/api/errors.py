"""Every error of the API as a problem document."""

import math
from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from newsletter.errors import ConflictError, InputError, NewsletterError, NotFoundError, QuerySyntaxError
from newsletter.web.api.cursors import CursorError
from newsletter.web.api.problems import Kind, Problem, answer_problem, kind_of
from newsletter.web.security import DEFAULT_HEADERS
from newsletter.web.site import get_site

_BROKEN_JSON = "json_invalid"

log = structlog.get_logger(__name__)


class ApiError(Exception):
    """A problem that a route has found."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers


def add_handlers(app: FastAPI) -> None:
    """Let an application answer every error with a problem document."""
    for kind in (HTTPException, RequestValidationError, NewsletterError, ApiError, OperationalError):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(Exception, _answer_failure)


def _answer(request: Request, error: Exception) -> Response:
    problem, headers = _problem(error)
    return answer_problem(problem, get_site(request).runtime.settings.public_url, headers)


def _problem(error: Exception) -> tuple[Problem, Mapping[str, str] | None]:
    match error:
        case ApiError():
            return error.problem, error.headers
        case RequestValidationError():
            return _invalid(error), None
        case HTTPException():
            kind = kind_of(error.status_code)
            return Problem(kind=kind, status=error.status_code, detail=kind.advice), error.headers
        case QuerySyntaxError():
            more = {"position": error.position, "suggestion": error.suggestion}
            return Problem(kind=Kind.BAD_QUERY, detail=str(error), more=more), None
        case CursorError():
            return Problem(kind=Kind.BAD_CURSOR, detail=str(error)), None
        case InputError():
            return Problem(kind=Kind.INVALID, detail=str(error)), None
        case NotFoundError():
            return Problem(kind=Kind.NOT_FOUND, detail=str(error)), None
        case ConflictError():
            return Problem(kind=Kind.CONFLICT, detail=str(error)), None
        case _:  # a database that cannot be reached, a service outside that failed
            log.warning("api_unavailable", problem=type(error).__name__)
            return Problem(kind=Kind.UNAVAILABLE, detail=Kind.UNAVAILABLE.advice), {"Retry-After": "60"}


def _invalid(error: RequestValidationError) -> Problem:
    """Say which values are wrong and why; what was sent is never sent back, since it need not be text at all."""
    found = error.errors()
    if any(one.get("type") == _BROKEN_JSON for one in found):
        return Problem(kind=Kind.BAD_REQUEST, detail="The body is no JSON.")
    errors = []
    for one in found:
        place, *path = one["loc"]
        where = "pointer" if place == "body" else "parameter"
        pointer = "".join(f"/{_token(part)}" for part in path)
        errors.append(
            {
                where: pointer if place == "body" else ".".join(map(str, path)),
                "detail": str(one["msg"]).removeprefix("Value error, "),
            }
        )
    return Problem(kind=Kind.INVALID, detail=Kind.INVALID.advice, errors=errors)


def _token(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")  # RFC 6901


def _answer_failure(request: Request, error: Exception) -> Response:
    """The request boundary's catch-all, outside the middleware; the server writes the traceback down."""
    route = getattr(request.scope.get("route"), "path", None)
    log.error("request_failed", route=route, method=request.method, problem=type(error).__name__)
    public_url = get_site(request).runtime.settings.public_url
    return answer_problem(Problem(kind=Kind.FAILURE, detail=Kind.FAILURE.advice), public_url, dict(DEFAULT_HEADERS))


def too_many(reset_seconds: float, headers: Mapping[str, str]) -> ApiError:
    """Return the error for who asks too often."""
    detail = f"Ask again in {math.ceil(reset_seconds)} seconds."
    return ApiError(Problem(kind=Kind.TOO_MANY_REQUESTS, detail=detail), headers)
