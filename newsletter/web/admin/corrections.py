"""Corrections as a file that translators' tools read: taken along, and brought in."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from newsletter.errors import InputError
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.runtime.exchange import TakenIn
from newsletter.web.admin.csrf import SubmittedUpload
from newsletter.web.admin.session import Looking, require
from newsletter.web.forms import FieldError, one_value
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Translating = Annotated[SignedIn, Depends(require(Permission.TRANSLATIONS))]

TMX = "application/x-tmx+xml; charset=utf-8"


@router.get("/translations/corrections")
def show_corrections(operator: Looking, site: CurrentSite) -> HTMLResponse:
    """Show how many corrections there are, and the forms."""
    return _page(site, operator)


@router.post("/translations/corrections/export")
def export(operator: Translating, site: CurrentSite, fields: SubmittedFields) -> StreamingResponse:
    """Hand out people's corrections, or all translations, as TMX; that somebody took them along is in the audit log."""
    is_all = one_value(fields, "all") == "yes"
    note = operator.note("export-translations", "all" if is_all else "corrections")
    name = f"chenbao-{'translations' if is_all else 'corrections'}-{site.runtime.clock().date()}.tmx"
    return StreamingResponse(
        site.runtime.export_tmx(is_all=is_all, note=note),
        media_type=TMX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.post("/translations/corrections/import", response_model=None)
def import_file(operator: Translating, site: CurrentSite, upload: SubmittedUpload) -> HTMLResponse | RedirectResponse:
    """Let people's words in a TMX file stand from now on."""
    _, content = upload
    if not content:
        return _page(site, operator, wrong=Words("Choose a file first.", "请先选择文件。"))
    try:
        taken = site.runtime.import_tmx(content, by=operator.email, note=operator.note("import-translations"))
    except InputError:
        return _page(
            site, operator, wrong=Words("This is no TMX file; nothing was changed.", "这不是 TMX 文件，未作任何更改。")
        )
    return _page(site, operator, taken=taken)


def _page(site: Site, operator: SignedIn, *, wrong: Words | None = None, taken: TakenIn | None = None) -> HTMLResponse:
    return site.page(
        "admin/corrections.html",
        status=422 if wrong else 200,
        operator=operator,
        count=site.runtime.count_corrections(),
        errors=[FieldError(field="file", words=wrong)] if wrong else [],
        taken=taken,
    )
