"""A cursor is ours alone to make, and belongs to one list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.web.api.cursors import CursorError, Cursors, Position

KEY = "a secret of the tests"
POSITIONS = st.lists(
    st.one_of(st.integers(-(2**40), 2**40), st.text(st.characters(codec="utf-8"), max_size=20)), max_size=3
)


@given(POSITIONS)
def test_a_position_comes_back_as_it_was(position: Position) -> None:
    cursors = Cursors(KEY)
    assert cursors.read("papers", {"q": "a"}, cursors.write("papers", {"q": "a"}, position)) == position


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        Cursors(KEY).read("papers", {}, text)


def test_a_cursor_of_another_list_filter_or_installation_is_refused() -> None:
    cursor = Cursors(KEY).write("papers", {"q": "a"}, [1])
    for cursors, listing, filters in (
        (Cursors(KEY), "editions", {"q": "a"}),
        (Cursors(KEY), "papers", {"q": "b"}),
        (Cursors("another"), "papers", {"q": "a"}),
    ):
        with pytest.raises(CursorError):
            cursors.read(listing, filters, cursor)
