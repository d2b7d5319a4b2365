import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import QuerySyntaxError
from newsletter.queries.language import Query, format_query, parse_query
from newsletter.queries.matcher import Match, Matchable, Matcher
from tests.queries.reference import match_by_hand
from tests.queries.strategies import askable_queries

ROBOT_PAPER = Matchable(
    arxiv_id="2603.00001",
    title="Diffusion Policies for Robot Arms",
    abstract="We train a diffusion policy with reinforcement learning. Reinforcement-learning agents need data sets.",
    authors=("Geoffrey E. Hinton", "Łukasz Kaiser"),
    categories=("cs.RO", "cs.LG"),
    comment="Accepted at ICLR 2026, 12 pages",
    title_translated="用于机械臂的扩散策略",
    abstract_translated="我们用强化 学习训练扩散策略。",
)
SURVEY_PAPER = Matchable(
    arxiv_id="2603.00002",
    title="A Survey of Reinforcement Learning",
    abstract="Policies, diffusion and robots are reviewed.",
    authors=("Ronald Williams",),
    categories=("stat.ML", "eess.SY"),
    comment="",
)
CHEMISTRY_PAPER = Matchable(
    arxiv_id="2603.00003",
    title="Storage of Hydrogen",
    abstract="Nothing about machines.",
    authors=("Ann Author",),
    categories=("cond-mat.mtrl-sci", "quant-ph"),
    comment="in C++",
)
PAPERS = [ROBOT_PAPER, SURVEY_PAPER, CHEMISTRY_PAPER]


def found(query: str, papers: list[Matchable] = PAPERS) -> list[int]:
    """The numbers of the papers that a typed query finds."""
    canonical = format_query(parse_query(query))
    return [int(match.arxiv_id[-5:]) for match in Matcher([canonical]).match(papers)[canonical]]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("diffusion policy", [1]),
        ("reinforcement learning", [1, 2]),
        ('abs:"reinforcement learning"', [1]),
        ("ti:reinforcement learning", [2]),
        ("rag", []),
        ("dataset", [1]),
        ("robot AND NOT survey", [1]),
        ("robot -survey", [1]),
        ("survey OR hydrogen", [2, 3]),
        ("(robot OR hydrogen) ANDNOT ti:diffusion", [2, 3]),
        ("au:hinton", [1]),
        ("au:Kaiser_L", [1]),
        ("hinton", []),
        ("all:hinton", [1]),
        ("all:williams", [2]),
        ("co:ICLR", [1]),
        ("all:ICLR", [1]),
        ("ICLR", []),
        ("co:C++", [3]),
        ("cat:cs.RO", [1]),
        ("cat:cs", [1, 2]),
        ("cat:cs.SY", [2]),
        ("cat:quant-ph", [3]),
        ("cat:cs.LG AND diffusion", [1]),
        ("cat:(cs.RO OR quant-ph) hydrogen", [3]),
        ("扩散策略", [1]),
        ("ti:扩散策略", [1]),
        ("ti:强化学习", []),
        ("强化学习 AND robot", [1]),
        ("强化学习 OR survey", [1, 2]),
        ("cat:cs ANDNOT 强化学习", [2]),
        ("cat:cs (survey OR -diffusion)", [2]),
    ],
)
def test_a_query_finds_its_papers(query: str, numbers: list[int]) -> None:
    assert found(query) == numbers


def test_every_query_has_a_row_and_the_papers_keep_their_order() -> None:
    matches = Matcher(["hydrogen", "robot", "unheard of"]).match(PAPERS[::-1])

    assert list(matches) == ["hydrogen", "robot", "unheard of"]
    assert [match.arxiv_id for match in matches["robot"]] == ["2603.00002", "2603.00001"]
    assert matches["unheard of"] == []


def test_a_query_given_twice_has_one_row() -> None:
    assert list(Matcher(["robot", "robot"]).match(PAPERS)) == ["robot"]


def test_without_queries_or_papers_nothing_is_found() -> None:
    assert Matcher([]).match(PAPERS) == {}
    assert Matcher(["robot"]).match([]) == {"robot": []}


def test_a_text_that_is_no_query_is_refused() -> None:
    with pytest.raises(QuerySyntaxError):
        Matcher(["robot", "(drone"])


def test_a_matcher_may_be_used_for_day_after_day() -> None:
    matcher = Matcher(["robot"])

    assert matcher.match(PAPERS) == matcher.match(PAPERS)
    assert matcher.match([CHEMISTRY_PAPER]) == {"robot": []}


