"""For operators: what became of a day's deliveries, who reads, and a day sent again."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from newsletter.api_tokens.token import Scope
from newsletter.db.engine import reading
from newsletter.deliveries.browse_store import list_of_edition
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.editions.resend.plan import ResendLine, ResendRequest, fingerprint
from newsletter.editions.resend.progress import ResendProgress
from newsletter.errors import ConflictError
from newsletter.runtime import Runtime
from newsletter.runtime.api import Caller
from newsletter.subscribers.browse_store import list_ids_after
from newsletter.subscribers.store import list_subscribers
from newsletter.subscribers.subscriber import Consent
from newsletter.web.api.access import allow, operator_of
from newsletter.web.api.answers import PRIVATE, Listing, address, next_page, read_position, reply, reply_page
from newsletter.web.api.fields import DEFAULT_LIMIT, Cursor, Day, DayInPath, Limit, Text
from newsletter.web.api.me_shapes import DeliveryItem, delivery_item
from newsletter.web.site import CurrentSite

router = APIRouter(prefix="/operator", tags=["operators"])

ReadingDeliveries = Annotated[Caller, Depends(allow(Scope.DELIVERIES_READ))]
ReadingReaders = Annotated[Caller, Depends(allow(Scope.READERS_READ))]
Resending = Annotated[Caller, Depends(allow(Scope.RESENDS_WRITE))]
MailKind = Annotated[Message, Query(description="Of which message; digests unless said.")]
_MOST_CHOSEN = 1000
_LARGEST_ID = 2**31 - 1


class OperatorDelivery(DeliveryItem):
    """A delivery, and whose it is."""

    reader_id: int


class DayDeliveries(Listing):
    """A day's deliveries, the latest of each reader; `states` counts all of them, whatever the filter."""

    states: dict[DeliveryState, int]
    items: list[OperatorDelivery]


class ReaderItem(BaseModel):
    """A reader."""

    id: int
    email: str
    name: str
    consent: Consent
    created_at: datetime
    confirmed_at: datetime | None
    keyword_count: int


class ReaderList(Listing):
    """Readers in the order they came."""

    items: list[ReaderItem]


class ResendWish(BaseModel):
    """Which mails to send again, and to whom: to all of the day's readers unless it is narrowed down."""

    model_config = ConfigDict(extra="forbid")

    day: Day
    message: Message = Message.DIGEST
    only_missing: bool = Field(default=False, description="Only those without an accepted delivery.")
    only_failed: bool = Field(default=False, description="Only those of them whose mail failed.")
    readers: list[Text] | None = Field(default=None, max_length=_MOST_CHOSEN, description="Only these addresses.")
    again: bool = Field(default=False, description="Also those who were sent the day again before.")
    recompose: bool = Field(default=False, description="Choose the papers anew, by today's keywords.")


class ResendOrder(ResendWish):
    """A resend as its plan promised."""

    fingerprint: Text = Field(max_length=64, description="From the plan: another outcome than that is refused (409).")


class PlanLine(BaseModel):
    """What a resend does for one reader, and why; `revision` is the new one, null when nothing is sent."""

    reader_id: int
    revision: int | None
    reason: str


class ResendPlan(BaseModel):
    """A dry run: who would get a mail, who would not, and why."""

    fingerprint: str
    planned_count: int
    lines: list[PlanLine]


class ResendItem(BaseModel):
    """A resend and how far it is."""

    id: int
    day: date
    requested_at: datetime
    requested_by: str
    planned_count: int
    open_count: int = Field(description="Mails that may still go out.")
    is_over: bool
    cancelled_at: datetime | None
    states: dict[DeliveryState, int]


