"""The calendar on the command line, and the link to the one on the website."""

import pytest

from tests.cli.conftest import Newsletter
from tests.cli.test_days import collected
from tests.papers.pages import entries, listing_page
from tests.papers.peer import Peer, Reply


def test_the_last_fourteen_days_are_shown_with_their_lists(newsletter: Newsletter) -> None:
    collected(newsletter)
    found = newsletter("days", "--json").json
    assert [day["edition_on"] for day in found] == [
        "2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13",
        "2026-03-16", "2026-03-17", "2026-03-18", "2026-03-19", "2026-03-20",
    ]  # fmt: skip
    friday = found[-1]
    assert (friday["state"], friday["papers"], friday["late"]) == ("open", 6, 0)
    assert friday["why"] == "Not yet: the edition is ready, but there is no confirmed reader."
    (cs,) = friday["lists"]
    assert (cs["judgement"], cs["missing"], cs["total"]) == ("complete", 0, 6)
    assert cs["counts"] == {"listing": 6, "feed": None, "oai": None, "recent": None, "api": None}
    assert {day["state"] for day in found[:-1]} == {"none"}


def test_people_read_it_by_day(newsletter: Newsletter, peer: Peer) -> None:
    peer.on("/list/cs/new", Reply(status=503, headers={"Retry-After": "0"}), listing_page(entries(6)))
    shown = collected(newsletter)("days", "--from", "2026-03-19")
    assert shown.out.splitlines() == [
        "2026-03-19 Thu  none",
        "  No mail: nothing of Thu 19 Mar was collected, so it has no edition.",
        "",
        "2026-03-20 Fri  open  6 papers",
        "  cs  complete  listing 6  (listing unavailable)",
        "  Not yet: the edition is ready, but there is no confirmed reader.",
        "",
    ]


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (("--to", "2026-03-10"), 10),
        (("--from", "2026-03-23"), 1),
    ],
)
def test_a_range_may_be_named(newsletter: Newsletter, options: tuple[str, ...], days: int) -> None:
    assert len(newsletter("days", "--json", *options).json) == days


def test_a_weekend_alone_says_that_it_has_no_list(newsletter: Newsletter) -> None:
    assert "no list on a weekend" in newsletter("days", "--from", "2026-03-14", "--to", "2026-03-15").out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "2026-03-20", "--to", "2026-03-19"), "before it begins"),
        (("--from", "2016-03-20", "--to", "2026-03-20"), "400 days"),
    ],
)
def test_a_range_that_cannot_be_shown_is_wrong_usage(
    newsletter: Newsletter, options: tuple[str, ...], said: str
) -> None:
    found = newsletter("days", *options)
    assert found.status == 2
    assert said in found.err