def paper(number: int, *, title: str = "", abstract: str = "") -> Matchable:
    return Matchable(
        arxiv_id=f"2603.{number:05}", title=title, abstract=abstract, authors=(), categories=("cs.LG",), comment=""
    )


def scores(query: str, papers: list[Matchable]) -> list[float]:
    return [match.score for match in Matcher([query]).match(papers)[query]]


def test_a_word_in_the_title_says_more_than_one_in_the_abstract() -> None:
    title, abstract = scores("robot", [paper(1, title="Robot"), paper(2, abstract="Robot"), paper(3)])

    assert title > abstract > 0


def test_each_further_time_says_more_but_less_than_the_time_before() -> None:
    once, twice, thrice = scores(
        "robot",
        [paper(number, abstract="robot. " * number) for number in (1, 2, 3)] + [paper(number) for number in (4, 5)],
    )

    assert once < twice < thrice
    assert twice - once > thrice - twice


def test_a_rare_word_says_more_than_a_common_one() -> None:
    papers = [paper(1, abstract="gripper"), paper(2, abstract="robot"), paper(3, abstract="robot"), paper(4)]

    rare, common, _ = scores("gripper OR robot", papers)

    assert rare > common


def test_more_of_what_was_asked_for_says_more_and_what_was_excluded_says_nothing() -> None:
    papers = [paper(1, abstract="robot gripper"), paper(2, abstract="robot"), paper(3), paper(4)]

    both, one = scores("robot OR gripper", papers)
    assert both > one
    assert scores("robot ANDNOT survey", papers)[1] == scores("robot", papers)[1]


def test_a_category_alone_hardly_counts_beside_a_word() -> None:
    papers = [paper(1, abstract="robot"), paper(2), paper(3)]

    with_word, without = scores("cat:cs.LG OR robot", papers)[:2]

    assert with_word > 2 * without


def test_the_same_papers_get_the_same_scores_whoever_else_asks() -> None:
    alone = Matcher(["robot OR survey"]).match(PAPERS)["robot OR survey"]
    among_others = Matcher(["robot", "survey", "au:hinton", "robot OR survey"]).match(PAPERS)["robot OR survey"]

    assert alone == among_others
    assert all(isinstance(match, Match) for match in alone)


@pytest.mark.parametrize(("prefix", "other"), [("net*", "network"), ("neural net*", "neural network")])
def test_a_wildcard_says_as_much_whoever_asks_for_a_word_that_it_begins(prefix: str, other: str) -> None:
    papers = [paper(1, abstract="a neural net work"), paper(2)]

    assert Matcher([prefix, other]).match(papers)[prefix] == Matcher([prefix]).match(papers)[prefix]


TEXTS = st.lists(
    st.sampled_from(
        [
            *(
                "diffusion",
                "Policy",
                "policies",
                "reinforcement-learning",
                "robot",
                "GPT-4o",
                "gpt 4o",
                "C++",
                "A*",
                "bias",
            ),
            *(
                "and",
                "not",
                ".",
                ",",
                "(robot)",
                "diffusion-policy",
                "diffusionpolicy",
                "强化学习",
                "机器 人",
                "LLM智能体",
            ),
        ]
    ),
    max_size=10,
).map(" ".join)
NAMES = st.lists(st.sampled_from(["Robot Policy", "A. Diffusion", "Learning Bias", "机器人"]), max_size=2).map(tuple)


@st.composite
def matchables(draw: st.DrawFn) -> list[Matchable]:
    rows = draw(st.lists(st.tuples(TEXTS, TEXTS, NAMES, TEXTS, TEXTS, TEXTS), max_size=4))
    categories = draw(st.lists(st.sampled_from(["cs.LG", "cs.RO", "math.AG", "quant-ph"]), max_size=2, unique=True))
    return [
        Matchable(
            arxiv_id=f"2603.{number:05}",
            title=title,
            abstract=abstract,
            authors=authors,
            categories=tuple(categories),
            comment=comment,
            title_translated=title_translated,
            abstract_translated=abstract_translated,
        )
        for number, (title, abstract, authors, comment, title_translated, abstract_translated) in enumerate(rows)
    ]


@given(st.lists(askable_queries(), max_size=5), matchables())
def test_the_matcher_finds_what_trying_each_query_on_each_paper_finds(
    queries: list[Query], papers: list[Matchable]
) -> None:
    texts = [format_query(query) for query in queries]

    matches = Matcher(texts).match(papers)

    assert {text: [match.arxiv_id for match in row] for text, row in matches.items()} == match_by_hand(texts, papers)
    assert all(match.score > 0 for row in matches.values() for match in row)