@router.get("/editions/{day}/deliveries", response_model=DayDeliveries, summary="List a day's deliveries")
def list_day(
    request: Request,
    site: CurrentSite,
    caller: ReadingDeliveries,
    day: DayInPath,
    state: Annotated[DeliveryState | None, Query(description="Only those in this state.")] = None,
    message: MailKind = Message.DIGEST,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """What became of the mails of a day: how many are in each state, and one after the other."""
    operator_of(caller)
    states = site.runtime.count_states(day, message=message)
    filters = {"state": state and state.value, "message": message.value, "limit": limit}
    position = read_position(site, f"deliveries of {day}", filters, cursor)
    after = int(position[0]) if position else None
    with reading(site.runtime.database) as session:
        found = list_of_edition(session, day, message=message, state=state, after=after, limit=limit + 1)
    items = [OperatorDelivery(**delivery_item(one).model_dump(), reader_id=one.subscriber_id) for one in found[:limit]]
    further = [items[-1].id] if len(found) > limit else None
    path = f"/operator/editions/{day}/deliveries"
    body = DayDeliveries(
        items=items,
        states={DeliveryState(name): number for name, number in states.items()},
        next=next_page(site, path, f"deliveries of {day}", filters, further),
    )
    return reply_page(request, body, cache_control=PRIVATE)


@router.get("/readers", response_model=ReaderList, summary="List readers")
def list_readers(
    request: Request,
    site: CurrentSite,
    caller: ReadingReaders,
    consent: Annotated[Consent | None, Query(description="Only those who have given this consent.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Everybody who reads, or did so, in the order they came."""
    operator_of(caller)
    filters = {"consent": consent and consent.value, "limit": limit}
    position = read_position(site, "readers", filters, cursor)
    after = int(position[0]) if position else 0
    with reading(site.runtime.database) as session:
        ids = list_ids_after(session, after, consent=consent, limit=limit + 1)
        found = list_subscribers(session, ids=ids[:limit])
    items = [
        ReaderItem(
            id=reader.id,
            email=reader.email,
            name=reader.name,
            consent=reader.consent,
            created_at=reader.created_at,
            confirmed_at=reader.confirmed_at,
            keyword_count=len(reader.subscriptions),
        )
        for reader in found
    ]
    further = [ids[limit - 1]] if len(ids) > limit else None
    body = ReaderList(items=items, next=next_page(site, "/operator/readers", "readers", filters, further))
    return reply_page(request, body, cache_control=PRIVATE)


@router.post("/resends/plan", response_model=ResendPlan, summary="Plan a resend")
def plan(request: Request, site: CurrentSite, caller: Resending, wish: ResendWish) -> Response:
    """The dry run: nothing is stored. Its fingerprint starts what it promises, and nothing else."""
    operator_of(caller)
    lines = site.runtime.plan_resend(_request(site.runtime, wish))
    return reply(request, _plan(lines), cache_control=PRIVATE)


@router.post("/resends", response_model=ResendItem, status_code=202, summary="Start a resend")
def start(site: CurrentSite, caller: Resending, order: ResendOrder) -> Response:
    """Send a day again as its plan promised; 409 when things have changed since, or when nobody is to be sent anything."""
    operator = operator_of(caller)
    runtime = site.runtime
    requested = runtime.hand_over_resend(
        _request(runtime, order),
        by=f"{operator.email} by the API",
        expected=order.fingerprint,
        note=runtime.note_of(caller, "resend", str(order.day)),
    )
    if requested.has_changed:
        raise ConflictError("Things have changed since the plan: plan anew, and look at it again.")
    if requested.unfinished is not None:
        raise ConflictError(f"Resend {requested.unfinished} of these mails is still being queued; wait until it is.")
    if requested.resend_id is None:
        raise ConflictError("Nobody is to be sent anything: every reader has a reason in the plan.")
    item = _item(runtime.resend_progress(requested.resend_id))
    headers = {"Location": address(site, f"/operator/resends/{item.id}"), "Cache-Control": PRIVATE}
    return Response(item.model_dump_json(), status_code=202, media_type="application/json", headers=headers)


@router.get("/resends/{resend_id}", response_model=ResendItem, summary="Get a resend")
def get_resend(
    request: Request,
    site: CurrentSite,
    caller: Resending,
    resend_id: Annotated[int, Path(ge=1, le=_LARGEST_ID, description="Of the resend.")],
) -> Response:
    """How far a resend is."""
    operator_of(caller)
    return reply(request, _item(site.runtime.resend_progress(resend_id)), cache_control=PRIVATE)


def _request(runtime: Runtime, wish: ResendWish) -> ResendRequest:
    return runtime.resend_request(
        wish.day,
        to=wish.readers,
        only_missing=wish.only_missing,
        only_failed=wish.only_failed,
        again=wish.again,
        is_recomposed=wish.recompose,
        message=wish.message,
    )


def _plan(lines: list[ResendLine]) -> ResendPlan:
    return ResendPlan(
        fingerprint=fingerprint(lines),
        planned_count=sum(line.revision is not None for line in lines),
        lines=[PlanLine(reader_id=line.subscriber_id, revision=line.revision, reason=line.reason) for line in lines],
    )


def _item(progress: ResendProgress) -> ResendItem:
    resend = progress.resend
    return ResendItem(
        id=resend.id,
        day=resend.edition_on,
        requested_at=resend.requested_at,
        requested_by=resend.requested_by,
        planned_count=resend.planned_count,
        open_count=progress.open,
        is_over=progress.is_over,
        cancelled_at=resend.cancelled_at,
        states=dict(progress.states),
    )
