"""Readers in and out as CSV: an import shows line by line what it would do before it does it, all or nothing."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from newsletter.editions.enlist import ImportPlan, Outcome, PlannedLine
from newsletter.editions.roster import COLUMNS, MOST_LINES, NEEDED, read_roster
from newsletter.errors import ConflictError, InputError
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.web.admin.csrf import SubmittedUpload
from newsletter.web.admin.readers import read_search
from newsletter.web.admin.session import require
from newsletter.web.forms import FieldError, Fields, one_value
from newsletter.web.marks import Mark
from newsletter.web.security import MAX_BODY_BYTES
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Keeping = Annotated[SignedIn, Depends(require(Permission.READERS))]
Exporting = Annotated[SignedIn, Depends(require(Permission.EXPORT))]

SHOWN_LINES = 200
MOST_PROOF = 1000
MAX_FILE_BYTES = MAX_BODY_BYTES // 2  # the dry run's form brings the file back, perhaps with every character escaped
_MARKS = {
    Outcome.WRONG: Mark(shape="▲", words=Words("wrong", "有误"), is_bad=True),
    Outcome.ADDED: Mark(shape="●", words=Words("added", "将添加")),
    Outcome.LEFT_OUT: Mark(shape="–", words=Words("left out", "跳过")),
}
_CONSENTS = {
    "pending": Words(
        "Not asked yet: each gets the confirmation mail and is a reader once they agree",
        "尚未同意：每人会收到确认邮件，同意后成为读者",
    ),
    "confirmed": Words("They have agreed already", "已经同意"),
}


@router.get("/readers/import")
def show_import(operator: Keeping, site: CurrentSite) -> HTMLResponse:
    """Show what a file may hold, and the form."""
    return _show(site, operator)


@router.post("/readers/import", response_model=None)
def dry_run(operator: Keeping, site: CurrentSite, upload: SubmittedUpload) -> HTMLResponse:
    """Show what the import of a file would do, line by line; nobody is added."""
    fields, content = upload
    if content is None:
        chosen = Words("Choose a file first.", "请先选择文件。")
        return _show(site, operator, fields=fields, errors=[FieldError(field="file", words=chosen)])
    if len(content) > MAX_FILE_BYTES:
        large = Words(
            f"The file has more than {MAX_FILE_BYTES // 1024} KB; cut it in parts.",
            f"文件超过 {MAX_FILE_BYTES // 1024} KB，请拆分后导入。",
        )
        return _show(site, operator, fields=fields, errors=[FieldError(field="file", words=large)])
    return _show_plan(site, operator, fields, content)


@router.post("/readers/import/go", response_model=None)
def run_import(operator: Keeping, site: CurrentSite, upload: SubmittedUpload) -> HTMLResponse | RedirectResponse:
    """Add the readers as the dry run showed; a plan that has changed since is shown again instead."""
    fields, _ = upload
    content = one_value(fields, "content").encode()
    proof, errors = _read_proof(fields)
    if errors:
        return _show(site, operator, fields=fields, errors=errors)
    try:
        lines = read_roster(content)
        expected = one_value(fields, "plan")
        note = operator.note("import-readers", f"{len(lines)} lines", consent=_consent(fields), proof=proof)
        number = site.runtime.import_readers(lines, expected=expected, proof=proof, note=note)
    except (InputError, ConflictError):
        return _show_plan(site, operator, fields, content, has_changed=True)
    return RedirectResponse(f"/admin/readers?imported={number}", status_code=303)


@router.post("/readers/export")
def export(operator: Exporting, site: CurrentSite, fields: SubmittedFields) -> StreamingResponse:
    """Hand the readers of a search out as CSV; that somebody took them along is in the audit log."""
    words, consent = one_value(fields, "q"), one_value(fields, "consent")
    # a whole address is named as everywhere in the log: what was looked for may be somebody who is erased later
    searched = site.runtime.name_address(words) if "@" in words else words.strip()
    note = operator.note("export-readers", searched or "all readers", consent=consent)
    text = site.runtime.export_readers(read_search(words, consent), note=note)
    name = f"chenbao-readers-{site.runtime.clock().date()}.csv"
    return StreamingResponse(
        _with_mark(text),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _with_mark(parts: Iterator[str]) -> Iterator[bytes]:
    """Yield the text in UTF-8 behind a byte order mark, without which spreadsheets misread Chinese."""
    yield b"\xef\xbb\xbf"
    for part in parts:
        yield part.encode()


def _show_plan(
    site: Site, operator: SignedIn, fields: Fields, content: bytes, *, has_changed: bool = False
) -> HTMLResponse:
    _, errors = _read_proof(fields)
    try:
        plan = site.runtime.plan_import(read_roster(content))
    except InputError as error:
        errors = [*errors, FieldError(field="file", words=Words(str(error), f"无法导入此文件：{error}"))]
        plan = None
    if plan is None or errors:
        return _show(site, operator, fields=fields, errors=errors)
    return _show(site, operator, fields=fields, plan=plan, content=content.decode("utf-8-sig"), has_changed=has_changed)


def _show(
    site: Site,
    operator: SignedIn,
    *,
    fields: Fields | None = None,
    errors: Sequence[FieldError] = (),
    plan: ImportPlan | None = None,
    content: str = "",
    has_changed: bool = False,
) -> HTMLResponse:
    typed = fields or {}
    return site.page(
        "admin/import.html",
        status=422 if errors else 409 if has_changed else 200,
        operator=operator,
        errors=errors,
        consents=_CONSENTS,
        consent=_consent(typed),
        proof=one_value(typed, "proof"),
        most_proof=MOST_PROOF,
        columns=COLUMNS,
        needed=NEEDED,
        most_lines=MOST_LINES,
        most_kilobytes=MAX_FILE_BYTES // 1024,
        plan=plan,
        lines=_ordered(plan) if plan else [],
        shown_lines=SHOWN_LINES,
        counts={outcome: len(plan.of(outcome)) for outcome in Outcome} if plan else {},
        marks=_MARKS,
        outcomes=Outcome,
        content=content,
        has_changed=has_changed,
    )


def _ordered(plan: ImportPlan) -> list[PlannedLine]:
    """Return what is wrong first, then what is left out, then what is added."""
    order = (Outcome.WRONG, Outcome.LEFT_OUT, Outcome.ADDED)
    return [line for outcome in order for line in plan.of(outcome)]


def _consent(fields: Fields) -> str:
    chosen = one_value(fields, "consent")
    return chosen if chosen in _CONSENTS else "pending"


def _read_proof(fields: Fields) -> tuple[str, list[FieldError]]:
    """Return how the readers agreed, empty when they are to be asked, and what is wrong with it."""
    if _consent(fields) == "pending":
        return "", []
    proof = " ".join(one_value(fields, "proof").split())
    if not proof:
        missing = Words(
            "Say how and when they agreed; it is kept in the audit log.",
            "请写明他们何时、以何种方式同意；将记入操作日志。",
        )
        return proof, [FieldError(field="proof", words=missing)]
    if len(proof) > MOST_PROOF:
        long = Words(f"At most {MOST_PROOF} characters, please.", f"最多 {MOST_PROOF} 个字符。")
        return proof, [FieldError(field="proof", words=long)]
    return proof, []
