"""Each source has its own way to be old, short of papers or silent about a day, and each is seen through."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from newsletter.errors import Fault
from newsletter.papers.ask import MOST_IDS
from newsletter.papers.ledger import Source
from newsletter.papers.sources.feed import MAX_ITEMS
from tests.papers.asking import (
    API,
    BARE,
    CROSS,
    EIGHT,
    FEED,
    IDS,
    LISTING,
    MORNING,
    OAI,
    RECENT,
    REPLACE,
    THURSDAY,
    TODAYS,
    TUESDAY,
    WEDNESDAY,
    YESTERDAYS,
    Ask,
    asked_before,
    days,
    ids,
    load,
    remarks,
    show,
    sighting,
    stored,
)
from tests.papers.pages import (
    FRIDAY,
    Entry,
    api_page,
    entries,
    feed_page,
    listing_page,
    oai_error,
    oai_page,
    oai_record,
    recent_page,
)
from tests.papers.peer import Peer, Reply

pytestmark = pytest.mark.one_database

# --- the listing --------------------------------------------------------------------------------------------------


def test_a_list_without_papers_is_a_list(engine: Engine, peer: Peer, asks: Ask) -> None:
    peer.on("/list", listing_page([]))
    assert asks(LISTING).days == {FRIDAY}
    assert sighting(engine, LISTING).total == 0


def test_an_older_list_is_kept_under_its_own_date_and_counts_as_an_answer(
    engine: Engine, peer: Peer, asks: Ask
) -> None:
    peer.on("/list", listing_page(YESTERDAYS, listed_on=THURSDAY))
    answer = asks(LISTING, now=EIGHT)
    assert (answer.remarks, answer.days) == ([], {THURSDAY})  # it may come a little late
    assert days(engine) == [THURSDAY]
    assert sighting(engine, LISTING, THURSDAY).seen_at == EIGHT
    assert (sighting(engine, LISTING).answered_at, sighting(engine, LISTING).seen_at) == (EIGHT, None)


@pytest.mark.parametrize("other", [FEED, OAI])
def test_a_listing_that_is_older_than_what_others_show_is_frozen(
    engine: Engine, peer: Peer, asks: Ask, other: Source
) -> None:
    show(engine, other, TODAYS)
    peer.on("/list", listing_page(YESTERDAYS, listed_on=THURSDAY))
    [(fault, reason)] = asks(LISTING).remarks
    assert fault is Fault.OLD_LIST
    assert reason == "it still shows the list of 2026-03-19; others have that of 2026-03-20"


def test_a_listing_that_was_seen_to_be_late_is_named_when_it_comes(engine: Engine, peer: Peer, asks: Ask) -> None:
    asked_before(engine, LISTING, answered_at=EIGHT + timedelta(minutes=61))
    peer.on("/list", listing_page(TODAYS))
    assert asks(LISTING).remarks == [(Fault.OLD_LIST, "it showed an older list until after 21:01 Eastern")]


def test_a_listing_that_nobody_looked_at_for_hours_is_not_called_late(engine: Engine, peer: Peer, asks: Ask) -> None:
    asked_before(engine, LISTING, answered_at=EIGHT + timedelta(minutes=1))
    peer.on("/list", listing_page(TODAYS))
    assert asks(LISTING).remarks == []


# --- the feed -----------------------------------------------------------------------------------------------------


def test_what_only_the_feed_has_is_added_behind_the_listing(engine: Engine, peer: Peer, asks: Ask) -> None:
    show(engine, LISTING, TODAYS[:3])
    late = Entry(arxiv_id="2603.00000", kind=CROSS)
    peer.on("/atom", feed_page([late, *TODAYS]))
    assert asks(FEED).remarks == []
    assert ids(stored(engine)) == [*IDS[:3], "2603.00000", IDS[3]]


def test_the_feed_gives_missing_abstracts_and_exact_versions_but_keeps_the_comment(
    engine: Engine, peer: Peer, asks: Ask
) -> None:
    replaced = Entry(arxiv_id="2603.00021", kind=REPLACE, version=2, has_html=False, abstract="")
    show(engine, LISTING, [Entry(abstract=""), replaced])
    fed = [Entry(abstract="Fed.", comment=None), replace(replaced, version=5, abstract="Fed, too.", comment=None)]
    peer.on("/atom", feed_page(fed))
    asks(FEED)
    assert [(item.paper.version, item.paper.abstract, item.paper.comment) for item in stored(engine)] == [
        (1, "Fed.", "9 pages"),
        (5, "Fed, too.", "9 pages"),
    ]


def test_an_abstract_that_is_there_is_not_replaced(engine: Engine, peer: Peer, asks: Ask) -> None:
    show(engine, LISTING, [Entry()])
    peer.on("/atom", feed_page([Entry(abstract="Something else.")]))
    asks(FEED)
    assert [item.paper.abstract for item in stored(engine)] == [Entry().abstract]


@pytest.mark.parametrize("earlier", [THURSDAY, WEDNESDAY])
def test_a_feed_that_repeats_an_earlier_list_under_todays_date_is_left_aside(
    engine: Engine, peer: Peer, asks: Ask, earlier: date
) -> None:
    show(engine, LISTING, entries(2, first=71), listed_on=THURSDAY)
    show(engine, LISTING, YESTERDAYS, listed_on=earlier)
    peer.on("/atom", feed_page(YESTERDAYS))
    answer = asks(FEED)
    assert answer.remarks == [(Fault.REPEATED, "it shows an earlier list again under the date 2026-03-20")]
    assert stored(engine) == []
    assert sighting(engine, FEED).answered_at is None  # it says nothing of the day, not even that there is no list


def test_a_feed_that_repeats_a_list_that_was_never_stored_is_known_by_the_listing(
    engine: Engine, peer: Peer, asks: Ask
) -> None:
    show(engine, LISTING, TODAYS)
    peer.on("/atom", feed_page(YESTERDAYS))
    assert remarks(asks(FEED)) == [Fault.REPEATED]
    assert ids(stored(engine)) == IDS


def test_the_feed_of_the_day_before_is_no_repetition_while_it_says_so(engine: Engine, peer: Peer, asks: Ask) -> None:
    show(engine, LISTING, YESTERDAYS, listed_on=THURSDAY)
    show(engine, LISTING, TODAYS)
    peer.on("/atom", feed_page(YESTERDAYS, published="2026-03-19T00:00:00-04:00"))
    answer = asks(FEED)
    assert (answer.remarks, answer.days) == ([], set())
    assert sighting(engine, FEED).answered_at == MORNING


def test_an_empty_feed_answers_that_there_is_no_list(engine: Engine, peer: Peer, asks: Ask) -> None:
    peer.on("/atom", feed_page([]))
    assert asks(FEED).remarks == []
    assert (sighting(engine, FEED).answered_at, sighting(engine, FEED).seen_at) == (MORNING, None)
    assert days(engine) == []


def test_a_feed_that_lacks_papers_of_the_listing_is_incomplete(engine: Engine, peer: Peer, asks: Ask) -> None:
    show(engine, LISTING, TODAYS)
    peer.on("/atom", feed_page(TODAYS[1:3]))
    assert asks(FEED).remarks == [
        (Fault.INCOMPLETE, "it lacks 2 papers of the listing, among them 2603.00001"),
    ]
    assert ids(stored(engine)) == IDS


def test_a_full_feed_is_kept_and_said_to_leave_out_new_papers(peer: Peer, asks: Ask) -> None:
    peer.on("/atom", feed_page(entries(MAX_ITEMS)))
    answer = asks(FEED)
    assert answer.stored.announced == MAX_ITEMS
    assert answer.remarks == [(Fault.INCOMPLETE, "it ends at 2000 items and leaves out new papers")]


# --- OAI-PMH ------------------------------------------------------------------------------------------------------


def test_oai_gives_the_lists_of_several_days_at_once(engine: Engine, peer: Peer, asks: Ask) -> None:
    earlier = [oai_record(entry, datestamp=THURSDAY) for entry in YESTERDAYS]
    peer.on("/oai", oai_page([*earlier, *(oai_record(entry) for entry in TODAYS)]))
    assert asks(OAI, THURSDAY, FRIDAY).days == {THURSDAY, FRIDAY}
    assert "from=2026-03-19" in peer.paths()[0]
    assert (ids(stored(engine, THURSDAY)), ids(stored(engine))) == ([e.arxiv_id for e in YESTERDAYS], IDS)


def test_what_was_listed_the_day_before_is_not_new_again_when_its_record_is_corrected(
    engine: Engine, peer: Peer, asks: Ask
) -> None:
    show(engine, FEED, YESTERDAYS, listed_on=THURSDAY)
    peer.on("/oai", oai_page([oai_record(YESTERDAYS[0]), *(oai_record(entry) for entry in TODAYS)]))
    asks(OAI, THURSDAY, FRIDAY)
    assert ids(stored(engine)) == IDS
    assert sighting(engine, OAI).ids == frozenset(IDS)


def test_beside_a_listing_oai_adds_replacements_and_no_corrected_records(engine: Engine, peer: Peer, asks: Ask) -> None:
    show(engine, LISTING, TODAYS)
    replaced = Entry(arxiv_id="2603.00091", version=2, submitted="2026-03-17T10:00:00Z")
    corrected = Entry(arxiv_id="2603.00081")
    peer.on("/oai", oai_page([oai_record(entry) for entry in (corrected, *TODAYS, replaced)]))
    assert asks(OAI).remarks == []
    assert [(item.paper.arxiv_id, item.kind) for item in stored(engine)] == [
        *((entry.arxiv_id, entry.kind) for entry in TODAYS),
        ("2603.00091", REPLACE),
    ]


def test_oai_without_records_answers_without_a_list(engine: Engine, peer: Peer, asks: Ask) -> None:
    peer.on("/oai", oai_error("noRecordsMatch"))
    assert asks(OAI).remarks == []
    assert (sighting(engine, OAI).answered_at, sighting(engine, OAI).seen_at) == (MORNING, None)


def test_a_block_of_papers_that_oai_lacks_is_named(engine: Engine, peer: Peer, asks: Ask) -> None:
    show(engine, LISTING, TODAYS)
    peer.on("/oai", oai_page([oai_record(entry) for entry in TODAYS[:3]]))
    assert asks(OAI).remarks == [(Fault.INCOMPLETE, "it lacks 1 papers of the listing, among them 2603.00011")]


def test_oai_gives_abstracts_that_a_list_lacks_even_if_the_record_changed_since(
    engine: Engine, peer: Peer, asks: Ask
) -> None:
    show(engine, RECENT, [Entry(abstract="")], listed_on=THURSDAY)
    peer.on("/oai", oai_page([oai_record(Entry(abstract="We walk on."), datestamp=FRIDAY)]))
    asks(OAI, THURSDAY)
    assert [item.paper.abstract for item in stored(engine, THURSDAY)] == ["We walk on."]
    assert load(engine, THURSDAY)[0].bare_ids == frozenset()


def test_a_page_that_fails_in_the_middle_keeps_nothing_of_the_others(engine: Engine, peer: Peer, asks: Ask) -> None:
    peer.on("/oai?verb=ListRecords&resumptionToken", Reply(status=503))
    token = "<resumptionToken>next</resumptionToken>"
    peer.on("/oai", oai_page([oai_record(entry) for entry in TODAYS], token=token))
    assert set(remarks(asks(OAI))) == {Fault.UNAVAILABLE}
    assert days(engine) == []


def test_a_category_that_our_table_does_not_know_is_a_refusal_and_no_crash(peer: Peer, asks: Ask) -> None:
    answer = asks(OAI, category="cs.QQ")
    assert remarks(answer) == [Fault.REFUSED]
    assert answer.error is not None
    assert not answer.error.retryable
    assert peer.requests == []


# --- the page of recent days --------------------------------------------------------------------------------------


def test_recent_days_give_every_list_that_is_asked_for(engine: Engine, peer: Peer, asks: Ask) -> None:
    peer.on("/list", recent_page({FRIDAY: TODAYS, THURSDAY: YESTERDAYS, WEDNESDAY: entries(2, first=71)}))
    assert asks(RECENT, THURSDAY, FRIDAY).days == {THURSDAY, FRIDAY}
    assert days(engine) == [THURSDAY, FRIDAY]
    assert load(engine)[0].bare_ids == frozenset(IDS)  # that page has no abstracts


def test_a_day_that_recent_days_leave_out_is_answered_for(engine: Engine, peer: Peer, asks: Ask) -> None:
    peer.on("/list", recent_page({FRIDAY: TODAYS, WEDNESDAY: entries(2, first=71)}))
    assert asks(RECENT, THURSDAY, FRIDAY).days == {FRIDAY}
    found = sighting(engine, RECENT, THURSDAY)
    assert (found.answered_at, found.seen_at) == (MORNING, None)


def test_a_list_older_than_recent_days_go_back_is_given_up_only_if_others_have_it(
    engine: Engine, peer: Peer, asks: Ask
) -> None:
    show(engine, FEED, YESTERDAYS, listed_on=TUESDAY)
    peer.on("/list", recent_page({FRIDAY: TODAYS, THURSDAY: entries(2, first=71)}))
    answer = asks(RECENT, TUESDAY, WEDNESDAY)
    assert (answer.remarks, answer.days) == ([], set())
    assert sighting(engine, RECENT, TUESDAY).answered_at == MORNING
    assert sighting(engine, RECENT, WEDNESDAY).answered_at is None


def test_recent_days_that_lack_the_newest_list_are_frozen_if_others_have_it(
    engine: Engine, peer: Peer, asks: Ask
) -> None:
    show(engine, FEED, TODAYS)
    peer.on("/list", recent_page({THURSDAY: YESTERDAYS, WEDNESDAY: entries(2, first=71)}))
    assert asks(RECENT, FRIDAY).remarks == [(Fault.OLD_LIST, "its newest list is that of 2026-03-19")]
    assert sighting(engine, RECENT).answered_at is None


# --- the API ------------------------------------------------------------------------------------------------------


def test_missing_abstracts_come_from_the_api_by_identifier(engine: Engine, peer: Peer, asks: Ask) -> None:
    show(engine, LISTING, [Entry(abstract=""), Entry(arxiv_id="2603.00002")])
    peer.on("/api", api_page([Entry(abstract="From the API.")]))
    answer = asks(API)
    assert (answer.remarks, answer.days, answer.stored.changed_papers) == ([], {FRIDAY}, 1)
    assert [item.paper.abstract for item in stored(engine)] == ["From the API.", Entry().abstract]
    assert "id_list=2603.00001&" in peer.paths()[0]
    assert load(engine)[0].bare_ids == frozenset()


def test_a_paper_that_the_api_does_not_know_is_named(engine: Engine, peer: Peer, asks: Ask) -> None:
    show(engine, LISTING, BARE)
    peer.on("/api", api_page(TODAYS[:3]))
    assert asks(API).remarks == [(Fault.INCOMPLETE, "it does not know 1 of 4 papers")]
    assert load(engine)[0].bare_ids == {IDS[3]}


def test_the_abstracts_of_several_lists_are_asked_for_once_each(engine: Engine, peer: Peer, asks: Ask) -> None:
    show(engine, LISTING, BARE, listed_on=THURSDAY)
    show(engine, LISTING, BARE)
    peer.on("/api", api_page(TODAYS))
    assert asks(API, THURSDAY, FRIDAY).days == {THURSDAY, FRIDAY}
    assert len(peer.requests) == 1


def test_a_round_asks_for_a_bounded_number_of_papers(engine: Engine, peer: Peer, asks: Ask) -> None:
    everything = {entry.arxiv_id: entry for entry in entries(MOST_IDS + 10)}
    show(engine, LISTING, [replace(entry, abstract="") for entry in everything.values()])

    def answer(path: str) -> Reply:
        wanted = path.partition("id_list=")[2].partition("&")[0].replace("%2C", ",").split(",")
        return Reply(body=api_page([everything[arxiv_id] for arxiv_id in wanted]))

    peer.answer = answer
    assert asks(API).remarks == []
    assert len(load(engine)[0].bare_ids) == 10
