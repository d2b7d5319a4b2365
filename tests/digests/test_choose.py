"""What a reader is shown under which keyword."""

from collections.abc import Mapping, Sequence, Set

from hypothesis import given
from hypothesis import strategies as st

from newsletter.digests.choose import ChosenSection, choose_offers, make_offer, narrow_offer
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Order, Subscription

ROBOTS = Subscription(keyword="Robots!", query="robots")
NEWS = Subscription(keyword="News", query="news")


def choose_sections(
    subscriptions: Sequence[Subscription], matches: Mapping[str, Sequence[Match]], *, order: Order
) -> list[ChosenSection]:
    return choose_offers([make_offer(item, matches.get(item.query, ()), order=order) for item in subscriptions])


def _matches(*found: tuple[str, float]) -> list[Match]:
    return [Match(arxiv_id=arxiv_id, score=score) for arxiv_id, score in found]


def test_a_paper_that_matches_two_keywords_stands_once_and_names_both() -> None:
    matches = {"robots": _matches(("1", 0.1), ("2", 0.9)), "news": _matches(("2", 0.5), ("3", 0.2))}
    first, second = choose_sections([ROBOTS, NEWS], matches, order=Order.LISTING)
    assert [(entry.arxiv_id, entry.matched) for entry in first.entries] == [
        ("1", ("Robots!",)),
        ("2", ("Robots!", "News")),
    ]
    assert [entry.arxiv_id for entry in second.entries] == ["3"]


def test_the_readers_own_order_decides_where_a_paper_stands() -> None:
    matches = {"robots": _matches(("2", 0.9)), "news": _matches(("2", 0.5))}
    first, second = choose_sections([NEWS, ROBOTS], matches, order=Order.LISTING)
    assert (first.keyword, second.keyword) == ("News", "Robots!")
    assert first.entries[0].matched == ("News", "Robots!")
    assert first.entries[0].score == 0.5
    assert second.entries == ()


def test_a_keyword_that_found_nothing_keeps_its_empty_section() -> None:
    (section,) = choose_sections([ROBOTS], {}, order=Order.RELEVANCE)
    assert (section.keyword, section.query, section.entries) == ("Robots!", "robots", ())


def test_by_relevance_the_best_comes_first_and_equals_keep_the_listing_order() -> None:
    matches = {"robots": _matches(("1", 0.1), ("2", 0.9), ("3", 0.9), ("4", 0.5))}
    (section,) = choose_sections([ROBOTS], matches, order=Order.RELEVANCE)
    assert [entry.arxiv_id for entry in section.entries] == ["2", "3", "4", "1"]


def test_in_listing_order_the_scores_change_nothing() -> None:
    matches = {"robots": _matches(("1", 0.1), ("2", 0.9))}
    (section,) = choose_sections([ROBOTS], matches, order=Order.LISTING)
    assert [entry.arxiv_id for entry in section.entries] == ["1", "2"]


@given(
    found=st.lists(st.integers(0, 20), unique=True), wanted=st.sets(st.integers(0, 20)), order=st.sampled_from(Order)
)
def test_a_narrowed_offer_is_the_offer_of_what_is_wanted(found: Sequence[int], wanted: Set[int], order: Order) -> None:
    matches = _matches(*((str(number), number % 3 / 2) for number in found))
    whole = make_offer(ROBOTS, matches, order=Order.LISTING)
    left = [match for match in matches if int(match.arxiv_id) in wanted]
    assert narrow_offer(whole, set(map(str, wanted)), order=order) == make_offer(ROBOTS, left, order=order)


@given(
    found=st.lists(st.lists(st.integers(0, 20), unique=True, max_size=12), max_size=5),
    order=st.sampled_from(Order),
)
def test_every_matched_paper_is_chosen_exactly_once(found: Sequence[Sequence[int]], order: Order) -> None:
    subscriptions = [Subscription(keyword=f"K{place}", query=f"q{place}") for place in range(len(found))]
    matches = {
        f"q{place}": _matches(*((str(number), number % 3 / 2) for number in numbers))
        for place, numbers in enumerate(found)
    }
    sections = choose_sections(subscriptions, matches, order=order)
    shown = [entry.arxiv_id for section in sections for entry in section.entries]
    assert sorted(shown) == sorted({str(number) for numbers in found for number in numbers})
    above: set[str] = set()
    for section, subscription in zip(sections, subscriptions, strict=True):
        [alone] = choose_sections([subscription], matches, order=order)
        assert [(entry.arxiv_id, entry.score) for entry in section.entries] == [
            (entry.arxiv_id, entry.score) for entry in alone.entries if entry.arxiv_id not in above
        ]
        above.update(entry.arxiv_id for entry in section.entries)
        for entry in section.entries:
            matching = {f"K{place}" for place, numbers in enumerate(found) if int(entry.arxiv_id) in numbers}
            assert set(entry.matched) == matching
            assert entry.matched[0] == section.keyword == min(matching)
