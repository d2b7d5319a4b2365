"""Where programs hand in reports about our mails. Every answer is JSON, for programs, and says whether to try again."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from newsletter.errors import InputError
from newsletter.mail.intake.incoming import Incoming, Source, open_mail
from newsletter.mail.intake.notification import open_notification
from newsletter.web.signed import is_signed
from newsletter.web.site import CurrentSite

router = APIRouter()

TIMESTAMP = "Chenbao-Timestamp"
SIGNATURE = "Chenbao-Signature"
_JSON = ("application/json", "text/plain")  # SNS calls its JSON plain text
_RETRY_SECONDS = 60


@router.post("/hooks/bounces")
async def receive_report(request: Request, site: CurrentSite) -> Response:
    """Keep a signed report: a mail (message/rfc822) or a notification of SES or SNS (JSON)."""
    secret = site.runtime.settings.bounce_webhook_secret
    if not secret:
        raise HTTPException(404)
    body = await request.body()
    timestamp, signature = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
    if not is_signed(secret, timestamp, signature, body, now=site.runtime.clock()):
        return _refuse(401, f"{TIMESTAMP} and {SIGNATURE} do not belong to this body, or are older than five minutes.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "message/rfc822" and kind not in _JSON:
        return _refuse(415, "Send message/rfc822 or application/json.")
    try:
        incoming = await run_in_threadpool(_open, kind, body)
        heard = await run_in_threadpool(site.runtime.hear, incoming)
    except InputError as error:
        return _refuse(400, str(error))
    except SQLAlchemyError:
        return _refuse(503, "It was not recorded; send it again.", headers={"Retry-After": str(_RETRY_SECONDS)})
    return JSONResponse({"recorded": len(heard)})


def _open(kind: str, body: bytes) -> Incoming:
    return open_notification(body) if kind in _JSON else open_mail(body, Source.WEBHOOK)


def _refuse(status: int, problem: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"problem": problem}, status_code=status, headers=headers)
