"""Which lines can go over the wire as they are."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.lines import CRLF, LONGEST_LINE, are_plain

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [b"", b".", b"..", b".a", b"a.", "晨.".encode(), b"x" * LONGEST_LINE, b"x" * (LONGEST_LINE + 1)]
        ),
        st.text("a.晨 ", max_size=8).map(str.encode),
    ),
    max_size=300,
)


@given(LINES)
def test_plain_lines_begin_with_no_dot_and_are_no_longer_than_smtp_allows(lines: list[bytes]) -> None:
    is_plain = all(not line.startswith(b".") and len(line) <= LONGEST_LINE for line in lines)
    assert are_plain(CRLF.join(lines)) is is_plain
