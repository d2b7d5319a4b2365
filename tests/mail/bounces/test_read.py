"""Whatever the bytes are: an answer, soon, and never an exception."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.mail.bounces import read_bounce
from tests.bounce_report import compare, read_labels
from tests.conftest import SHARED
from tests.mail.bounces.mails import make_mail, make_report, returned
from tests.mail.bounces.promises import check_promises

CORPUS = SHARED / "data" / "bounces"
SEEDS = [
    make_report(
        "Reporting-MTA: dns; mx.example",
        "Final-Recipient: rfc822; wei@reader.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 No such user",
    ),
    make_report("Feedback-Type: abuse\nOriginal-Rcpt-To: wei@reader.example", report_type="feedback-report"),
    make_mail(
        "<wei@reader.example>:\nmailbox full\n\n--- Below this line is a copy of the message.\n"
        + returned("wei@reader.example")
    ),
    make_mail('{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"wei@reader.example"}]}}'),
    make_mail("<p>Fehler: <b>wei@reader.example</b> =?utf-8?B?4pyT?=</p>", kind="text/html; charset=iso-8859-1"),
]
PIECES = [
    b"--b1", b"--b1--", b"\n\n", b"\r\n", b"<", b">", b"@", b"wei@reader.example", b"=?utf-8?B?", b"?=", b"\xff\xfe", b"\x00",
    b"\x1b$B", b"Content-Type: message/rfc822\n\n", b"Content-Type: multipart/mixed; boundary=b1\n\n",
    b"Content-Transfer-Encoding: base64\n", b"charset=unicode_escape", b"charset=punycode", b"charset=utf-7",
    b"Final-Recipient: ", b"X-Failed-Recipients: ", b"generated from ",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A mail with pieces of others put in, cut out, and bytes changed."""
    raw = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        begin = draw(st.integers(0, len(raw)))
        end = draw(st.integers(begin, min(len(raw), begin + 200)))
        raw = raw[:begin] + draw(st.sampled_from(PIECES) | st.binary(max_size=20)) * draw(st.integers(0, 3)) + raw[end:]
    return raw


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated() | st.binary(max_size=400))
def test_no_bytes_raise_anything(raw: bytes) -> None:
    check_promises(read_bounce(raw))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "make",
    [
        lambda: make_mail("wei@reader.example: user unknown\n" * 600_000),
        lambda: make_mail("<" * 1_000_000, kind="text/html"),
        lambda: make_mail("<style>" * 150_000, kind="text/html"),
        lambda: make_mail("Content-Type: message/rfc822\n\n" * 30_000, kind="message/rfc822"),
        lambda: make_mail(
            "--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 20_000, kind="multipart/mixed; boundary=b"
        ),
        lambda: make_mail("".join(f"<r{n}@reader.example>:\nsays nothing\n\n" for n in range(20_000))),
        lambda: make_mail("x", subject="=?utf-8?q?a" * 80_000),
        lambda: b"a: b\n" * 200_000,
    ],
    ids=["20 MB", "open tags", "styles", "mails in mails", "nested parts", "recipients", "encoded words", "fields"],
)
def test_a_huge_or_endlessly_nested_mail_is_read_in_time(make: Callable[[], bytes]) -> None:
    check_promises(read_bounce(make()))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the labelled bounces in ../shared/data/bounces")
def test_the_labelled_bounces_are_read_right() -> None:
    found = compare(CORPUS, read_labels(CORPUS))
    assert found.exceptions == []
    for score, least in ((found.with_status_part, 0.99), (found.all_mails, 0.95)):
        assert score.strict >= least * score.certain, "\n".join(found.misses)
        assert score.lenient >= least * score.mails, "\n".join(found.misses)


def test_an_empty_folder_of_labels_gives_no_figures_to_be_proud_of(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text("")
    assert compare(tmp_path, read_labels(tmp_path)).all_mails.mails == 0
