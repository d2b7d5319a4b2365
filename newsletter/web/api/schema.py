"""The API's OpenAPI document: what FastAPI derives, with our problems instead of its own errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from newsletter.web.api.problems import MEDIA_TYPE, Kind

DESCRIPTION = """\
Read what arXiv announced and what the newsletter made of it, and keep your own subscriptions, from a program.

**Tokens.** What everybody may read needs none. Everything else takes `Authorization: Bearer chenbao_…`; a token has scopes,
an end, and never does more than its owner may.

**Limits.** 60 requests a minute for a network address without a token, 600 for a token. `RateLimit` says what is left,
`RateLimit-Policy` what is allowed; over it the answer is 429 with `Retry-After`.

**Lists** come in pages: follow `next`, or the `Link` header with `rel="next"`, until there is none. Cursors are opaque.

**Caching.** Answers have an `ETag`; send it back as `If-None-Match` and get 304 while nothing changed.

**Errors** are `application/problem+json` (RFC 9457).

Times are UTC, days are listing dates. Texts are readable Unicode; `*_zh` is Chinese, null where there is no translation.
"""

TAGS = [
    {"name": "editions", "description": "The days of the newsletter, and how whole their lists are."},
    {"name": "papers", "description": "Papers: of a day, of a category, of a query; one with all that is known of it."},
    {"name": "trending", "description": "What Hugging Face's readers voted for, day by day."},
    {"name": "me", "description": "A reader's own things. Scopes `me:read` and `me:write`."},
    {
        "name": "operators",
        "description": "For who runs the service. Scopes `deliveries:read`, `readers:read` and `resends:write`.",
    },
]

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "Names the kind of problem, and leads to its words.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What happened this time."},
        "errors": {
            "type": "array",
            "description": "The values that cannot be used.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Into the body (RFC 6901)."},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "position": {"type": "integer", "description": "Of a query: the 0-based character at which reading failed."},
        "suggestion": {"type": ["string", "null"], "description": "Of a query: a mended one."},
        "scope": {"type": "string", "description": "The scope that is missing."},
    },
}
_EVERYWHERE = (
    Kind.BAD_REQUEST,
    Kind.UNAUTHORIZED,
    Kind.FORBIDDEN,
    Kind.NOT_FOUND,
    Kind.INVALID,
    Kind.TOO_MANY_REQUESTS,
)
_RATE_HEADERS = {
    name: {"description": said, "schema": {"type": "string"}}
    for name, said in (
        ("RateLimit-Policy", "What is allowed: quota `q` in a window of `w` seconds."),
        ("RateLimit", "What remains (`r`), and after how many seconds there is more (`t`)."),
    )
}
_PUBLIC = ("editions", "papers", "trending")


def describe(api: FastAPI) -> None:
    """Let an application describe itself with our problems, headers and conditional answers."""

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            found = get_openapi(
                title=api.title,
                version=api.version,
                openapi_version="3.1.0",
                description=api.description,
                routes=api.routes,
                tags=api.openapi_tags,
                servers=api.servers,
            )
            for path in found["paths"].values():
                for method, operation in path.items():
                    _complete(operation, method)
            schemas = found["components"]["schemas"]
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas["Problem"] = _PROBLEM
            api.openapi_schema = found
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _complete(operation: dict[str, Any], method: str) -> None:
    responses: dict[str, Any] = operation["responses"]
    for answer in responses.values():
        answer.setdefault("headers", {}).update(_RATE_HEADERS)
    if method == "get":
        responses["304"] = {"description": "The client has it already.", "headers": dict(_RATE_HEADERS)}
    kinds = [*_EVERYWHERE, *([] if method == "get" else [Kind.CONFLICT, Kind.TOO_LARGE])]
    for kind in kinds:
        responses[str(kind.status)] = {
            "description": kind.title,
            "headers": dict(_RATE_HEADERS),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if set(operation["tags"]) & set(_PUBLIC):
        operation["security"] = [{}, {"token": []}]
