import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.queries import plurals
from newsletter.queries.plurals import fold_plural, unfold_plural


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("policies", "policy"),
        ("models", "model"),
        ("classes", "class"),
        ("losses", "loss"),
        ("boxes", "box"),
        ("batches", "batch"),
        ("meshes", "mesh"),
        ("caches", "cache"),
        ("images", "image"),
        ("databases", "database"),
        ("phases", "phase"),
        ("biases", "bias"),
        ("lenses", "lens"),
        ("analyses", "analysis"),
        ("hypotheses", "hypothesis"),
        ("matrices", "matrix"),
        ("vertices", "vertex"),
        ("indices", "index"),
        ("corpora", "corpus"),
        ("criteria", "criterion"),
        ("children", "child"),
        ("llms", "llm"),
        ("gpus", "gpu"),
        ("apis", "api"),
        ("areas", "area"),
        ("videos", "video"),
        ("metrics", "metric"),
        ("ties", "tie"),
        ("movies", "movie"),
        ("objectives", "objective"),
    ],
)
def test_a_plural_becomes_its_singular(plural: str, singular: str) -> None:
    assert fold_plural(plural) == singular


@pytest.mark.parametrize(
    "word",
    [
        "bias",
        "process",
        "analysis",
        "robotics",
        "dynamics",
        "physics",
        "corpus",
        "virus",
        "chaos",
        "lens",
        "series",
        "timeseries",
        "species",
        "news",
        "gas",
        "gps",
        "dns",
        "ros",
        "ss",
        "s",
        "policy",
        "data",
    ],
)
def test_a_word_that_only_looks_like_a_plural_stays(word: str) -> None:
    assert fold_plural(word) == word


def test_robotics_is_not_folded_into_an_adjective_nor_dynamics_into_dynamic_programming() -> None:
    assert fold_plural("dynamics") != fold_plural("dynamic")


@given(st.text(alphabet="abceghioszxuy", max_size=9))
def test_folding_twice_changes_nothing_more(word: str) -> None:
    once = fold_plural(word)
    assert fold_plural(once) == once


def test_every_listed_singular_is_its_own_singular() -> None:
    assert {fold_plural(singular) for singular in plurals._IRREGULAR.values()} == set(plurals._IRREGULAR.values())


@given(st.one_of(st.text(alphabet="acehisuxyz3", min_size=1, max_size=6), st.sampled_from(sorted(plurals._IRREGULAR))))
def test_a_word_is_among_the_forms_of_its_singular(word: str) -> None:
    assert word in unfold_plural(fold_plural(word))
