"""Readers see a category by its name, as arXiv writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.taxonomy import (
    archives,
    canonical,
    category_names,
    display_name,
    is_known,
    list_categories,
    parse_subjects,
)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("cs.LG", "Machine Learning (cs.LG)"),
        ("stat.ML", "Machine Learning (stat.ML)"),
        ("cs", "Computer Science (cs)"),
        ("hep-th", "High Energy Physics - Theory (hep-th)"),
        ("cond-mat.mtrl-sci", "Materials Science (cond-mat.mtrl-sci)"),
        ("cs.CE", "Computational Engineering, Finance, and Science (cs.CE)"),
        ("cs.ZZ", "cs.ZZ"),
        ("", ""),
    ],
)
def test_a_category_is_shown_by_name_and_an_unknown_one_by_code(code: str, shown: str) -> None:
    assert display_name(code) == shown


def test_the_whole_of_arxiv_is_in_the_table() -> None:
    names = category_names()
    assert len(archives()) == 20
    whole = [archive for archive in archives() if list_categories(archive) == [archive]]
    assert whole == ["gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nucl-ex", "nucl-th", "quant-ph"]
    assert len(names) - (len(archives()) - len(whole)) == 155
    assert len(list_categories("cs")) == 40
    assert len(list_categories("math")) == 32
    assert all(name and not name.startswith("=") and name == name.strip() for name in names.values())


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("cs.SY", "eess.SY"),
        ("math.IT", "cs.IT"),
        ("cs.NA", "math.NA"),
        ("stat.TH", "math.ST"),
        ("q-fin.EC", "econ.GN"),
        ("math.MP", "math-ph"),
    ],
)
def test_a_category_with_two_codes_has_one_name(alias: str, code: str) -> None:
    assert canonical(alias) == code
    assert canonical(code) == code
    assert category_names()[alias] == category_names()[code]
    assert is_known(alias)


def test_names_know_archives_and_categories_only() -> None:
    assert is_known("cs")
    assert is_known("cs.LG")
    assert not is_known("cs.")
    assert not is_known("CS.lg")
    assert list_categories("nonsense") == []


def test_a_listing_s_subjects_are_read() -> None:
    text = "Machine Learning (cs.LG); Artificial Intelligence (cs.AI); Systems and Control (eess.SY); Machine Learning (cs.LG)"
    assert parse_subjects(text) == ("cs.LG", "cs.AI", "eess.SY")
    assert parse_subjects("High Energy Physics - Theory (hep-th)") == ("hep-th",)
    assert parse_subjects("Something New (cs.QQ)") == ("cs.QQ",)
    assert parse_subjects("cs.LG; hep-th; nonsense") == ("cs.LG", "hep-th")
    assert parse_subjects("") == ()


@given(st.lists(st.sampled_from(sorted(category_names())), unique=True))
def test_what_is_displayed_can_be_read_back(codes: list[str]) -> None:
    assert parse_subjects("; ".join(map(display_name, codes))) == tuple(codes)


@given(st.text())
def test_any_text_can_be_asked_for_subjects(text: str) -> None:
    assert all(code in text for code in parse_subjects(text))


def test_nobody_can_change_the_table() -> None:
    with pytest.raises(TypeError):
        category_names()["cs.LG"] = "Nonsense"  # type: ignore[index]
