"""A reader's tokens for programs: made, shown once, listed and withdrawn by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.api_tokens.store import LONGEST_NAME
from newsletter.api_tokens.token import DEFAULT_DAYS, ApiToken, Scope
from newsletter.db.engine import reading
from newsletter.digests.prose import clean
from newsletter.errors import ConflictError
from newsletter.runtime.api import MOST_TOKENS
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.forms import FieldError, Fields, one_value
from newsletter.web.links import find_reader, speaking_to
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

SCOPES = {
    Scope.PAPERS_READ: Words("read papers and search, 600 requests a minute", "读取论文与搜索，每分钟 600 次"),
    Scope.ME_READ: Words("read my choices, digests and mails", "读取我的设置、日报与邮件记录"),
    Scope.ME_WRITE: Words("change my keywords and choices", "修改我的关键词与设置"),
}
"""What a reader's token may do, in words."""
DAYS = {
    30: Words("30 days", "30 天"),
    90: Words("90 days", "90 天"),
    DEFAULT_DAYS: Words("a year", "一年"),
}
SHOWN_PAST = 20

router = APIRouter(prefix="/manage/{token}/tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenForm:
    """What was asked for: a name, what the token may do, and for how many days."""

    name: str = ""
    scopes: Sequence[str] = (Scope.PAPERS_READ, Scope.ME_READ)
    days: int = DEFAULT_DAYS
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownToken:
    """A token as its owner sees it: never its secret; the days are the reader's own."""

    prefix: str
    name: str
    scopes: Sequence[Words]
    made_on: date
    ends_on: date | None
    used_on: date | None
    is_withdrawn: bool


@router.get("")
def show_tokens(token: str, site: CurrentSite, *, withdrawn: bool = False) -> HTMLResponse:
    """List the reader's tokens, and show the form for another."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    return _page(speaking_to(site, reader), token, reader, TokenForm(), has_withdrawn=withdrawn)


@router.post("")
def make_token(token: str, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse:
    """Make a token and show it, this once: only a hash of it is kept."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    own, form, written = speaking_to(site, reader), read_token_form(fields), ""
    if not form.errors:
        try:
            written, _ = own.runtime.create_own_token(reader, form.scopes, days=form.days, name=form.name)
        except ConflictError:
            form = TokenForm(name=form.name, scopes=form.scopes, days=form.days, errors=(TOO_MANY,))
    if form.errors:
        return _page(own, token, reader, form, status=422)
    return _page(own, token, reader, TokenForm(), written=written)


@router.post("/withdraw", response_model=None)
def withdraw_token(token: str, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Withdraw one of the reader's own tokens; raises InputError, and NotFoundError also for somebody else's."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    site.runtime.revoke_own_token(reader, one_value(fields, "prefix"))
    return RedirectResponse(f"/manage/{token}/tokens?withdrawn=true", status_code=303)


TOO_MANY = FieldError(
    field="name",
    words=Words(
        f"{MOST_TOKENS} tokens are enough for a reader. Withdraw one that you do not need; tomorrow there is room again.",
        f"每位读者最多 {MOST_TOKENS} 个令牌。请先撤销不用的，明天即可新建。",
    ),
)


def read_token_form(fields: Fields) -> TokenForm:
    """Read the form; what it does not offer is not taken."""
    name, errors = clean(one_value(fields, "name")), []
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        words = Words(
            f"Give it a name of at most {LONGEST_NAME} characters, so that you know it again.",
            f"请取一个便于辨认的名称，不超过 {LONGEST_NAME} 个字符。",
        )
        errors.append(FieldError(field="name", words=words))
    scopes = [scope for scope in SCOPES if scope in fields.get("scopes", ())]
    if not scopes:
        words = Words("Choose at least one thing that it may do.", "请至少选择一项权限。")
        errors.append(FieldError(field="scopes", words=words))
    days = next((days for days in DAYS if str(days) == one_value(fields, "days")), DEFAULT_DAYS)
    return TokenForm(name=name, scopes=scopes, days=days, errors=tuple(errors))


def _find(site: Site, token: str) -> Subscriber | None:
    with reading(site.runtime.database) as session:
        return find_reader(session, site.runtime.tokens, "manage", token)


def _page(
    site: Site,
    token: str,
    reader: Subscriber,
    form: TokenForm,
    *,
    status: int = 200,
    written: str = "",
    has_withdrawn: bool = False,
) -> HTMLResponse:
    now, found = site.runtime.clock(), site.runtime.list_own_tokens(reader)
    good = [_shown(item, reader) for item in found if item.is_good(now)]
    past = [_shown(item, reader) for item in found if not item.is_good(now)]
    return site.page(
        "readers/tokens.html",
        status=status,
        token=token,
        reader=reader,
        form=form,
        scopes=SCOPES,
        days=DAYS,
        good=good,
        past=past[:SHOWN_PAST],
        written=written,
        has_withdrawn=has_withdrawn,
        longest_name=LONGEST_NAME,
        api=f"{site.runtime.settings.public_url}/api/v1",
    )


def _shown(item: ApiToken, reader: Subscriber) -> ShownToken:
    def day(instant: datetime | None) -> date | None:
        return instant and instant.astimezone(reader.preferences.zone).date()

    return ShownToken(
        prefix=item.prefix,
        name=item.name,
        scopes=[words for scope, words in SCOPES.items() if scope in item.scopes],
        made_on=item.created_at.astimezone(reader.preferences.zone).date(),
        ends_on=day(item.expires_at),
        used_on=day(item.last_used_at),
        is_withdrawn=item.revoked_at is not None,
    )
