from collections.abc import Sequence

import pytest
from sqlalchemy import Engine as Database

from newsletter.db.engine import reading, transaction
from newsletter.errors import InputError, TermError
from newsletter.translation.glossary import Glossary
from newsletter.translation.language import load_language
from newsletter.translation.own_terms import (
    LONGEST_FORM,
    MOST_TERMS_OF_A_READER,
    OwnTerm,
    list_terms,
    list_terms_of,
    put_term,
    remove_term,
    split_forms,
    with_own_terms,
)
from newsletter.translation.passages import Passage
from newsletter.translation.readers_terms import list_sayings
from newsletter.translation.term import Term
from newsletter.translation.terms import mend_terms
from tests.conftest import NOON
from tests.factories import add_reader, make_desk


def put(
    database: Database, term: str, *forms: str, forbidden: Sequence[str] = (), subscriber_id: int | None = None
) -> None:
    with transaction(database) as session:
        put_term(
            session,
            term,
            forms,
            forbidden,
            source="en",
            target="zh",
            by="ann@example.org",
            at=NOON,
            subscriber_id=subscriber_id,
        )


def add_reader_to(database: Database) -> int:
    return add_reader(make_desk(database), "ann@example.org").id


def everybodys(database: Database) -> list[OwnTerm]:
    with reading(database) as session:
        return list_terms(session, target="zh")


def own(term: str, *forms: str) -> OwnTerm:
    return OwnTerm(id=1, term=term, forms=forms, forbidden=(), added_by="", added_at=NOON)


def test_a_term_is_kept_as_it_is_meant(database: Database) -> None:
    put(database, "  credit \n assignment ", " 信用分配 ", "功劳分配", "信用分配", forbidden=["学分分配"])
    (found,) = everybodys(database)
    assert (found.term, found.forms, found.forbidden) == ("credit assignment", ("信用分配", "功劳分配"), ("学分分配",))


def test_a_term_put_again_takes_the_earlier_ones_place_whatever_its_case(database: Database) -> None:
    put(database, "Rollout", "展开")
    put(database, "rollout", "轨迹采样")
    assert [(term.term, term.forms) for term in everybodys(database)] == [("rollout", ("轨迹采样",))]


def test_a_removed_term_is_gone_and_one_that_is_not_there_is_said_not_to_be(database: Database) -> None:
    put(database, "rollout", "展开")
    with transaction(database) as session:
        assert remove_term(session, "ROLLOUT", target="zh")
        assert not remove_term(session, "rollout", target="zh")
    assert everybodys(database) == []


@pytest.mark.parametrize(
    ("term", "forms", "forbidden", "reason"),
    [
        (" ", ["展开"], [], "as texts say it"),
        ("!!!", ["展开"], [], "as texts say it"),
        ("C++", ["展开"], [], "as texts say it"),
        ("2026", ["展开"], [], "as texts say it"),
        ("rollout", [" "], [], "how the term shall be said"),
        ("rollout", ["展\x00开"], [], "control characters"),
        ("rollout", [str(number) for number in range(13)], [], "At most 12 forms"),
        ("x" * (LONGEST_FORM + 1), ["展开"], [], "At most"),
        ("rollout", ["展开"], ["长" * (LONGEST_FORM + 1)], "At most"),
        ("rollout", ["展开"], ["展开"], "cannot be both"),
    ],
)
def test_a_term_that_says_nothing_is_refused(
    database: Database, term: str, forms: list[str], forbidden: list[str], reason: str
) -> None:
    with pytest.raises(TermError, match=reason):
        put(database, term, *forms, forbidden=forbidden)
    assert everybodys(database) == []


def test_a_readers_terms_are_not_everybodys(database: Database) -> None:
    reader = add_reader_to(database)
    put(database, "agent", "代理", subscriber_id=reader)
    put(database, "rollout", "展开")
    assert [term.term for term in everybodys(database)] == ["rollout"]
    with reading(database) as session:
        found = list_terms_of(session, [reader, reader + 1], target="zh")
    assert {number: [term.term for term in terms] for number, terms in found.items()} == {reader: ["agent"]}


def test_a_reader_has_a_limit_and_may_still_change_a_term(database: Database) -> None:
    reader = add_reader_to(database)
    for number in range(MOST_TERMS_OF_A_READER):
        put(database, f"term {number}", "词", subscriber_id=reader)
    with pytest.raises(InputError, match="remove one first"):
        put(database, "one more", "词", subscriber_id=reader)
    put(database, "term 7", "新词", subscriber_id=reader)


def test_an_added_term_is_said_in_place_of_what_the_glossary_says() -> None:
    shipped = Glossary(terms=(Term(source="agent", forms=("智能体",), forbidden=("代理",)),))
    english, chinese = load_language("en"), load_language("zh")

    def say(glossary: Glossary, text: str) -> str:
        return mend_terms("The agent acts.", text, glossary, (), english, chinese).text

    theirs = with_own_terms(shipped, [own("Agent", "代理")])
    assert say(shipped, "代理采取行动。") == "智能体采取行动。"
    assert say(theirs, "智能体采取行动。") == "代理采取行动。"
    assert say(theirs, "代理采取行动。") == "代理采取行动。"


def test_a_readers_mail_alone_is_put_into_their_words(database: Database) -> None:
    reader = add_reader_to(database)
    put(database, "reinforcement learning", "增强学习", subscriber_id=reader)
    passage = Passage(text="Reinforcement learning of robots")
    with reading(database) as session:
        found = list_sayings(session, [reader, reader + 1], source="en", target="zh")
    assert found.keys() == {reader}
    assert found[reader](passage, "机器人的强化学习") == "机器人的增强学习"


def test_readers_without_terms_cost_nothing(database: Database) -> None:
    with reading(database) as session:
        assert list_sayings(session, [1, 2], source="en", target="zh") == {}


def test_forms_are_typed_with_any_marks_between_them() -> None:
    assert split_forms(" 策略、政策，方针; policy\n 策 略 ，, ") == ["策略", "政策", "方针", "policy", "策 略"]
