"""Readers in and out as CSV: an import shows line by line, on the page and as a file, what it would do before it does it."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from newsletter.editions.enlist import ImportPlan, Outcome, PlannedLine
from newsletter.editions.roster import COLUMNS, MOST_LINES, NEEDED, RosterLine, guard, read_roster
from newsletter.errors import ConflictError, InputError
from newsletter.operators.audit import Note
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.web.admin.csrf import SubmittedUpload
from newsletter.web.admin.readers import read_search
from newsletter.web.admin.session import require
from newsletter.web.forms import FieldError, Fields, one_value
from newsletter.web.marks import Mark
from newsletter.web.packing import pack, unpack
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Keeping = Annotated[SignedIn, Depends(require(Permission.READERS))]
Exporting = Annotated[SignedIn, Depends(require(Permission.EXPORT))]

SHOWN_LINES = 200
MOST_PROOF = 1000
MAX_FILE_BYTES = 8 * 1024 * 1024  # packed, as the dry run's form brings it back, even noise fits into MAX_UPLOAD_BYTES
_MARKS = {
    Outcome.WRONG: Mark(shape="▲", words=Words("wrong", "有误"), is_bad=True),
    Outcome.ADDED: Mark(shape="●", words=Words("added", "将添加")),
    Outcome.LEFT_OUT: Mark(shape="–", words=Words("left out", "跳过")),
}
_CHOOSE_AGAIN = FieldError(
    field="file", words=Words("The file did not come back whole; choose it again.", "文件未能完整传回，请重新选择。")
)
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
            f"The file has more than {MAX_FILE_BYTES // 1024**2} MB; cut it in parts.",
            f"文件超过 {MAX_FILE_BYTES // 1024**2} MB，请拆分后导入。",
        )
        return _show(site, operator, fields=fields, errors=[FieldError(field="file", words=large)])
    return _show_plan(site, operator, fields, content)


@router.post("/readers/import/go", response_model=None)
def run_import(operator: Keeping, site: CurrentSite, upload: SubmittedUpload) -> HTMLResponse | RedirectResponse:
    """Add the readers as the dry run showed; a plan that has changed since is shown again instead."""
    fields, _ = upload
    proof, errors = _read_proof(fields)
    content = _content(fields)
    if errors or content is None:
        return _show(site, operator, fields=fields, errors=errors or [_CHOOSE_AGAIN])

    def note(lines: Sequence[RosterLine]) -> Note:
        between = f"{lines[0].number}–{lines[-1].number}"
        consent = {"consent": _consent(fields), "proof": proof}
        return operator.note("import-readers", f"{len(lines)} readers", lines=between, **consent)

    try:
        lines = read_roster(content)
        number = site.runtime.import_readers(lines, expected=one_value(fields, "plan"), proof=proof, note=note)
    except (InputError, ConflictError):
        return _show_plan(site, operator, fields, content, has_changed=True)
    return RedirectResponse(f"/admin/readers?imported={number}", status_code=303)


@router.post("/readers/import/report", response_model=None)
def report(operator: Keeping, site: CurrentSite, upload: SubmittedUpload) -> HTMLResponse | StreamingResponse:
    """Hand the dry run out as CSV: every line of the file, what would become of it, and why."""
    fields, _ = upload
    content = _content(fields)
    if content is None:
        return _show(site, operator, fields=fields, errors=[_CHOOSE_AGAIN])
    plan = site.runtime.plan_import(read_roster(content))
    return StreamingResponse(
        _with_mark(_report_lines(plan, lambda words: getattr(words, site.language))),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="chenbao-import.csv"'},
    )


def _report_lines(plan: ImportPlan, say: Callable[[Words], str]) -> Iterator[str]:
    yield "line,email,outcome,why\r\n"
    for item in _ordered(plan):
        text = io.StringIO(newline="")
        cells = (str(item.line.number), item.line.email, say(_MARKS[item.outcome].words), say(item.why))
        csv.writer(text, lineterminator="\r\n").writerow([guard(cell) for cell in cells])
        yield text.getvalue()


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
    return _show(site, operator, fields=fields, plan=plan, content=pack(content), has_changed=has_changed)


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
        most_megabytes=MAX_FILE_BYTES // 1024**2,
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


def _content(fields: Fields) -> bytes | None:
    """Return the file that the dry run's page brought back; None for what it did not make."""
    try:
        return unpack(one_value(fields, "content"), most_bytes=MAX_FILE_BYTES)
    except InputError:
        return None


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
