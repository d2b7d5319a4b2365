"""Translations: look at a day's, find one, correct it for ever, have it made anew, and see what engines were asked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.errors import ConflictError, InputError, NotFoundError, QuerySyntaxError
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.papers.paper import Paper, parse_arxiv_id
from newsletter.runtime.translations import PAPERS_AT_ONCE, TextPart, TranslatedPaper
from newsletter.translation.finding import GOOD_ENOUGH
from newsletter.translation.origin import name_engine
from newsletter.web.admin.findings import list_remarks
from newsletter.web.admin.session import Looking, require
from newsletter.web.forms import FieldError, one_value
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Translating = Annotated[SignedIn, Depends(require(Permission.TRANSLATIONS))]

PAPERS_A_PAGE = 25
MOST_TEXT = 20_000
MOST_FOUND = 100
_ONLY = {
    "": Words("all", "全部"),
    "missing": Words("without a translation", "缺译文"),
    "doubtful": Words("doubtful", "存疑"),
    "corrected": Words("corrected by a person", "人工校订"),
}
PARTS = {TextPart.TITLE: Words("Title", "标题"), TextPart.ABSTRACT: Words("Abstract", "摘要")}
_DONE = {
    "corrected": Words("Kept. Readers see your words from now on.", "已保存，读者即刻看到您的译文。"),
    "withdrawn": Words("The correction is gone; the engine's words count again.", "已撤回校订，恢复为机器译文。"),
    "again": Words("The engine has translated it anew.", "已重新翻译。"),
    "failed": Words(
        "The engine did not answer as it should; what was there before is still there.",
        "翻译引擎未能正常答复，原有译文保持不变。",
    ),
    "no-engine": Words("No translation engine is set.", "未设置翻译引擎。"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A day's papers, those that were asked for, and how many of each sort there are."""

    on: date | None
    found: Sequence[TranslatedPaper]
    counts: Counter[str]
    total: int


