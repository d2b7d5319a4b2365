"""What a replacement changed: its version and its comment, beside the last version known before it."""

from dataclasses import dataclass
from enum import StrEnum

from newsletter.papers.paper import Paper


class CommentChange(StrEnum):
    """What became of a paper's comment in a new version; nothing when the new version has none."""

    NEW = "new"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVersion:
    """A version of a paper that was seen, with the comment it came with."""

    version: int
    comment_source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChange:
    """A replaced paper's version, the one known before it (None when none was), and what became of the comment."""

    version: int
    before: int | None = None
    comment: CommentChange | None = None


def compare_versions(paper: Paper, earlier: KnownVersion | None) -> VersionChange:
    """Say what a replaced paper changed since the version known before it."""
    if earlier is None:
        return VersionChange(version=paper.version)
    return VersionChange(version=paper.version, before=earlier.version, comment=_compare_comments(paper, earlier))


def _compare_comments(paper: Paper, earlier: KnownVersion) -> CommentChange | None:
    if paper.comment_source is None or paper.comment_source == earlier.comment_source:
        return None
    return CommentChange.NEW if earlier.comment_source is None else CommentChange.CHANGED
