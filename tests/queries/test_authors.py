import pytest

from newsletter.queries.authors import AuthorIndex
from newsletter.queries.language import parse_query
from newsletter.queries.query import Phrase


def is_author(typed: str, *names: str) -> bool:
    phrase = parse_query(f"au:{typed}")
    assert isinstance(phrase, Phrase)
    return bool(AuthorIndex([phrase]).find(names))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("hinton", "Geoffrey E. Hinton"),
        ("Geoffrey Hinton", "Geoffrey E. Hinton"),
        ('"Geoffrey Hinton"', "Geoffrey Hinton"),
        ("Hinton_G", "Geoffrey E. Hinton"),
        ("Hinton_G_E", "Geoffrey E. Hinton"),
        ("Hinton, Geoffrey", "Geoffrey Hinton"),
        ("G. Hinton", "Geoffrey Hinton"),
        ("Hint*", "Geoffrey Hinton"),
        ("Scholkopf", "Bernhard Schölkopf"),
        ("Schölkopf", "Bernhard Scholkopf"),
        ("Jean Pierre Dupont", "Jean-Pierre Dupont"),
        ("O'Neill", "Cathy O’Neill"),
        ("van der Maaten", "Laurens van der Maaten"),
        ("Williams", "Ronald Williams"),
    ],
)
def test_an_author_is_found_by_any_usual_way_of_writing_the_name(typed: str, name: str) -> None:
    assert is_author(typed, "Somebody Else", name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("hinton", "Geoffrey Hintonson"),
        ("Geoffrey Hinton", "George Hinton"),
        ("Hinton_B", "Geoffrey Hinton"),
        ("William", "Ronald Williams"),
        ("Hinton Geoffrey", "Geoffrey Hinton"),
        ("Geoffrey Hinton", "G. Hinton"),
    ],
)
def test_another_author_is_not_found(typed: str, name: str) -> None:
    assert not is_author(typed, name)


def test_the_words_of_a_name_are_those_of_one_author() -> None:
    assert not is_author("Geoffrey Bengio", "Geoffrey Hinton", "Yoshua Bengio")


def test_names_are_counted() -> None:
    phrases = [Phrase(text="wang"), Phrase(text="y wang"), Phrase(text="li")]

    assert AuthorIndex(phrases).find(["Yu Wang", "Wei Wang"]) == {0: 2, 1: 1}


def test_chinese_phrases_are_left_to_the_chinese_texts() -> None:
    assert AuthorIndex([Phrase(text="王")]).find(["王 Wei"]) == {}
