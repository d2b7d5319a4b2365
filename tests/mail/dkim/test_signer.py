"""A signature holds for what was signed, says dkimpy, and for nothing else."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.mail.dkim.canonical import Form, canonical_body, split_message
from newsletter.mail.dkim.signer import OVERSIGNED, Signer
from newsletter.mail.dkim.verify import find_signatures
from newsletter.mail.message import build_message
from tests.mail.dkim.keys import AT, RSA_KEY, SIGNER, published, verified_by_dkimpy
from tests.mail.test_message import LETTER, TEXTS

RECORDS = published()
SIGNED = SIGNER.sign(build_message(LETTER), at=AT)
HEADERS = re.compile(rb"^(From|To|Subject|Date|Message-ID|List-Unsubscribe|List-Unsubscribe-Post): ", re.MULTILINE)


@settings(max_examples=60, deadline=None)
@given(subject=TEXTS, text=TEXTS, html=TEXTS, name=TEXTS, is_list=st.booleans())
def test_dkimpy_believes_both_signatures_of_whatever_we_write(
    subject: str, text: str, html: str, name: str, is_list: bool
) -> None:
    letter = replace(
        LETTER, subject=subject, text=text, html=html, to_name=name,
        list_headers=LETTER.list_headers if is_list else None,
    )  # fmt: skip
    signed = SIGNER.sign(build_message(letter), at=AT)
    assert verified_by_dkimpy(signed, RECORDS) == [True, True]
    assert max(map(len, signed.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998


def test_an_address_beyond_ascii_is_signed_too() -> None:
    signed = SIGNER.sign(build_message(replace(LETTER, to_address="张三@example.org")), at=AT)
    assert verified_by_dkimpy(signed, RECORDS) == [True, True]


@pytest.mark.parametrize("header", [found.decode() for found in HEADERS.findall(SIGNED)])
def test_a_changed_header_breaks_both_signatures(header: str) -> None:
    changed = SIGNED.replace(f"\r\n{header}: ".encode(), f"\r\n{header}: x".encode(), 1)
    assert changed != SIGNED
    assert verified_by_dkimpy(changed, RECORDS) == [False, False]


@pytest.mark.parametrize("name", OVERSIGNED)
@pytest.mark.parametrize("is_first", [True, False])
def test_another_header_of_an_important_name_breaks_both_signatures(name: str, is_first: bool) -> None:
    added = f"{name}: <https://evil.example.net/>\r\n".encode()
    head, end, body = SIGNED.partition(b"\r\n\r\n")
    changed = added + SIGNED if is_first else head + b"\r\n" + added.removesuffix(b"\r\n") + end + body
    assert verified_by_dkimpy(changed, RECORDS) == [False, False]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_changed_body_breaks_both_signatures(data: st.DataObject) -> None:
    head, end, body = SIGNED.partition(b"\r\n\r\n")
    at = data.draw(st.integers(0, len(body.rstrip()) - 1).filter(lambda at: body[at : at + 1].isalnum()))
    changed = body[:at] + (b"x" if body[at : at + 1] != b"x" else b"y") + body[at + 1 :]
    assert verified_by_dkimpy(head + end + changed, RECORDS) == [False, False]


def test_what_relays_do_to_the_blanks_of_a_header_and_to_the_end_of_a_body_breaks_nothing() -> None:
    head, end, body = SIGNED.partition(b"\r\n\r\n")
    refolded = head.replace(b"\r\nSubject: ", b"\r\nSUBJECT:\r\n\t ").replace(b"\r\nFrom: ", b"\r\nfrom:  ")
    assert verified_by_dkimpy(refolded + end + body + b"\r\n\r\n", RECORDS) == [True, True]


def test_both_unsubscribe_headers_are_covered_and_from_is_listed_twice() -> None:
    for signature in find_signatures(SIGNED):
        assert {"list-unsubscribe", "list-unsubscribe-post", "feedback-id", "list-id"} <= set(signature.covered)
        assert signature.covered.count("from") == 2
        assert signature.covered.count("reply-to") == 1, "there is none, and nobody may add one"


def test_a_signature_tells_its_time_and_no_length() -> None:
    later = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
    fields, _ = split_message(SIGNER.sign(build_message(LETTER), at=later))
    values = [value for name, value in fields if name == "dkim-signature"]
    assert len(values) == 2
    assert all(f" t={int(later.timestamp())};".encode() in value and b" l=" not in value for value in values)


def test_the_lines_of_a_signature_are_short() -> None:
    head = SIGNED.partition(b"\r\nFrom: ")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_a_long_domain_is_a_line_of_its_own() -> None:
    domain = ".".join(["d" * 60] * 3)
    signed = Signer(domain=domain, keys=(RSA_KEY,)).sign(build_message(LETTER), at=AT)
    assert verified_by_dkimpy(signed, published([RSA_KEY], domain)) == [True]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"x"])
def test_only_a_message_with_whole_lines_is_signed(end: bytes) -> None:
    with pytest.raises(ValueError, match="CRLF"):
        SIGNER.sign(build_message(LETTER) + end, at=AT)


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" \t\r\n \r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # the example of RFC 6376 section 3.4.5
        (b"no end", b"no end\r\n"),
        (b"a\r\n ", b"a\r\n"),
    ],
)
def test_the_relaxed_form_of_a_body_is_the_standards(body: bytes, canonical: bytes) -> None:
    assert canonical_body(body, Form.RELAXED) == canonical


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b"\r\n"),
        (b"\r\n\r\n", b"\r\n"),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C \r\nD \t E\r\n"),  # the example of RFC 6376 section 3.4.5
        (b"no end", b"no end\r\n"),
    ],
)
def test_the_simple_form_of_a_body_is_the_standards(body: bytes, canonical: bytes) -> None:
    assert canonical_body(body, Form.SIMPLE) == canonical


def test_a_key_never_shows_in_what_is_printed() -> None:
    assert "private" not in repr(SIGNER)
