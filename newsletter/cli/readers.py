"""Commands about readers: subscribe, subscribers, match, preview."""

from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from newsletter.cli.options import AnyDay, Json, parse_day
from newsletter.cli.output import out, print_json, print_table
from newsletter.digests.authors import author_keyword
from newsletter.digests.render import to_json
from newsletter.errors import NotFoundError
from newsletter.runtime import Runtime, open_runtime
from newsletter.subscribers.subscriber import Consent, Density, Languages, Order, Preferences, Subscriber, Trending
from newsletter.translation.choice import read_choice


class Format(StrEnum):
    """How a preview is printed."""

    HTML = "html"
    TEXT = "text"
    EML = "eml"
    JSON = "json"


def subscribe(
    email: Annotated[str, typer.Argument(help="The reader's address.")],
    keyword: Annotated[list[str], typer.Option("--keyword", "-k", help="What they want to read; may be repeated.")],
    name: Annotated[str, typer.Option(help="Their name.")] = "",
    languages: Annotated[
        Languages | None,
        typer.Option(
            parser=read_choice, metavar="CODE+CODE", help="Which languages, in which order (en+zh, zh+en, en)."
        ),
    ] = None,
    density: Annotated[Density, typer.Option(help="How much of each paper.")] = Density.FULL,
    order: Annotated[Order, typer.Option(help="How the papers of a keyword are ordered.")] = Order.LISTING,
    timezone: Annotated[str, typer.Option(help="Their time zone, such as Asia/Shanghai.")] = "UTC",
    hour: Annotated[
        int | None, typer.Option(help="When the mail is due, 0-23 in their zone; left out: as soon as it is ready.")
    ] = None,
    weekday: Annotated[list[str] | None, typer.Option(help="Only on these days (mon … sun); may be repeated.")] = None,
    weekly_on: Annotated[
        str | None,
        typer.Option("--weekly-on", help="One digest a week, on this day (mon … sun), instead of daily mail."),
    ] = None,
    paused_until: Annotated[
        date | None,
        typer.Option("--paused-until", parser=parse_day, metavar="YYYY-MM-DD", help="No mail of editions before it."),
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="Only papers of these (cs.LG, or cs for all of it); may be repeated.")
    ] = None,
    author: Annotated[list[str] | None, typer.Option(help="An author to follow; may be repeated.")] = None,
    empty_mail: Annotated[
        bool, typer.Option("--empty-mail", help="Also mail on days without a paper for them.")
    ] = False,
    cross_lists: Annotated[bool, typer.Option(help="Also papers cross-listed from elsewhere.")] = True,
    replacements: Annotated[bool, typer.Option(help="Also new versions of earlier papers.")] = False,
    trending: Annotated[
        Trending,
        typer.Option(help="Papers that trend on Hugging Face: none, the day's top, or what matches a keyword."),
    ] = Trending.NONE,
    trending_count: Annotated[int, typer.Option(help="At most so many of them, 1-50.")] = 5,
    trending_apart: Annotated[
        bool, typer.Option("--trending-apart", help="In a mail of their own, not at the end of the digest.")
    ] = False,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="They agreed already; else a confirmation mail asks them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add a reader."""
    runtime = open_runtime()
    preferences = Preferences(
        languages=languages or runtime.choices[0],
        density=density,
        order=order,
        timezone=timezone,
        hour=hour,
        weekly_on=weekly_on,
        paused_until=paused_until,
        categories=tuple(category or ()),
        wants_empty_mail=empty_mail,
        wants_cross_lists=cross_lists,
        wants_replacements=replacements,
        trending=trending,
        trending_count=trending_count,
        is_trending_apart=trending_apart,
    )
    if weekday:
        preferences = replace(preferences, weekdays=tuple(weekday))
    followed = [author_keyword(found) for found in author or ()]
    reader = runtime.subscribe(email, [*keyword, *followed], preferences, name=name, is_confirmed=confirmed)
    if as_json:
        print_json(_as_dict(reader))
        return
    out.print(f"{reader.email} reads {len(reader.subscriptions)} keywords.", markup=False)
    if not confirmed:
        out.print("A confirmation mail is queued; the first digest comes after they agree.")


