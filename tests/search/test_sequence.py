"""The order of papers is that of their identifiers."""

import pytest

from newsletter.search.sequence import sequence_of

IN_ORDER = (
    "hep-th/9108001", "math/9912345", "math/0001001", "math/0309136", "0704.0001", "0704.0002", "1412.9999", "1501.00001",
    "2512.99999", "2601.00001", "2603.18074",
)  # fmt: skip


def test_newer_papers_have_larger_numbers() -> None:
    numbers = [sequence_of(arxiv_id) for arxiv_id in IN_ORDER]
    assert numbers == sorted(set(numbers))
    assert 0 < numbers[0] < numbers[-1] < 2**63


def test_papers_of_the_same_month_in_different_archives_are_told_apart() -> None:
    assert sequence_of("math/0309136") != sequence_of("hep-th/0309136")


@pytest.mark.parametrize("text", ["", "robot", "2603", "math/03091"])
def test_what_is_no_identifier_has_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="no identifier"):
        sequence_of(text)
