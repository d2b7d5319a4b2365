"""A keyword tried before it is anybody's: what it would have brought, and what else it could be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from newsletter.errors import QuerySyntaxError
from newsletter.papers.taxonomy import is_known
from newsletter.queries.highlight import find_spans
from newsletter.queries.language import LONGEST_QUERY, format_query, parse_query
from newsletter.queries.query import Category, conjunction, disjunction
from newsletter.queries.query import Query as ParsedQuery
from newsletter.search.found import FoundPaper, QueryPreview, Suggestion
from newsletter.search.preview import NEWEST
from newsletter.subscribers.subscriber import Preferences
from newsletter.web.bars import Chart, draw_bars
from newsletter.web.client import refuse_rush
from newsletter.web.colours import Piece, colour_query
from newsletter.web.days import find_newest_day, find_papers, show_papers
from newsletter.web.feeds.addresses import query_feed
from newsletter.web.forms import FieldError
from newsletter.web.shown import NumberedPaper, marked
from newsletter.web.site import CurrentSite, Site

LONGEST = 1000
"""More than any query may have; the rest is not read."""

router = APIRouter(prefix="/keywords", dependencies=[Depends(refuse_rush)])
Typed = Annotated[str, Query(alias="q")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMatches:
    """What a keyword finds in the sample edition, where nothing else is stored yet: the first of `total` papers."""

    papers: Sequence[NumberedPaper]
    total: int
    paper_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A typed keyword as the panel shows it: what it brings, or what is wrong with it; neither for no keyword."""

    typed: str
    preview: QueryPreview | None = None
    error: FieldError | None = None
    suggestions: tuple[Suggestion, ...] = ()
    sample: SampleMatches | None = None

    @property
    def pieces(self) -> list[Piece]:
        """The keyword in its colours."""
        return colour_query(self.typed)

    @property
    def chart(self) -> Chart:
        preview = self.preview
        return draw_bars([(day.edition_on, preview.count(day)) for day in preview.days] if preview else [])

    def title(self, found: FoundPaper) -> str:
        """Return a match's title with the keyword's words marked."""
        return _marked(self.preview, found.paper.title)

    def title_translated(self, found: FoundPaper) -> str:
        return _marked(self.preview, found.title_translated or "")


def try_keyword(site: Site, typed: str, preferences: Preferences | None = None, *, with_suggestions: bool) -> Trial:
    """Try what was typed; nothing is stored."""
    text = typed.strip()[:LONGEST]
    if not text:
        return Trial(typed="")
    suggestions = tuple(site.runtime.suggest(text)) if with_suggestions else ()
    wants = preferences or Preferences()
    try:
        preview = site.runtime.preview_query(_within(text, wants.categories), wants)
    except QuerySyntaxError as error:
        wrong = FieldError(
            field="q",
            words=error.words,
            text=error.text,
            position=error.position,
            suggestion=error.suggestion,
        )
        return Trial(typed=text, error=wrong, suggestions=suggestions)
    sample = None if preview.days else _try_sample(site, preview.parsed)
    return Trial(typed=text, preview=preview, suggestions=suggestions, sample=sample)


@router.get("")
def show_page(site: CurrentSite, q: Typed = "") -> HTMLResponse:
    """Show the page on which a keyword can be tried, by itself."""
    trial = try_keyword(site, q, with_suggestions=True)
    return site.page(
        "readers/keywords.html", status=422 if trial.error else 200, trial=trial, feed=query_feed(trial.typed)
    )


@router.get("/preview")
def show_preview(
    site: CurrentSite,
    q: Typed = "",
    lang: str = "",
    categories: Annotated[Sequence[str], Query()] = (),
    *,
    cross: bool = True,
    replaced: bool = False,
) -> HTMLResponse:
    """Return the panel beneath a field, in the language of the page that asks (`lang`), with the choices made there."""
    inside = tuple(name for name in categories if is_known(name))
    preferences = Preferences(wants_cross_lists=cross, wants_replacements=replaced, categories=inside)
    trial = try_keyword(site, q, preferences, with_suggestions=False)
    return site.speaking(lang[:2]).page("readers/preview.html", status=422 if trial.error else 200, trial=trial)


@router.get("/suggest")
def show_suggestions(site: CurrentSite, q: Typed = "", lang: str = "") -> HTMLResponse:
    """Return what the reader may mean, as links."""
    text = q.strip()[:LONGEST]
    trial = Trial(typed=text, suggestions=tuple(site.runtime.suggest(text)) if text else ())
    return site.speaking(lang[:2]).page("readers/suggestions.html", trial=trial)


def _try_sample(site: Site, query: ParsedQuery) -> SampleMatches | None:
    day = find_newest_day(site.runtime)
    if day is None or not day.is_sample:
        return None
    found = find_papers(site.runtime, day, query)
    papers = show_papers(site.runtime, day, found[:NEWEST], queries=[query])
    return SampleMatches(papers=papers, total=len(found), paper_count=len(day.announced))


def _within(text: str, categories: Sequence[str]) -> str:
    """Return a keyword kept to some categories; to all of them where that is too long to be read. Raises QuerySyntaxError."""
    query = parse_query(text)
    if not categories:
        return text
    kept = conjunction([query, disjunction(Category(name=name) for name in categories)])
    written = format_query(kept)
    return written if len(written) <= LONGEST_QUERY else text


def _marked(preview: QueryPreview | None, text: str) -> str:
    queries: list[ParsedQuery] = [preview.parsed] if preview else []
    return marked(text, find_spans(queries, text, field="title"))
