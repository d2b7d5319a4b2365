"""The page of the API: what there is, for people."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from newsletter.web.api.problems import Kind
from newsletter.web.api.schema import TAGS
from newsletter.web.site import PUBLIC, CurrentSite

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that the API does."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[dict[str, Any], ...]


@router.api_route("/api/v1", methods=["GET", "HEAD"])
@router.api_route("/api/v1/", methods=["GET", "HEAD"], include_in_schema=False)
def show_docs(request: Request, site: CurrentSite) -> HTMLResponse:
    """Show every resource with its parameters, and every kind of problem."""
    api: FastAPI = request.app.state.api
    groups = [(tag["name"], tag["description"], _operations(api.openapi(), tag["name"])) for tag in TAGS]
    return site.page(
        "api/docs.html",
        headers=PUBLIC,
        groups=groups,
        problems=list(Kind),
        origin=site.runtime.settings.public_url,
        coded=coded,
    )


def coded(text: str) -> Markup:
    """Return a text escaped, with what stands in backquotes as code."""
    parts = [
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


def _operations(document: dict[str, Any], tag: str) -> list[Operation]:
    return [
        Operation(
            method=method.upper(),
            path=f"/api/v1{path}",
            summary=operation["summary"],
            description=operation["description"],
            parameters=tuple(operation.get("parameters", ())),
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if tag in operation["tags"]
    ]
