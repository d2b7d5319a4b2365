"""Authors that a reader follows: told from keywords, and shown in one section."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.digests.authors import choose_with_authors, followed_author, split_authors, title_of
from newsletter.digests.choose import ChosenSection, make_offer
from newsletter.editions.sign_up import parse_keywords
from newsletter.queries.language import LONGEST_QUERY, parse_query
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Languages, Order


def choose(typed: list[str], found: dict[str, list[str]], order: Order = Order.LISTING) -> list[ChosenSection]:
    subscriptions = parse_keywords(typed)
    by_keyword = {item.keyword: item.query for item in subscriptions}
    matches = {
        by_keyword[keyword]: [Match(arxiv_id=name, score=float(name)) for name in ids] for keyword, ids in found.items()
    }
    places = {str(number): number for number in range(10)}
    offers = [make_offer(item, matches.get(item.query, ()), order=order) for item in subscriptions]
    return choose_with_authors(offers, order=order, languages=Languages("en+zh"), places=places)


def ids(section: ChosenSection) -> list[str]:
    return [entry.arxiv_id for entry in section.entries]


def test_an_author_alone_is_followed_and_anything_more_is_a_keyword() -> None:
    keywords, authors = split_authors(parse_keywords(["au:Hinton", "robot", "au:Lee AND cat:cs.LG", 'au:"Ann Lee"']))
    assert [item.keyword for item in keywords] == ["robot", "au:Lee AND cat:cs.LG"]
    assert [followed_author(item.query) for item in authors] == ["hinton", "ann lee"]


def test_the_papers_of_all_authors_stand_in_one_section_behind_the_keywords_in_the_days_order() -> None:
    robot, authors = choose(
        ["au:Lee", "robot", "au:Chen"], {"au:Lee": ["2", "5"], "au:Chen": ["1", "5"], "robot": ["3"]}
    )
    assert (robot.keyword, ids(robot), robot.is_authors) == ("robot", ["3"], False)
    assert (authors.keyword, ids(authors), authors.is_authors) == (
        "Authors you follow 关注的作者",
        ["1", "2", "5"],
        True,
    )
    assert authors.query == "au:lee OR au:chen"


def test_a_paper_that_a_keyword_brings_stands_there_and_says_that_its_author_is_followed() -> None:
    [robot] = choose(["robot", "au:Lee"], {"au:Lee": ["3"], "robot": ["3"]})
    assert robot.entries[0].matched == ("robot", title_of(Languages("en+zh")))


def test_authors_without_a_paper_today_take_no_room() -> None:
    assert [section.keyword for section in choose(["robot", "au:Lee"], {"au:Lee": []})] == ["robot"]


def test_by_relevance_the_best_match_of_any_author_comes_first() -> None:
    [authors] = choose(["au:Lee", "au:Chen"], {"au:Lee": ["2"], "au:Chen": ["1", "7"]}, Order.RELEVANCE)
    assert ids(authors) == ["7", "2", "1"]


@given(st.integers(1, 90))
def test_however_many_authors_have_papers_the_sections_query_can_be_read(count: int) -> None:
    typed = [f"au:Somebody{number}" for number in range(count)]
    [authors] = choose(typed, {keyword: [str(number % 10)] for number, keyword in enumerate(typed)})
    assert len(authors.query) <= LONGEST_QUERY
    assert parse_query(authors.query)
