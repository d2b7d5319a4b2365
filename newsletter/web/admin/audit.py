"""The audit log: who did what."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.operators.subjects import split_subjects
from newsletter.web.admin.session import require
from newsletter.web.admin.words import say_action, say_who
from newsletter.web.site import CurrentSite

router = APIRouter()
ENTRIES_A_PAGE = 50
Reading = Annotated[SignedIn, Depends(require(Permission.AUDIT))]


@router.get("/audit")
def show_audit(
    operator: Reading,
    site: CurrentSite,
    action: Annotated[str, Query(max_length=100)] = "",
    words: Annotated[str, Query(max_length=200)] = "",
    since: str = "",
    before: Annotated[int | None, Query(ge=1, le=2**31)] = None,
) -> HTMLResponse:
    """Show what was done, the newest first."""
    begin = _read_day(since)
    found = site.runtime.list_audit(
        since=begin, action=action, words=words.strip(), before=before, limit=ENTRIES_A_PAGE + 1
    )
    shown = found[:ENTRIES_A_PAGE]
    return site.page(
        "admin/audit.html",
        operator=operator,
        entries=shown,
        readers=site.runtime.name_readers(shown),
        split_subjects=split_subjects,
        earlier=found[ENTRIES_A_PAGE - 1].id if len(found) > ENTRIES_A_PAGE else None,
        actions=site.runtime.list_audited_actions(),
        say_action=say_action,
        say_who=say_who,
        chosen={"action": action, "words": words, "since": since if begin else ""},
        is_filtered=bool(action or words or begin or before),
    )


def _read_day(written: str) -> datetime | None:
    """Return the beginning of a day in UTC; None for what is no day, since the field offers only days."""
    try:
        return datetime.combine(date.fromisoformat(written), time(), tzinfo=UTC)
    except ValueError:
        return None
