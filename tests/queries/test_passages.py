"""What is read of a text is enough to find in it all that is in the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.queries.automaton import PhraseAutomaton
from newsletter.queries.passages import Passages
from newsletter.queries.query import Phrase
from newsletter.queries.words import normalise, read_words

WRITTEN = """
    pre training pretraining pre-training pretrain policies policy polic robot robot's 's s c++ c++'s a* a*b a b time series
    timeseries large language model models, (model) re re-rank rerank are indices index 强化robot学习 don't x-ray xray R&D _a_
    e-mail email e mail naïve 机器人 one/two three
"""
ASKED = "pretraining pre-training policy robot s c++ a* time series model rerank index email"
FILLER = "Here we speak of nothing, but at some length and in vain. "

texts = st.lists(st.sampled_from([*WRITTEN.split(), FILLER]), min_size=12, max_size=60).map(" ".join)


@st.composite
def phrases(draw: st.DrawFn) -> Phrase:
    words = draw(st.lists(st.sampled_from(ASKED.split()), min_size=1, max_size=3))
    is_exact, is_prefix = draw(st.sampled_from([(False, False), (True, False), (False, True)]))
    return Phrase(text=normalise(" ".join(words)), is_exact=is_exact, is_prefix=is_prefix)


def count(wanted: list[Phrase], text: str, passages: Passages | None) -> dict[int, int]:
    """Return how often each phrase is found."""
    normalised = normalise(text)
    reading = read_words(normalised) if passages is None else passages.read(normalised)
    found: dict[int, int] = {}
    for number, _, _ in PhraseAutomaton(wanted).find(reading):
        found[number] = found.get(number, 0) + 1
    return found


@given(st.lists(phrases(), min_size=1, max_size=4), texts)
def test_every_phrase_is_found_as_often_as_in_the_whole_text(wanted: list[Phrase], text: str) -> None:
    assert count(wanted, text, Passages(wanted)) == count(wanted, text, None)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        (Phrase(text="pretraining"), "by pre-training and pre training and are pretraining"),
        (Phrase(text="rerank"), "are re re-rank"),
        (Phrase(text="s"), "the robot's arm, an s"),
        (Phrase(text="inde", is_prefix=True), "many indices"),
        (Phrase(text="time series"), "timeseries and time-series"),
    ],
)
def test_a_phrase_is_found_wherever_it_stands(phrase: Phrase, text: str) -> None:
    for before, behind in ((0, 9), (9, 0), (9, 9)):
        long = FILLER * before + text + " " + FILLER * behind
        assert count([phrase], long, Passages([phrase])) == count([phrase], long, None) != {}


def test_little_is_read_for_one_phrase() -> None:
    wanted = [Phrase(text="robot")]
    reading = Passages(wanted).read(normalise(FILLER * 20 + "A robot walks. " + FILLER * 20))
    assert "robot" in reading.words
    assert len(reading.words) < 15


def test_for_many_phrases_all_is_read() -> None:
    wanted = [Phrase(text=f"{letter}ord") for letter in "abcdefghijklmnopqrst"]
    text = normalise(FILLER * 20)
    assert Passages(wanted).read(text).words == read_words(text).words
