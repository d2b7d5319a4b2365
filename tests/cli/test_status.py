"""Why did X get no mail? The operator asks on the command line, about any reader and any day."""

import pytest

from tests.cli.conftest import Newsletter
from tests.cli.test_days import DAY, NOTHING, collected
from tests.papers.pages import entries, listing_page
from tests.papers.peer import Peer, Reply

ANN = "ann@example.org"


def sent(newsletter: Newsletter) -> Newsletter:
    """Collect, subscribe a reader who finds something and one who does not, and send."""
    collected(newsletter)("subscribe", ANN, "-k", "study", "--name", "Ann", "--confirmed")
    newsletter.subscribe("bo@example.org", "knitting")
    assert newsletter("send", "--day", DAY).status == 0
    return newsletter


def test_a_readers_day_is_told_in_one_sentence(newsletter: Newsletter) -> None:
    told = sent(newsletter)("status", "--day", DAY, "--reader", ANN)
    assert told.status == 0, told.err
    assert told.out.startswith("Ann's digest with 6 papers was accepted 1 h after the announcement, at 01:00 (UTC): ")
    heading, promised, tried = told.out.splitlines()[2:]
    assert heading == "Digest: accepted (times in UTC)"
    assert promised.split("  ")[-1] == "promised: 6 papers"
    assert "try 1 (127.0.0.1:" in tried


def test_the_same_as_json(newsletter: Newsletter) -> None:
    found = sent(newsletter)("status", "--day", DAY, "--reader", "BO@example.org", "--json").json
    (mail,) = found.pop("mails")
    assert (mail["message"], mail["revision"], mail["state"], mail["reason"]) == ("digest", 0, "skipped", "empty")
    assert [step["what"] for step in mail["steps"]] == ["promised", "not sent: nothing to read"]
    assert found == {
        "email": "bo@example.org",
        "edition_on": DAY,
        "sentence": "No mail: none of the day's 6 papers matched what bo@example.org asked for, and bo@example.org wants no "
        "empty mails.",
        "state": "skipped",
        "reason": "empty",
        "since": [],
    }


@pytest.mark.parametrize(
    ("day", "sentence", "reason"),
    [
        ("2026-03-21", "No mail: arXiv dates no list on a weekend.", "weekend"),
        ("2026-03-18", "No mail: nothing of Wed 18 Mar was collected, so it has no edition.", "not-collected"),
        (
            "2026-03-23",
            "Not yet: arXiv announces the list of Mon 23 Mar on Sun 22 Mar at 20:00 Eastern.",
            "not-announced",
        ),
    ],
)
def test_days_without_an_edition_are_told_too(newsletter: Newsletter, day: str, sentence: str, reason: str) -> None:
    newsletter.subscribe(ANN, "study")
    found = newsletter("status", "--day", day, "--reader", ANN, "--json")
    assert (found.status, found.json["sentence"], found.json["reason"]) == (0, sentence, reason)
    assert found.json["state"] is None


def test_without_a_day_the_newest_edition_is_meant_or_the_newest_list(newsletter: Newsletter) -> None:
    newsletter.subscribe(ANN, "study")
    before = newsletter("status", "--reader", ANN, "--json")
    assert before.json["edition_on"] == DAY
    assert before.json["sentence"].startswith("Not yet: the list of cs is late; we ask until 06:00 Eastern.")


def test_an_unknown_reader_is_wrong_usage(newsletter: Newsletter) -> None:
    found = newsletter("status", "--day", DAY, "--reader", "nobody@example.org")
    assert found.status == 2
    assert "nobody@example.org" in found.err


def test_a_whole_day_shows_its_lists_and_its_json_has_no_more_than_before(newsletter: Newsletter) -> None:
    shown = sent(newsletter)("status", "--day", DAY)
    assert shown.out.startswith("The digests of the day's 6 papers were composed 1 h after the announcement: ")
    assert "all 6 papers that the listing counts are here" in shown.out
    assert "Troubles" not in shown.out
    assert newsletter("status", "--json").json == {
        "edition_on": DAY,
        "deliveries": NOTHING | {"accepted": 1, "skipped": 1},
        "skipped": {"empty": 1},
    }


def test_troubles_are_shown_in_the_words_of_the_source(newsletter: Newsletter, peer: Peer) -> None:
    peer.on("/list/cs/new", Reply(status=503, headers={"Retry-After": "0"}), listing_page(entries(6)))
    collected(newsletter)
    shown = newsletter("status", "--day", DAY)
    assert "Troubles" in shown.out
    assert "unavailable" in shown.out
    (known,) = newsletter("status", "--day", DAY, "--json").json["lists"]
    assert (known["category"], known["judgement"], known["counts"]["listing"]) == ("cs", "complete", 6)
    assert [(trouble["source"], trouble["fault"]) for trouble in known["troubles"]] == [("listing", "unavailable")]


def test_a_holiday_has_a_status_without_an_edition(newsletter: Newsletter) -> None:
    monday = {"NEWSLETTER_CLOCK": "2026-03-23T07:00-04:00"}  # the listing shows Friday's list still
    newsletter.subscribe(ANN, "study")
    newsletter("collect", **monday)
    shown = newsletter("status", "--day", "2026-03-23", **monday)
    assert shown.status == 0, shown.err
    assert shown.out.startswith("No mail: arXiv announced nothing dated Mon 23 Mar (")
    found = newsletter("status", "--day", "2026-03-23", "--json", **monday).json
    assert (found["deliveries"], found["skipped"]) == (NOTHING, {})
    assert [(known["category"], known["judgement"]) for known in found["lists"]] == [("cs", "none")]


def test_a_day_that_never_was_is_wrong_usage_and_says_why(newsletter: Newsletter) -> None:
    found = collected(newsletter)("status", "--day", "2026-03-21")
    assert found.status == 2
    assert "no edition of 2026-03-21. No mail: arXiv dates no list on a weekend." in found.err
