"""The commands search and reindex."""

from typing import Annotated, Any

import typer

from newsletter.cli.options import Json
from newsletter.cli.output import err, out, print_json, print_table, progress
from newsletter.papers.paper import abs_url
from newsletter.runtime import open_runtime
from newsletter.search.found import FoundPaper, SearchOrder


def search(
    query: Annotated[str, typer.Argument(help="A query, such as 'ti:diffusion AND cat:cs.RO'.")],
    order: Annotated[SearchOrder, typer.Option(help="The most relevant first, or the newest.")] = SearchOrder.RELEVANCE,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Papers a page.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    as_json: Json = False,
) -> None:
    """Search every stored paper, in both languages."""
    runtime = open_runtime()
    with progress("Papers are read", is_quiet=as_json) as bar:
        runtime.sweep_search(tell=bar.advance)
    found = runtime.search(query, order=order, page=page, per_page=limit)
    waiting = runtime.index_state().waiting
    if as_json:
        print_json(
            {
                "query": found.query,
                "order": found.order,
                "total": found.total,
                "page": found.page,
                "pages": found.pages,
                "waiting": waiting,
                "unread": found.unread,
                "papers": [_as_dict(one, runtime.language) for one in found.found],
            }
        )
        return
    rows = [
        (one.paper.arxiv_id, str(one.listed_on or ""), one.title_translated or "", one.paper.title)
        for one in found.found
    ]
    title = f"{found.query}: {found.total} papers, page {found.page} of {found.pages}"
    if any(one.title_translated for one in found.found):
        print_table(title, ("paper", "listed", "标题", "title"), rows)
    else:
        print_table(title, ("paper", "listed", "title"), [(row[0], row[1], row[3]) for row in rows])
    if found.unread:
        err.print(f"{found.unread} older papers might match, too; ask for less common words.")
    if waiting:
        err.print(f"{waiting} papers still wait to be read; `newsletter reindex` reads them all now.")


def reindex() -> None:
    """Read every stored paper anew for the search. Mails and workers may go on meanwhile; searches find less until it ends."""
    runtime = open_runtime()
    state = runtime.index_state()
    with progress("Papers are read", total=max(state.indexed, state.waiting)) as bar:
        count = runtime.reindex(bar.advance)
    out.print(f"{count} papers can be found.")


def _as_dict(found: FoundPaper, language: str) -> dict[str, Any]:
    return {
        "arxiv_id": found.paper.arxiv_id,
        "version": found.paper.version,
        "title": found.paper.title,
        f"title_{language}": found.title_translated,
        "authors": list(found.paper.authors),
        "categories": list(found.paper.categories),
        "listed_on": None if found.listed_on is None else str(found.listed_on),
        "score": found.score,
        "url": abs_url(found.paper.arxiv_id),
    }
