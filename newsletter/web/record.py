"""All that is known of one paper, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from markupsafe import Markup

from newsletter.db.engine import reading
from newsletter.errors import QuerySyntaxError
from newsletter.languages import SOURCE
from newsletter.papers.bibtex import format_bibtex
from newsletter.papers.history_store import (
    Appearance,
    SeenVersion,
    Trended,
    list_appearances,
    list_trended,
    list_versions,
)
from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.papers.store import get_papers
from newsletter.papers.taxonomy import category_names
from newsletter.papers.versions import CommentChange, KnownVersion, compare_versions
from newsletter.queries.language import parse_query
from newsletter.runtime import Runtime
from newsletter.translation.corrections import StoredTranslation, list_translations
from newsletter.web.mathml import show_tex
from newsletter.web.origin import say_origin
from newsletter.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A name, and the path that it leads to, if any."""

    text: str
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A version that was seen: on which list, or when otherwise, and its comment with what became of it."""

    version: int
    on: date
    is_listed: bool
    comment: str | None
    change: CommentChange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """A day on which the paper was announced: how, and in which lists."""

    listed_on: date
    kind: AnnouncementKind
    categories: tuple[str, ...]
    is_estimate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One paper; texts are safe HTML by language code, English always among them."""

    paper: Paper
    titles: dict[str, Markup]
    abstracts: dict[str, Markup]
    authors: tuple[Link, ...]
    categories: tuple[Link, ...]
    versions: tuple[VersionLine, ...]
    days: tuple[DayLine, ...]
    trended: tuple[Trended, ...]
    origin: Words
    bibtex: str

    @property
    def first_on(self) -> date | None:
        """The date of the first list that has it."""
        return self.days[0].listed_on if self.days else None


def find_record(runtime: Runtime, arxiv_id: str) -> Record | None:
    """Return a stored paper with all that is known of it, or None."""
    with reading(runtime.database) as session:
        paper = next(iter(get_papers(session, [arxiv_id]).values()), None)
        if paper is None:
            return None
        texts = [paper.title_source, paper.abstract_source]
        known = list_translations(session, texts, source=SOURCE, target=runtime.language)
        appearances = list_appearances(session, arxiv_id)
        versions = list_versions(session, arxiv_id)
        trended = list_trended(session, arxiv_id)
    title, abstract = (next(iter(known.get(text, ())), None) for text in texts)
    return Record(
        paper=paper,
        titles=_both(paper.title_source or paper.title, title, runtime.language),
        abstracts=_both(paper.abstract_source, abstract, runtime.language),
        authors=tuple(Link(text=name, address=_search("au", name)) for name in paper.authors),
        categories=tuple(_category(code) for code in paper.categories),
        versions=tuple(_version_lines(paper, versions, appearances)),
        days=tuple(_day_lines(appearances)),
        trended=tuple(trended),
        origin=say_origin(title, abstract),
        bibtex="" if paper.is_sample else format_bibtex(paper),
    )


def _both(source: str, translation: StoredTranslation | None, language: str) -> dict[str, Markup]:
    found = {SOURCE: show_tex(source)}
    return found if translation is None else {**found, language: show_tex(translation.text)}


def _category(code: str) -> Link:
    name = category_names().get(code)
    return Link(text=f"{code} {name}" if name else code, address=_search("cat", code))


def _search(prefix: str, text: str) -> str | None:
    """Return the path of the search for a name or a category; None where the query language has no words for it."""
    query = f"cat:{text}" if prefix == "cat" else '{}:"{}"'.format(prefix, text.replace('"', " "))
    try:
        parse_query(query)
    except QuerySyntaxError:
        return None
    return f"/search?{urlencode({'q': query})}"


def _version_lines(
    paper: Paper, versions: Sequence[SeenVersion], appearances: Sequence[Appearance]
) -> list[VersionLine]:
    """Return the versions, the newest first, each with the first list that it stood in."""
    listed: dict[int, date] = {}
    for appearance in appearances:
        listed.setdefault(appearance.version, appearance.listed_on)
    lines = []
    for before, seen in zip([None, *versions], versions, strict=False):
        lines.append(
            VersionLine(
                version=seen.version,
                on=listed.get(seen.version, seen.seen_at.date()),
                is_listed=seen.version in listed,
                comment=None if seen.comment_source is None else to_unicode(seen.comment_source),
                change=None if before is None else _comment_change(paper, seen, before),
            )
        )
    return lines[::-1]


def _comment_change(paper: Paper, seen: SeenVersion, before: SeenVersion) -> CommentChange | None:
    then = replace(paper, version=seen.version, comment_source=seen.comment_source)
    return compare_versions(then, KnownVersion(version=before.version, comment_source=before.comment_source)).comment


def _day_lines(appearances: Sequence[Appearance]) -> list[DayLine]:
    """Join the lists of each day; of several kinds the strongest counts."""
    rank = {kind: place for place, kind in enumerate(AnnouncementKind)}
    days: dict[date, list[Appearance]] = {}
    for appearance in appearances:
        days.setdefault(appearance.listed_on, []).append(appearance)
    return [
        DayLine(
            listed_on=day,
            kind=min((one.kind for one in found), key=rank.__getitem__),
            categories=tuple(one.category for one in found),
            is_estimate=all(one.is_estimate for one in found),
        )
        for day, found in days.items()
    ]
