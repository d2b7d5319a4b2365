"""Reports as servers fill them in: whom they name, and what their codes mean where no words tell it."""

import pytest

from newsletter.mail.bounces import BounceClass, read_bounce
from tests.mail.bounces.mails import make_report

WEI = "wei@reader.example"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("Original-Recipient: rfc822;wei@reader.example\nFinal-Recipient: rfc822;fwd@other.example", ""),
        (
            "Final-Recipient: rfc822; wei.local@mx7.example",
            "<wei.local@mx7.example> (expanded from <wei@reader.example>): x",
        ),
        ("Final-Recipient: x400;/G=Wei/S=X/O=O/PRMD=P/C=US/\nX-Display-Name: Wei", ""),
        ("Final-Recipient: rfc822; dda:SMTP=wei@reader.example", ""),
        ("Final-Recipient: rfc822; @mx.example:wei@reader.example", ""),
        ("Final-Recipient: rfc822; wei", "<wei>: user unknown"),
        ("Original-Recipient: <wei@reader.example>\nFinal-Recipient: <x@y.example>", ""),
        ("Original-Recipient: rfc822;\nFinal-Recipient: rfc822;wei@reader.example", ""),
    ],
)
def test_a_report_names_whom_we_wrote_to(fields: str, text: str) -> None:
    report = read_bounce(make_report(f"{fields}\nAction: failed\nStatus: 5.1.1", text=text))
    assert (report.kind, [found.address for found in report.recipients]) == (BounceClass.HARD, [WEI])


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("Action: expired\nStatus:", BounceClass.SOFT),
        ("Action: failed\nStatus: 5.5.1\nDiagnostic-Code: smtp; 503 5.5.1 Bad sequence of commands", BounceClass.SOFT),
        ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 530 no", BounceClass.POLICY),
        ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 571 no", BounceClass.POLICY),
        ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 421 bye", BounceClass.SOFT),
        ("Action: failed\nStatus: 5.7.13\nDiagnostic-Code: smtp; 525 no", BounceClass.HARD),
        ("Action: failed\nStatus: 4.4.7\nDiagnostic-Code: smtp; 450 Client host rejected", BounceClass.POLICY),
        ("Action: failed\nStatus: 5.0.0", BounceClass.UNKNOWN),
    ],
)
def test_codes_speak_where_words_do_not(fields: str, kind: BounceClass) -> None:
    assert read_bounce(make_report(f"Final-Recipient: rfc822; {WEI}\n{fields}")).kind is kind
