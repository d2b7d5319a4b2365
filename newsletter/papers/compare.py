"""Decide what arXiv announced from what its listing and its feed show: pure, on announcements already read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from newsletter.papers.paper import Announced, Announcement, ArxivId, Paper

REPEATED_SHARE = 0.5
"""A feed of which this share was in an earlier list is that list again, under a new date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The announcement to believe, or None; and what was wrong with each source, as (source, reason)."""

    announcement: Announcement | None
    problems: tuple[tuple[str, str], ...] = ()


def choose_announcement(
    listing: Announcement | None, feed: Announcement | None, *, previous_ids: Collection[ArxivId], feed_limit: int
) -> Verdict:
    """Believe the listing and complete it from the feed; believe the feed alone when it has a newer list or is alone.

    `previous_ids` are the papers of the category's newest stored list before the feed's date: a feed that repeats them,
    or the papers of an older listing, is yesterday's. An empty feed says only that there is no list that day.
    """
    if feed is None or not feed.announced or (listing and listing.listed_on > feed.listed_on):
        return Verdict(announcement=listing)
    ids = {item.paper.arxiv_id for item in listing.announced} if listing else set(previous_ids)
    share = sum(item.paper.arxiv_id in ids for item in feed.announced) / len(feed.announced)
    if listing and listing.listed_on == feed.listed_on:
        if share < REPEATED_SHARE:
            reason = f"most of its items are not in the listing of {listing.listed_on}; it was left aside"
            return Verdict(announcement=listing, problems=(("feed", reason),))
        return Verdict(announcement=complete_listing(listing, feed))
    if share >= REPEATED_SHARE:
        reason = f"it shows an earlier list again under the date {feed.listed_on}; it was left aside"
        return Verdict(announcement=listing, problems=(("feed", reason),))
    problems = []
    if listing:
        problems.append(
            ("listing", f"it still shows the list of {listing.listed_on}; the feed's of {feed.listed_on} was taken")
        )
    if len(feed.announced) >= feed_limit:
        problems.append(
            ("feed", f"it ends at {feed_limit} items and leaves out new papers; the listing would have them")
        )
    return Verdict(announcement=feed, problems=tuple(problems))


def complete_listing(listing: Announcement, feed: Announcement) -> Announcement:
    """Add to a listing what only the feed of the same day has: papers, missing abstracts, and exact versions."""
    fed = {item.paper.arxiv_id: item.paper for item in feed.announced}
    known = {item.paper.arxiv_id for item in listing.announced}
    kept = [replace(item, paper=_complete(item.paper, fed.get(item.paper.arxiv_id))) for item in listing.announced]
    late = [item for item in feed.announced if item.paper.arxiv_id not in known]
    added = [replace(item, position=len(kept) + number) for number, item in enumerate(late)]
    return replace(listing, announced=(*kept, *added))


def fill_abstracts(announcement: Announcement, papers: Mapping[ArxivId, Paper]) -> Announcement:
    """Give the papers that have no abstract the one of the same paper in `papers`."""
    announced = tuple(_with_abstract(item, papers.get(item.paper.arxiv_id)) for item in announcement.announced)
    return replace(announcement, announced=announced)


def _complete(paper: Paper, fed: Paper | None) -> Paper:
    if fed is None:
        return paper
    exact = replace(paper, version=max(paper.version, fed.version))  # a listing does not always say the version
    return (
        exact if paper.abstract_source else replace(exact, abstract=fed.abstract, abstract_source=fed.abstract_source)
    )


def _with_abstract(item: Announced, other: Paper | None) -> Announced:
    if other is None or item.paper.abstract_source:
        return item
    paper = replace(item.paper, abstract=other.abstract, abstract_source=other.abstract_source)
    return replace(item, paper=paper)