@router.get("/translations")
def show_translations(
    operator: Looking,
    site: CurrentSite,
    day: Annotated[str, Query(max_length=10)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    only: str = "",
    everywhere: str = "",
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    done: str = "",
    touched: int = 0,
    mended: int = 0,
    left: int = 0,
) -> HTMLResponse:
    """Show a day's papers with their translations, what is found among all days, or the paper whose identifier is typed."""
    chosen = only if only in _ONLY else ""
    is_everywhere = bool(everywhere and q.strip())
    shelf = _search(site, q.strip(), chosen) if is_everywhere else _fill(site, day, q.strip(), chosen)
    pages = max(-(-len(shelf.found) // PAPERS_A_PAGE), 1)
    page = min(page, pages)
    return site.page(
        "admin/translations.html",
        operator=operator,
        shelf=shelf,
        papers=shelf.found[(page - 1) * PAPERS_A_PAGE : page * PAPERS_A_PAGE],
        page=page,
        pages=pages,
        query=q.strip(),
        only=chosen,
        is_everywhere=is_everywhere,
        filters=_ONLY,
        name_engine=name_engine,
        has_engine=bool(site.runtime.desk.translators),
        at_once=PAPERS_AT_ONCE,
        problems=[run for run in site.runtime.list_translation_runs() if run.problem][:-6:-1],
        done=_say_renewed(touched, mended, left) if done == "renewed" else _DONE.get(done),
    )


@router.get("/translations/paper/{arxiv_id:path}")
def show_paper(operator: Looking, site: CurrentSite, arxiv_id: str, done: str = "") -> HTMLResponse:
    """Show one paper's texts beside all their translations."""
    return _show(site, operator, _find(site, arxiv_id), done=done)


@router.post("/translations/correct", response_model=None)
def correct(operator: Translating, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Let a person's words stand for a text."""
    found, part = _find(site, one_value(fields, "paper")), _read_part(one_value(fields, "part"))
    text = one_value(fields, "text")
    if len(text) > MOST_TEXT:
        long = Words(f"At most {MOST_TEXT:,} characters, please.", f"最多 {MOST_TEXT:,} 个字符。")
        return _show(site, operator, found, typed={part: text}, errors=[FieldError(field=part, words=long)])
    note = operator.note("correct-translation", found.paper.arxiv_id, part=part.value)
    try:
        site.runtime.correct_translation(found.paper, part, text, by=operator.email, note=note)
    except InputError:
        empty = Words(
            "Write the translation; it is empty, or the same as the original.", "请填写译文；目前为空，或与原文相同。"
        )
        return _show(site, operator, found, typed={part: text}, errors=[FieldError(field=part, words=empty)])
    return _return(found.paper.arxiv_id, "corrected")


@router.post("/translations/withdraw")
def withdraw(operator: Translating, site: CurrentSite, fields: SubmittedFields) -> RedirectResponse:
    """Take a correction back."""
    found, part = _find(site, one_value(fields, "paper")), _read_part(one_value(fields, "part"))
    note = operator.note("withdraw-correction", found.paper.arxiv_id, part=part.value)
    is_gone = site.runtime.withdraw_correction(found.paper, part, note=note)
    return _return(found.paper.arxiv_id, "withdrawn" if is_gone else "")


@router.post("/translations/again")
def translate_again(operator: Translating, site: CurrentSite, fields: SubmittedFields) -> RedirectResponse:
    """Ask the engine for one paper once more."""
    found = _find(site, one_value(fields, "paper"))
    note = operator.note("retranslate", found.paper.arxiv_id)
    try:
        report = site.runtime.translate_again([found.paper], is_again=True, note=note)
    except ConflictError:
        return _return(found.paper.arxiv_id, "no-engine")
    return _return(found.paper.arxiv_id, "failed" if report.failed else "again")


@router.post("/translations/missing")
def translate_missing(operator: Translating, site: CurrentSite, fields: SubmittedFields) -> RedirectResponse:
    """Ask the engine for what a day lacks, some papers at a time."""
    shelf = _fill(site, one_value(fields, "day"), "", "missing")
    here = f"/admin/translations?day={shelf.on or ''}&only=missing"
    papers = [item.paper for item in shelf.found[:PAPERS_AT_ONCE]]
    if not papers:
        return RedirectResponse(here, status_code=303)
    note = operator.note("retranslate", str(shelf.on), papers=len(papers))
    try:
        report = site.runtime.translate_again(papers, is_again=False, note=note)
    except ConflictError:
        return RedirectResponse(f"{here}&done=no-engine", status_code=303)
    return RedirectResponse(f"{here}&done={'failed' if report.failed else 'again'}", status_code=303)


@router.post("/translations/renew")
def renew(operator: Translating, site: CurrentSite, fields: SubmittedFields) -> RedirectResponse:
    """Bring the terms of today into a day's translations; the engine is asked for some texts at most."""
    on = _read_day(one_value(fields, "day"))
    if on is None:
        raise HTTPException(404)
    found = site.runtime.renew_translations(on, is_quick=True, note=operator.note("renew-translations", str(on)))
    done = {"touched": found.touched, "mended": found.mended, "left": found.left}
    return RedirectResponse(f"/admin/translations?{urlencode({'day': on, 'done': 'renewed', **done})}", status_code=303)


def _say_renewed(touched: int, mended: int, left: int) -> Words:
    anew = touched - mended - left
    return Words(
        f"Texts with changed terms: {touched:,}. Mended: {mended:,}. Translated anew: {anew:,}. Left as they are: {left:,}.",
        f"术语有变的文本 {touched:,} 条：修正 {mended:,} 条，重译 {anew:,} 条，保持原样 {left:,} 条。",
    )


def _fill(site: Site, day: str, words: str, only: str) -> Shelf:
    one = _find_one(site, words)
    if one is not None:
        return Shelf(on=None, found=[one], counts=Counter(), total=1)
    on = _read_day(day) or site.runtime.newest_edition()
    try:
        papers = site.runtime.list_translated(on) if on else []
    except NotFoundError:
        papers = []
    counts = Counter(only for item in papers for only in _ONLY if only and _is_wanted(item, only))
    found = [item for item in papers if _is_wanted(item, only) and _has(item, words.casefold())]
    return Shelf(on=on, found=found, counts=counts, total=len(papers))


def _search(site: Site, words: str, only: str) -> Shelf:
    """Find papers of whatever day in both languages; what is no query is looked for as it stands."""
    one = _find_one(site, words)
    if one is not None:
        return Shelf(on=None, found=[one], counts=Counter(), total=1)
    hits = _find_words(site, words) or _find_words(site, '"{}"'.format(words.replace('"', " ")))
    found = site.runtime.with_translations(hits)
    return Shelf(on=None, found=[item for item in found if _is_wanted(item, only)], counts=Counter(), total=len(found))


def _find_words(site: Site, query: str) -> list[Paper]:
    """Return the papers that a query finds; none for what is no query."""
    try:
        return [hit.paper for hit in site.runtime.search(query, per_page=MOST_FOUND).found]
    except QuerySyntaxError:
        return []


def _is_wanted(item: TranslatedPaper, only: str) -> bool:
    sorts = {"missing": item.is_missing, "doubtful": item.is_doubtful, "corrected": item.is_corrected}
    return sorts.get(only, True)


def _has(item: TranslatedPaper, words: str) -> bool:
    """Tell whether a paper's texts, or what readers see of them in Chinese, hold these words."""
    shown = [text.shown.text for text in item.texts if text.shown]
    texts = [item.paper.arxiv_id, item.paper.title, item.paper.abstract, *shown]
    return not words or any(words in text.casefold() for text in texts)


def _find_one(site: Site, words: str) -> TranslatedPaper | None:
    """Return the stored paper whose identifier is typed, of whatever day."""
    try:
        return site.runtime.find_translated(parse_arxiv_id(words)[0]) if words else None
    except (InputError, NotFoundError):
        return None


def _find(site: Site, arxiv_id: str) -> TranslatedPaper:
    found = _find_one(site, arxiv_id)
    if found is None:
        raise HTTPException(404)
    return found


def _show(
    site: Site,
    operator: SignedIn,
    found: TranslatedPaper,
    *,
    typed: dict[TextPart, str] | None = None,
    errors: Sequence[FieldError] = (),
    done: str = "",
) -> HTMLResponse:
    return site.page(
        "admin/translation.html",
        status=422 if errors else 200,
        operator=operator,
        item=found,
        parts=PARTS,
        list_remarks=list_remarks,
        name_engine=name_engine,
        good_enough=GOOD_ENOUGH,
        typed=typed or {},
        errors=errors,
        has_engine=bool(site.runtime.desk.translators),
        done=_DONE.get(done),
    )


def _read_part(written: str) -> TextPart:
    if written not in set(TextPart):
        raise HTTPException(404)
    return TextPart(written)


def _read_day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _return(arxiv_id: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"/admin/translations/paper/{arxiv_id}{f'?done={done}' if done else ''}", status_code=303)
