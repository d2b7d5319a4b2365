"""A client is told that it has a thing already exactly when it has it."""

from datetime import UTC, datetime

import pytest

from newsletter.web.caching import Fresh, etag_of, is_known

CHANGED = datetime(2026, 3, 20, 12, 0, 0, 500_000, tzinfo=UTC)
FRESH = Fresh(etag='W/"abc"', changed_at=CHANGED)


@pytest.mark.parametrize("listed", ['W/"abc"', '"abc"', '"x", W/"abc"', "*"])
def test_a_tag_that_the_client_has_is_known(listed: str) -> None:
    assert is_known({"if-none-match": listed}, FRESH)


@pytest.mark.parametrize("listed", ['"abcd"', "abc", "", 'W/"x"'])
def test_any_other_tag_is_not(listed: str) -> None:
    assert not is_known({"if-none-match": listed}, FRESH)


def test_the_tag_counts_before_the_date() -> None:
    late = "Fri, 20 Mar 2026 13:00:00 GMT"
    assert is_known({"if-modified-since": late}, FRESH)
    assert not is_known({"if-modified-since": late, "if-none-match": '"x"'}, FRESH)


@pytest.mark.parametrize(
    ("since", "known"),
    [
        ("Fri, 20 Mar 2026 12:00:00 GMT", True),
        ("Fri, 20 Mar 2026 11:59:59 GMT", False),
        ("Fri, 20 Mar 2026 12:00:00 -0000", True),
        ("yesterday", False),
        ("", False),
        ("Fri, 99 Mar 99999 12:00:00 GMT", False),
    ],
)
def test_dates_are_compared_to_the_second(since: str, known: bool) -> None:
    assert is_known({"if-modified-since": since}, FRESH) is known


def test_what_has_no_date_is_never_known_by_one() -> None:
    assert not is_known({"if-modified-since": "Fri, 20 Mar 2026 12:00:00 GMT"}, Fresh(etag='"a"'))


def test_tags_tell_contents_apart() -> None:
    assert etag_of("ab", "c") != etag_of("a", "bc")
    assert etag_of("\ud800") == etag_of("?")
