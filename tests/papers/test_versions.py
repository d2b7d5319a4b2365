"""What a replacement changed, in plain values."""

from dataclasses import replace

import pytest

from newsletter.papers.versions import CommentChange, KnownVersion, VersionChange, compare_versions
from tests.factories import make_paper

PAPER = replace(make_paper(1, "A theorem"), version=3, comment_source="10 pages")


def test_a_replacement_names_the_version_known_before() -> None:
    assert compare_versions(PAPER, KnownVersion(version=1, comment_source="10 pages")) == VersionChange(
        version=3, before=1
    )


def test_of_a_paper_seen_for_the_first_time_only_the_version_is_known() -> None:
    assert compare_versions(PAPER, None) == VersionChange(version=3)


@pytest.mark.parametrize(
    ("earlier", "now", "change"),
    [
        ("9 pages", "10 pages", CommentChange.CHANGED),
        (None, "10 pages", CommentChange.NEW),
        ("9 pages", None, None),
        (None, None, None),
    ],
)
def test_a_comment_is_new_or_changed_and_its_absence_says_nothing(
    earlier: str | None, now: str | None, change: CommentChange | None
) -> None:
    paper = replace(PAPER, comment_source=now)
    assert compare_versions(paper, KnownVersion(version=2, comment_source=earlier)).comment is change
