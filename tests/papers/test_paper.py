"""Papers, their identifiers, and a day's lists joined into one."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.papers.paper import (
    Announced,
    Announcement,
    AnnouncementKind,
    ArxivId,
    Paper,
    abs_url,
    merge_announcements,
    parse_arxiv_id,
    pdf_url,
)

NEW, CROSS, REPLACE = AnnouncementKind


def make_paper(arxiv_id: str = "2603.18074", *categories: str) -> Paper:
    return Paper(
        arxiv_id=ArxivId(arxiv_id),
        version=1,
        title="A title",
        authors=("A. Reader",),
        abstract="An abstract.",
        categories=categories or ("cs.LG", "cs.AI"),
        comment=None,
        title_source="A title",
        authors_source=("A. Reader",),
        abstract_source="An abstract.",
        comment_source=None,
    )


def make_list(category: str, *items: tuple[str, AnnouncementKind]) -> Announcement:
    announced = tuple(
        Announced(paper=make_paper(name), kind=kind, position=place) for place, (name, kind) in enumerate(items)
    )
    return Announcement(category=category, listed_on=date(2026, 3, 20), source="listing", announced=announced)


def shown(announced: list[Announced]) -> list[tuple[str, AnnouncementKind]]:
    return [(item.paper.arxiv_id, item.kind) for item in announced]


@pytest.mark.parametrize(
    ("text", "base", "version"),
    [
        ("2603.18074", "2603.18074", None),
        ("2603.18074v2", "2603.18074", 2),
        ("arXiv:2603.18074v12", "2603.18074", 12),
        (" 0704.0001 ", "0704.0001", None),
        ("math/0601001", "math/0601001", None),
        ("math.GT/0309136v1", "math.GT/0309136", 1),
        ("quant-ph/0201082v1", "quant-ph/0201082", 1),
    ],
)
def test_identifiers_are_read_with_and_without_version(text: str, base: str, version: int | None) -> None:
    assert parse_arxiv_id(text) == (base, version)


@pytest.mark.parametrize("text", ["", "abc", "2603.180", "2603.18074v0", "2603.18074 v2", "2603.180745", "math/123"])
def test_what_is_no_identifier_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=r"write one like 2603\.18074"):
        parse_arxiv_id(text)


@given(st.from_regex(r"[0-9]{4}\.[0-9]{4,5}", fullmatch=True), st.none() | st.integers(1, 99))
def test_every_identifier_of_today_is_read(base: str, version: int | None) -> None:
    assert parse_arxiv_id(base if version is None else f"{base}v{version}") == (base, version)


def test_the_first_category_is_the_primary_one() -> None:
    assert make_paper("2603.18074", "cs.RO", "cs.LG").primary_category == "cs.RO"


def test_a_paper_that_only_hugging_face_described_has_no_primary_category() -> None:
    assert replace(make_paper(), categories=()).primary_category == ""


def test_samples_are_told_by_an_identifier_that_arxiv_cannot_give() -> None:
    assert make_paper("0000.00001").is_sample
    assert not make_paper("2603.18074").is_sample


def test_links_go_to_arxiv() -> None:
    assert abs_url("2603.18074") == "https://arxiv.org/abs/2603.18074"
    assert pdf_url("math/0601001") == "https://arxiv.org/pdf/math/0601001"


def test_an_announcement_counts_its_kinds() -> None:
    announcement = make_list("cs.LG", ("2603.00001", NEW), ("2603.00002", NEW), ("2603.00003", CROSS))
    assert [announcement.count(kind) for kind in AnnouncementKind] == [2, 1, 0]


def test_a_paper_in_two_lists_appears_once_under_its_strongest_kind() -> None:
    merged = merge_announcements(
        [
            make_list("cs.LG", ("2603.00001", NEW), ("2603.00002", CROSS), ("2603.00004", REPLACE)),
            make_list("cs.RO", ("2603.00002", NEW), ("2603.00001", CROSS), ("2603.00003", NEW)),
        ]
    )
    assert shown(merged) == [("2603.00001", NEW), ("2603.00002", NEW), ("2603.00003", NEW), ("2603.00004", REPLACE)]
    assert [item.position for item in merged] == [0, 1, 2, 3]


LISTS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from([f"2603.0000{digit}" for digit in range(8)]), st.sampled_from(list(AnnouncementKind))
        ),
        unique_by=lambda item: item[0],
    ),
    max_size=4,
)


@given(LISTS)
def test_joining_lists_loses_and_repeats_nothing(lists: list[list[tuple[str, AnnouncementKind]]]) -> None:
    merged = merge_announcements([make_list(f"cs.{number}", *items) for number, items in enumerate(lists)])
    rank = list(AnnouncementKind)
    strongest = {name: min((kind for items in lists for other, kind in items if other == name), key=rank.index)
                 for items in lists for name, _ in items}  # fmt: skip
    assert dict(shown(merged)) == strongest
    assert len(merged) == len(strongest)
    assert [rank.index(item.kind) for item in merged] == sorted(rank.index(item.kind) for item in merged)


def test_joining_nothing_gives_nothing() -> None:
    assert merge_announcements([]) == []
