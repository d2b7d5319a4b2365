"""A paper's own page, in both languages, and its BibTeX entry."""

from collections.abc import Sequence

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.errors import InputError, NotFoundError
from newsletter.papers.bibtex import bibtex_key
from newsletter.papers.paper import ArxivId, parse_arxiv_id
from newsletter.runtime import Runtime
from newsletter.search.found import FoundPaper
from newsletter.web.days import show_found
from newsletter.web.record import find_record
from newsletter.web.shown import NumberedPaper, paper_path
from newsletter.web.site import PUBLIC, CurrentSite, Site

SIMILAR_BESIDE, SIMILAR_APART = 5, 20
BIBTEX = "application/x-bibtex; charset=utf-8"

router = APIRouter()


@router.api_route("/paper/{written:path}.bib", methods=["GET", "HEAD"])
def show_bibtex(written: str, site: CurrentSite) -> Response:
    """Return the BibTeX entry as a file."""
    arxiv_id = _read(written)
    record = None if arxiv_id is None else find_record(site.runtime, arxiv_id)
    if record is None or not record.bibtex:
        return _unknown(site, written)
    name = bibtex_key(record.paper)
    headers = {"Content-Disposition": f'attachment; filename="{name}.bib"', **PUBLIC}
    return Response(record.bibtex, media_type=BIBTEX, headers=headers)


@router.get("/paper/{written:path}/similar/part")
def show_similar_part(written: str, site: CurrentSite) -> HTMLResponse:
    """Return the papers most like one as a part of its page, which fetches it when the rest is there."""
    return site.page(
        "archive/similar_part.html", headers=PUBLIC, similar=_similar(site.runtime, written, SIMILAR_BESIDE)
    )


@router.api_route("/paper/{written:path}/similar", methods=["GET", "HEAD"])
def show_similar(written: str, site: CurrentSite) -> HTMLResponse:
    """Show the papers most like one on a page of their own."""
    arxiv_id = _read(written)
    record = None if arxiv_id is None else find_record(site.runtime, arxiv_id)
    if arxiv_id is None or record is None:
        return _unknown(site, written)
    similar = _similar(site.runtime, arxiv_id, SIMILAR_APART)
    return site.page("archive/similar.html", headers=PUBLIC, record=record, path=paper_path(arxiv_id), similar=similar)


@router.api_route("/paper/{written:path}", methods=["GET", "HEAD"], response_model=None)
def show_paper(written: str, site: CurrentSite) -> HTMLResponse | RedirectResponse:
    """Show a paper; an address with a version, or written otherwise, leads to the one that it has."""
    arxiv_id = _read(written)
    record = None if arxiv_id is None else find_record(site.runtime, arxiv_id)
    if arxiv_id is None or record is None:
        return _unknown(site, written)
    if written != arxiv_id:
        return RedirectResponse(paper_path(arxiv_id), status_code=302, headers=PUBLIC)
    return site.page("archive/paper.html", headers=PUBLIC, record=record, path=paper_path(arxiv_id))


def _similar(runtime: Runtime, arxiv_id: str, limit: int) -> Sequence[NumberedPaper]:
    try:
        found: Sequence[FoundPaper] = runtime.similar(arxiv_id, limit=limit)
    except NotFoundError:  # or the index has not read it yet
        return ()
    return show_found(runtime, found)


def _read(written: str) -> ArxivId | None:
    try:
        return parse_arxiv_id(written)[0]
    except InputError:
        return None


def _unknown(site: Site, written: str) -> HTMLResponse:
    arxiv_id = _read(written)
    return site.page("archive/no_paper.html", status=404, headers=PUBLIC, written=written, arxiv_id=arxiv_id)
