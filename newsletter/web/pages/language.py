"""The visitor's choice of a language for this browser."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from newsletter.settings import is_loopback
from newsletter.web.forms import one_value
from newsletter.web.language import COOKIE, COOKIE_SECONDS, local_path
from newsletter.web.site import CurrentSite, SubmittedFields

router = APIRouter()


@router.post("/language")
def choose(site: CurrentSite, fields: SubmittedFields) -> RedirectResponse:
    """Remember the language in a cookie that says nothing else, and go back to where the visitor was."""
    answer = RedirectResponse(local_path(one_value(fields, "next")), status_code=303)
    code = one_value(fields, "to")
    if code in site.environments:
        answer.set_cookie(
            COOKIE,
            code,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=not is_loopback(site.runtime.settings.public_url),
        )
    return answer