def subscribers(as_json: Json = False) -> None:
    """List the readers."""
    found = open_runtime().list_subscribers()
    if as_json:
        print_json([_as_dict(reader) for reader in found])
        return
    rows = [
        (
            reader.email,
            reader.consent,
            "; ".join(item.keyword for item in reader.subscriptions),
            _when(reader.preferences),
        )
        for reader in found
    ]
    print_table(f"{len(found)} readers", ("address", "consent", "keywords", "when"), rows)


def reader_data(email: Annotated[str, typer.Argument(help="A reader's address.")]) -> None:
    """Print all that is held about a reader, as one JSON document."""
    runtime = open_runtime()
    print_json(runtime.export_reader(runtime.get_reader(email)))


def link(email: Annotated[str, typer.Argument(help="A confirmed reader's address.")]) -> None:
    """Mail a reader a fresh link to their keywords and preferences."""
    open_runtime().mail_link(email)
    out.print(f"The link is on its way to {email}.", markup=False)


def match(
    query: Annotated[str, typer.Argument(help="A query, such as 'abs:\"diffusion policy\" AND cat:cs.RO'.")],
    day: AnyDay = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Without --day: how many of the newest days.")] = 5,
    as_json: Json = False,
) -> None:
    """Try a query against stored days."""
    found = open_runtime().match(query, day=day, days=days)
    if as_json:
        days_found = [
            {"edition_on": str(on), "papers": [{"arxiv_id": paper.arxiv_id, "title": paper.title} for paper in papers]}
            for on, papers in found.days
        ]
        print_json({"query": found.query, "days": days_found})
        return
    rows = [(str(on), paper.arxiv_id, paper.title) for on, papers in found.days for paper in papers]
    print_table(f"{found.query}: {len(rows)} papers in {len(found.days)} days", ("edition", "paper", "title"), rows)


def preview(
    email: Annotated[str, typer.Argument(help="A reader's address.")],
    day: AnyDay = None,
    form: Annotated[
        Format, typer.Option("--format", help="html, text, eml (the whole message) or json.")
    ] = Format.TEXT,
) -> None:
    """Show what a reader gets, or would get, of an edition. Nothing is sent."""
    runtime = open_runtime()
    reader = runtime.get_reader(email)
    digest = runtime.preview(reader, _newest(runtime, day))
    match form:
        case Format.JSON:
            print_json(to_json(digest))
        case Format.HTML:
            typer.echo(runtime.renderer.html(digest))
        case Format.TEXT:
            typer.echo(runtime.renderer.text(digest))
        case Format.EML:
            typer.echo(runtime.preview_message(reader, digest), nl=False)


def _newest(runtime: Runtime, day: date | None) -> date:
    found = day or runtime.newest_edition()
    if found is None:
        raise NotFoundError("There is no edition yet; run `newsletter collect`.")
    return found


def _when(preferences: Preferences) -> str:
    hour = "when ready" if preferences.hour is None else f"{preferences.hour:02}:00"
    weekly = "" if preferences.weekly_on is None else f"{preferences.weekly_on} "
    paused = "" if preferences.paused_until is None else f", paused until {preferences.paused_until}"
    return f"{weekly}{hour} {preferences.timezone}{paused}"


def _as_dict(reader: Subscriber) -> dict[str, Any]:
    return {
        "email": reader.email,
        "name": reader.name,
        "consent": reader.consent,
        "is_confirmed": reader.consent is Consent.CONFIRMED,
        "keywords": [item.keyword for item in reader.subscriptions],
        "queries": [item.query for item in reader.subscriptions],
        "languages": reader.preferences.languages,
        "density": reader.preferences.density,
        "timezone": reader.preferences.timezone,
        "hour": reader.preferences.hour,
        "weekly_on": reader.preferences.weekly_on,
        "paused_until": reader.preferences.paused_until and str(reader.preferences.paused_until),
        "categories": list(reader.preferences.categories),
        "cross_lists": reader.preferences.wants_cross_lists,
        "replacements": reader.preferences.wants_replacements,
        "trending": reader.preferences.trending,
        "trending_count": reader.preferences.trending_count,
        "is_trending_apart": reader.preferences.is_trending_apart,
    }
