"""How a term looks in running text."""

import pytest

from newsletter.translation.surface import bases, fold_word, spell


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("policies", "policy"),
        ("losses", "loss"),
        ("matrices", "matrix"),
        ("vertices", "vertex"),
        ("hypotheses", "hypothesis"),
        ("criteria", "criterion"),
        ("Agents", "agent"),
        ("searches", "search"),
    ],
)
def test_a_plural_has_its_singular_as_base(word: str, base: str) -> None:
    assert base in bases(word)


@pytest.mark.parametrize("word", ["loss", "bias", "analysis", "focus"])
def test_a_word_is_a_base_of_itself(word: str) -> None:
    assert word in bases(word)


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("optimisation", "optimization"),
        ("behaviour", "behavior"),
        ("modelling", "modeling"),
        ("labelled", "labeled"),
        ("centre", "center"),
        ("Analysing", "analyzing"),
    ],
)
def test_both_spellings_fold_to_one(british: str, american: str) -> None:
    assert fold_word(british) == fold_word(american)


def test_hyphens_may_be_left_out_each_by_itself() -> None:
    assert set(spell("sim-to-real gap")) == {
        ("sim", "to", "real", "gap"),
        ("simto", "real", "gap"),
        ("sim", "toreal", "gap"),
        ("simtoreal", "gap"),
    }
