"""Readers on the command line: subscribed, listed, previewed; wrong input refused in words."""

import json
from email import message_from_string, policy

import pytest

from tests.cli.conftest import Newsletter


def test_a_reader_is_subscribed_and_listed(newsletter: Newsletter) -> None:
    added = newsletter(
        "subscribe", "Ann@Example.org", "-k", "Robots", "-k", "cat:cs.RO", "--languages", "zh+en", "--density", "compact",
        "--timezone", "Asia/Shanghai", "--hour", "7", "--weekday", "mon", "--trending", "top",
        "--trending-count", "9", "--trending-apart", "--no-cross-lists", "--replacements", "--confirmed", "--json",
    )  # fmt: skip
    assert added.status == 0, added.err
    listed = newsletter("subscribers", "--json").json
    assert listed == [added.json]
    assert (listed[0]["email"], listed[0]["keywords"], listed[0]["hour"]) == (
        "Ann@example.org",
        ["Robots", "cat:cs.RO"],
        7,
    )
    assert (listed[0]["trending"], listed[0]["trending_count"], listed[0]["is_trending_apart"]) == ("top", 9, True)
    assert (listed[0]["cross_lists"], listed[0]["replacements"]) == (False, True)
    assert "Asia/Shanghai" in newsletter("subscribers").out


def test_weekly_mail_a_pause_categories_and_authors_are_told_by_the_command_line(newsletter: Newsletter) -> None:
    added = newsletter(
        "subscribe", "ann@example.org", "-k", "robots", "--weekly-on", "fri", "--paused-until", "2026-04-01",
        "--category", "cs.RO", "--category", "math", "--author", "Geoffrey Hinton", "--confirmed", "--json",
    )  # fmt: skip
    assert added.status == 0, added.err
    found = added.json
    assert (found["weekly_on"], found["paused_until"], found["categories"]) == ("fri", "2026-04-01", ["cs.RO", "math"])
    assert found["queries"] == ["robot", "au:geoffrey hinton"]
    listed = newsletter("subscribers").out  # the table folds what does not fit beside the keywords
    assert "fri when ready UTC, paused" in listed
    assert "until 2026-04-01" in listed
    data = newsletter("reader-data", "ann@example.org").json
    assert (data["format"], data["choices"]["weekly_on"]) == ("chenbao-reader", "fri")


def test_without_confirmed_a_mail_asks_first(newsletter: Newsletter) -> None:
    newsletter("collect")
    assert "confirmation" in newsletter("subscribe", "ann@example.org", "-k", "robots").out
    sent = newsletter("send", "--day", "2026-03-20", "--json").json
    assert sum(sent["deliveries"].values()) == 0  # no digest before they agree


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "-k", "robots"), "not an e-mail address"),
        (("ann@example.org", "-k", "robots", "--weekly-on", "friday"), "not a weekday"),
        (("ann@example.org", "-k", "robots", "--category", "cs.XX"), "arXiv has no category cs.XX"),
        (("ann@example.org", "-k", '"open'), '"open'),
        (("ann@example.org", "-k", "abstract:robots"), "abs:robots"),
        (("ann@example.org", "-k", "robots", "--timezone", "Shanghai"), "Asia/Shanghai"),
        (("ann@example.org", "-k", "robots", "--hour", "25"), "25"),
        (("ann@example.org", "-k", "robots", "--languages", "fr"), "fr"),
        (("ann@example.org", "-k", "robots", "--weekday", "someday"), "someday"),
        (("ann@example.org", "-k", "robots", "--trending", "hot"), "hot"),
        (("ann@example.org", "-k", "robots", "--trending-count", "51"), "1 to 50"),
        (("ann@example.org",), "--keyword"),
    ],
)
def test_wrong_input_ends_with_2_says_what_to_do_and_stores_nothing(
    newsletter: Newsletter, arguments: tuple[str, ...], said: str
) -> None:
    result = newsletter("subscribe", *arguments, "--confirmed")
    assert result.status == 2
    assert said in result.err
    assert "Traceback" not in result.err
    assert newsletter("subscribers", "--json").json == []


def test_a_known_address_is_refused(newsletter: Newsletter) -> None:
    newsletter.subscribe("ann@example.org", "robots")
    again = newsletter.subscribe("ANN@example.org", "robots")
    assert again.status == 2
    assert "already" in again.err


def test_a_preview_comes_in_every_form(newsletter: Newsletter) -> None:
    newsletter("collect")
    newsletter.subscribe("ann@example.org", "study AND robots")
    as_json = newsletter("preview", "ann@example.org", "--day", "2026-03-20", "--format", "json").json
    assert as_json["count"] == 6
    assert set(as_json) == {"edition_on", "generated_at", "announced_at", "count", "sections"}
    assert set(as_json["sections"][0]["papers"][0]) == {
        "arxiv_id", "title", "title_zh", "authors", "subjects", "comment", "abs_url", "pdf_url", "abstract", "abstract_zh",
        "matched",
    }  # fmt: skip
    html = newsletter("preview", "ann@example.org", "--format", "html").out
    assert html.lower().startswith("<!doctype html>")
    assert "Study number 3" in newsletter("preview", "ann@example.org").out
    eml = message_from_string(newsletter("preview", "ann@example.org", "--format", "eml").out, policy=policy.default)
    assert eml["To"] == "ann@example.org"


def test_a_query_can_be_tried(newsletter: Newsletter) -> None:
    newsletter("collect")
    found = newsletter("match", "ti:study AND -ti:4", "--json").json
    assert [paper["arxiv_id"] for paper in found["days"][0]["papers"]] == [f"2603.0000{n}" for n in (1, 2, 3, 5, 6)]
    assert "5 papers" in newsletter("match", "ti:study AND -ti:4").out
    wrong = newsletter("match", "ti:(study")
    assert wrong.status == 2
    assert "^" in wrong.err


def test_an_unknown_reader_or_day_is_named(newsletter: Newsletter) -> None:
    nobody = newsletter("preview", "nobody@example.org")
    assert (nobody.status, "nobody@example.org" in nobody.err) == (2, True)
    newsletter.subscribe("ann@example.org", "robots")
    early = newsletter("preview", "ann@example.org")
    assert (early.status, "newsletter collect" in early.err) == (2, True)


def test_json_is_one_document(newsletter: Newsletter) -> None:
    for command in (("subscribers",), ("match", "robots")):
        json.loads(newsletter(*command, "--json").out)
