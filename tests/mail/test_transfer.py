"""A body in its transfer encoding: small where the peer takes 8-bit text, safe for every other."""

import base64
import quopri
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.lines import LONGEST_LINE, has_long_line, to_octets
from newsletter.mail.transfer import encode

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
Decoder = Callable[[bytes], bytes]
DECODERS: Mapping[str, Decoder] = {
    "base64": base64.b64decode,
    "quoted-printable": quopri.decodestring,
    "7bit": bytes,
    "8bit": bytes,
}


@given(text=WORDS, is_eight_bit=st.booleans())
def test_what_was_encoded_is_read_back_as_it_was(text: str, is_eight_bit: bool) -> None:
    octets = to_octets(text)
    encoding, encoded = encode(octets, is_eight_bit=is_eight_bit)
    assert DECODERS[encoding](encoded) == octets
    assert is_eight_bit or encoded.isascii()
    assert encoded.count(b"\n") == encoded.count(b"\r") == encoded.count(b"\r\n")


@pytest.mark.parametrize(
    ("text", "is_eight_bit", "encoding"),
    [
        ("Twelve papers.", True, "7bit"),
        ("Twelve papers.", False, "quoted-printable"),
        ("晨报", True, "8bit"),
        ("晨报", False, "base64"),
        ("Twelve papers in the 晨报 of today, all of them new.", False, "quoted-printable"),
        ("晨" * 333, True, "base64"),
        ("晨" * 332, True, "8bit"),
    ],
)
def test_the_smallest_encoding_that_is_correct_is_taken(text: str, is_eight_bit: bool, encoding: str) -> None:
    assert encode(to_octets(text), is_eight_bit=is_eight_bit)[0] == encoding


@given(st.lists(st.integers(0, 1200), max_size=8))
def test_a_line_is_too_long_from_999_octets_on_wherever_it_stands(lengths: list[int]) -> None:
    octets = b"\r\n".join(b"x" * length for length in lengths)
    assert has_long_line(octets) == any(length > LONGEST_LINE for length in lengths)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_kind_of_line_end_becomes_the_one_of_mail(end: str) -> None:
    assert to_octets(f"one{end}two{end}") == b"one\r\ntwo\r\n"


def test_base64_comes_in_lines_of_76() -> None:
    _, encoded = encode("晨报".encode() * 100, is_eight_bit=False)
    *lines, last = encoded.split(b"\r\n")
    assert {len(line) for line in lines} == {76}
    assert 0 < len(last) <= 76
