"""The papers that Hugging Face's readers voted for are read as far as they can be, and what is left out is told."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SourceError
from newsletter.papers.sources.huggingface import (
    MAX_ABSTRACT_LENGTH,
    MAX_AUTHORS,
    MAX_COUNT,
    MAX_NAME_LENGTH,
    MAX_TITLE_LENGTH,
    Trending,
    TrendingDay,
    parse_trending,
)
from tests.papers.pages import FRIDAY
from tests.papers.sources.daily_papers import entry, page_of


def parse(*items: object) -> TrendingDay:
    return parse_trending(page_of(items), FRIDAY)


def parse_one(**about: Any) -> Trending:
    [found] = parse(entry(**about)).papers
    return found


# --- what an entry gives ------------------------------------------------------------------------------------------------


def test_an_entry_gives_every_field() -> None:
    found = parse_one()
    assert (found.arxiv_id, found.paper.version, found.paper.title) == ("2603.00001", 1, "Study number 1")
    assert found.paper.authors == ("Ada Roe", "Bo Lind")
    assert found.paper.abstract == "We teach robots to walk. They fall less."
    assert (found.paper.categories, found.paper.comment) == ((), None)
    assert (found.rank, found.upvotes, found.comments) == (0, 7, 3)
    assert found.organisation == "Walkers' Union"
    assert (found.code_url, found.stars) == ("https://github.com/walkers/gait", 120)
    assert found.hf_url == "https://huggingface.co/papers/2603.00001"


def test_identifier_and_title_are_enough() -> None:
    [found] = parse({"paper": {"id": "2405.15738", "title": "Alone"}}).papers
    assert (found.paper.title, found.paper.authors, found.paper.abstract) == ("Alone", (), "")
    optional = (found.upvotes, found.comments, found.organisation, found.code_url, found.stars)
    assert optional == (None,) * len(optional)


def test_tex_in_a_title_becomes_readable_even_where_the_inner_title_lost_it() -> None:
    item = entry(title="LLMtimesMapReduce")
    item["title"] = r"LLM$\times$MapReduce"
    [found] = parse(item).papers
    assert (found.paper.title, found.paper.title_source) == ("LLM×MapReduce", r"LLM$\times$MapReduce")


def test_an_empty_outer_field_gives_way_to_the_inner_one_and_the_other_way_round() -> None:
    item = entry(title="Inner", summary=None, organization=None) | {
        "title": " ",
        "summary": "Outer",
        "organization": {"name": "outer"},
    }
    [found] = parse(item).papers
    assert (found.paper.title, found.paper.abstract, found.organisation) == ("Inner", "Outer", "outer")


def test_an_identifier_may_name_a_version() -> None:
    found = parse_one(id="2603.00009v3")
    assert (found.arxiv_id, found.paper.version) == ("2603.00009", 3)


@pytest.mark.parametrize("value", [-1, "12", "many", None, True, 3.5, MAX_COUNT + 1, 10**30, [], {}])
def test_a_number_that_is_none_is_left_out(value: object) -> None:
    item = entry(upvotes=value, githubStars=value) | {"numComments": value}
    [found] = parse(item).papers
    assert (found.upvotes, found.comments, found.stars) == (None, None, None)


@pytest.mark.parametrize("digits", ["9" * 5000, "1e999", "NaN", "-Infinity"])
def test_a_number_no_json_should_hold_costs_its_field_alone(digits: str) -> None:
    body = page_of([entry(upvotes=424242)]).replace(b"424242", digits.encode())
    [found] = parse_trending(body, FRIDAY).papers
    assert (found.upvotes, found.comments) == (None, 3)


def test_texts_lose_what_cannot_be_seen_and_have_a_longest_length() -> None:
    spoilt = "Cafe\u0301\x00\u202e\ud800 \u200bau\x85lait"
    found = parse_one(
        title=spoilt,
        summary=spoilt + "x" * 10_000,
        organization={"fullname": spoilt + "y" * 1000},
        authors=[{"name": spoilt}, {"name": 5}, "Bo", None, *[{"name": "Z"}] * MAX_AUTHORS],
    )
    assert found.organisation is not None
    assert found.organisation.startswith("Café au laity")
    assert len(found.organisation) == MAX_NAME_LENGTH
    assert found.organisation.endswith("…")
    assert len(found.paper.abstract_source) == MAX_ABSTRACT_LENGTH
    assert found.paper.authors_source[:2] == ("Café au lait", "Z")
    assert len(found.paper.authors) < MAX_AUTHORS


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://github.com/a-b/c_d.e", "https://github.com/a-b/c_d.e"),
        ("https://github.com/a/b.git", "https://github.com/a/b"),
        ("https://github.com/a/b///", "https://github.com/a/b"),
        ("HTTPS://GitHub.com/A/b?tab=readme-ov-file#x", "https://github.com/A/b"),
        ("https://github.com/a/\nb", "https://github.com/a/b"),
        ("https://github.com/a/b/tree/main/x/y", "https://github.com/a/b/tree/main/x/y"),
        ("https://github.com/a/b/tree/main/", "https://github.com/a/b/tree/main"),
        ("https://github.com/a/b/tree/main/../../../../evil", "https://github.com/a/b"),
        ("https://github.com/a/b/tree/main/<script>", "https://github.com/a/b"),
        ("https://github.com/a/b/issues", "https://github.com/a/b"),
        ("https://github.com/a", None),
        ("https://github.com/a/..", None),
        ("https://github.com/-a/b", None),
        ('https://github.com/a/b"onclick="x', None),
        ("https://github.com@evil.example/a/b", None),
        ("https://github.com.evil.example/a/b", None),
        ("http://github.com/a/b", None),
        ("https://gitlab.com/a/b", None),
        ("javascript:alert(1)//https://github.com/a/b", None),
        (["https://github.com/a/b"], None),
        (None, None),
    ],
)
def test_code_is_a_repository_at_github_or_nothing(given: object, expected: str | None) -> None:
    found = parse_one(githubRepo=given)
    assert found.code_url == expected
    assert found.stars == (120 if expected else None)


# --- which entries, in which order --------------------------------------------------------------------------------------


def test_most_votes_come_first_and_equals_keep_their_order() -> None:
    votes = [None, 5, 0, 9, 5]
    found = parse(*(entry(number, upvotes=count) for number, count in enumerate(votes, 1)))
    assert [(item.rank, item.arxiv_id[-1], item.upvotes) for item in found.papers] == [
        (0, "4", 9),
        (1, "2", 5),
        (2, "5", 5),
        (3, "3", 0),
        (4, "1", None),
    ]


def test_a_paper_named_twice_is_shown_once() -> None:
    found = parse(entry(1), entry(2), entry(1, id="2603.00001v2", upvotes=99))
    assert [(item.arxiv_id, item.upvotes) for item in found.papers] == [("2603.00001", 7), ("2603.00002", 7)]
    assert found.skipped == ()


def test_what_is_left_out_is_told_with_its_reason() -> None:
    found = parse(
        entry(1, id="openreview-\u202ex" + "y" * 1000),
        entry(2, id=7),
        {},
        None,
        entry(3) | {"title": ""},
        entry(4, title=""),
    )
    assert [item.arxiv_id for item in found.papers] == ["2603.00003", "2603.00004"]
    strange, *others = found.skipped
    assert strange.startswith("'openreview-xyyy")
    assert strange.endswith("…' is not an arXiv identifier")
    assert others == ["an entry has no identifier"] * 3


@pytest.mark.parametrize("title", ["", "  ", "\x00\u200b", r"\emph{}", None, 5, ["A"]])
def test_a_paper_without_a_title_is_told(title: object) -> None:
    found = parse(entry(1, title=title) | {"title": title})
    assert (found.papers, found.skipped) == ((), ("2603.00001 has no title",))


def test_an_empty_day_is_no_error() -> None:
    assert parse() == TrendingDay(day=FRIDAY, papers=(), skipped=())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", r"not whole JSON \('an empty body'\)"),
        (b"<html><body>It works!</body></html>", "not whole JSON .'It works!'"),
        (page_of([entry()])[:-1], "not whole JSON"),
        (b"[" * 100_000, "not whole JSON"),
        (b"\xff\xfe[]", "not whole JSON"),
        (b'{"error": "Internal Error"}', "not a list .*Internal Error"),
        (b"null", "not a list"),
    ],
)
def test_what_is_not_a_list_is_a_retryable_error(body: bytes, words: str) -> None:
    with pytest.raises(
        SourceError, match=f"daily papers of 2026-03-20 cannot be used: the answer is {words}"
    ) as caught:
        parse_trending(body, FRIDAY)
    assert caught.value.retryable


ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates, too: JSON can write them down
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.just("https://github.com/a/b/tree/c"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
NAMES = ("id", "title", "summary", "authors", "upvotes", "organization", "githubRepo", "githubStars")
IDS = st.from_regex(r"[0-9]{4}\.[0-9]{5}", fullmatch=True)
ODD_ENTRIES = st.builds(
    lambda name, about, outer: entry(id=name, **about) | outer,
    IDS | ANYTHING,
    st.dictionaries(st.sampled_from(NAMES[1:]), ANYTHING),
    st.dictionaries(st.sampled_from(("title", "summary", "numComments", "organization", "paper")), ANYTHING),
)


def texts_of(found: Trending) -> Iterator[tuple[str, int]]:
    yield found.paper.title_source, MAX_TITLE_LENGTH
    yield found.paper.abstract_source, MAX_ABSTRACT_LENGTH
    yield from ((name, MAX_NAME_LENGTH) for name in (*found.paper.authors_source, found.organisation or "x"))


@given(st.lists(ODD_ENTRIES | ANYTHING, max_size=4))
def test_whatever_the_fields_hold_the_day_is_readable(items: list[object]) -> None:
    found = parse(*items)
    assert len(found.papers) + len(found.skipped) <= len(items)
    assert len({item.arxiv_id for item in found.papers}) == len(found.papers)
    assert [item.rank for item in found.papers] == list(range(len(found.papers)))
    for item in found.papers:
        assert item.paper.title
        assert all(count is None or 0 <= count <= MAX_COUNT for count in (item.upvotes, item.comments, item.stars))
        assert item.code_url is None or re.fullmatch(r"https://github\.com/[\w.-]+/[\w./+-]+", item.code_url, re.ASCII)
        for text, limit in texts_of(item):
            assert text == unicodedata.normalize("NFC", " ".join(text.split()))
            assert len(text) <= limit
            assert not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text)
