"""What went wrong, as a document for programs (RFC 9457, application/problem+json)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from fastapi.responses import Response

MEDIA_TYPE = "application/problem+json"


class Kind(Enum):
    """The kinds of problem: the fragment of their `type`, their status and title, and what helps."""

    BAD_REQUEST = ("bad-request", 400, "The request cannot be read", "It is no valid HTTP or JSON.")
    BAD_QUERY = (
        "bad-query",
        400,
        "The query cannot be read",
        "`position` is the 0-based character at which reading failed, `suggestion` a mended query where there is one.",
    )
    BAD_CURSOR = (
        "bad-cursor",
        400,
        "The cursor is not one of ours",
        "Follow the `next` link as it is; a cursor belongs to the list, and the filters, that it came with.",
    )
    UNAUTHORIZED = (
        "unauthorized",
        401,
        "A valid token is needed",
        "Send `Authorization: Bearer chenbao_…` with a token that is neither withdrawn nor over.",
    )
    FORBIDDEN = (
        "forbidden",
        403,
        "The token may not do this",
        "`scope` names what is missing; make a token that has it.",
    )
    NOT_FOUND = ("not-found", 404, "There is no such thing", "The address is wrong, or what it names is not stored.")
    METHOD_NOT_ALLOWED = (
        "method-not-allowed",
        405,
        "This does not work that way",
        "`Allow` lists the methods of this address.",
    )
    CONFLICT = (
        "conflict",
        409,
        "Things have changed meanwhile",
        "Read again how it stands now, and decide anew.",
    )
    TOO_LARGE = ("too-large", 413, "The request is too large", "A body has at most 512 KB.")
    INVALID = (
        "invalid",
        422,
        "Some values cannot be used",
        "`errors` says which: a `pointer` into the body, or a `parameter` of the address, and what is wrong with it.",
    )
    TOO_MANY_REQUESTS = (
        "too-many-requests",
        429,
        "Too many requests",
        "Wait as many seconds as `Retry-After` says. With a token the limit is higher.",
    )
    FAILURE = (
        "failure",
        500,
        "Something broke on our side",
        "It has been written down. Nothing was changed by half; try again in a minute.",
    )
    UNAVAILABLE = ("unavailable", 503, "The service cannot answer now", "Try again in a minute.")

    def __init__(self, slug: str, status: int, title: str, advice: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title
        self.advice = advice


_BY_STATUS = {kind.status: kind for kind in Kind if kind not in (Kind.BAD_QUERY, Kind.BAD_CURSOR)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that went wrong: its kind, what happened this time, the wrong values, and what else belongs to its kind."""

    kind: Kind
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    status: int = 0

    @property
    def code(self) -> int:
        return self.status or self.kind.status


def kind_of(status: int) -> Kind:
    """Return the kind that a bare HTTP status stands for."""
    return _BY_STATUS.get(status) or (Kind.BAD_REQUEST if status < Kind.FAILURE.status else Kind.FAILURE)


def answer_problem(problem: Problem, public_url: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the document; its `type` leads to the words about that kind on the page of the API."""
    body: dict[str, Any] = {
        "type": f"{public_url}/api/v1#{problem.kind.slug}",
        "title": problem.kind.title,
        "status": problem.code,
        "detail": problem.detail,
        **problem.more,
    }
    if problem.errors:
        body["errors"] = list(problem.errors)
    # half of a surrogate pair can come in as JSON, and goes out as the escape that it came as
    text = json.dumps(body, ensure_ascii=True)
    return Response(
        text, status_code=problem.code, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", **(headers or {})}
    )
