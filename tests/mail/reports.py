"""Reports as mail systems write them, for the tests that hear them."""

from newsletter.mail.bounces import BounceClass

_STATUS = {BounceClass.HARD: "5.1.1", BounceClass.SOFT: "4.2.2", BounceClass.POLICY: "5.7.1"}
_SAID = {
    "5.1.1": "550 5.1.1 user unknown",
    "4.2.2": "452 4.2.2 mailbox full",
    "5.7.1": "554 5.7.1 message refused: the sending host is on a block list",
}


def delivery_report(
    recipient: str,
    kind: BounceClass = BounceClass.HARD,
    *,
    to: str = "chenbao@papers.example.org",
    message_id: str = "<unknown@papers.example.org>",
    own_id: str = "<report.1@mx.example.net>",
) -> bytes:
    """Return a failure report (RFC 3464) to `to` about a mail of this Message-ID."""
    status = _STATUS[kind]
    return f"""\
From: Mail Delivery System <mailer-daemon@mx.example.net>
To: {to}
Date: Fri, 20 Mar 2026 09:00:00 +0000
Message-ID: {own_id}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"

--=_r
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered to {recipient}.

--=_r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {_SAID[status]}

--=_r
Content-Type: text/rfc822-headers

From: Chenbao <chenbao@papers.example.org>
To: {recipient}
Subject: Your papers
Message-ID: {message_id}

--=_r--
""".replace("\n", "\r\n").encode()


def complaint(recipient: str, *, to: str, message_id: str) -> bytes:
    """Return a complaint (RFC 5965) about a mail of this Message-ID."""
    return f"""\
From: <feedback@mail.example.net>
To: {to}
Date: Fri, 20 Mar 2026 09:00:00 +0000
Message-ID: <complaint.1@mail.example.net>
Subject: Complaint about message
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_r"

--=_r
Content-Type: text/plain

This is an email abuse report.

--=_r
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: ExampleFBL/1.0
Version: 1
Original-Rcpt-To: {recipient}

--=_r
Content-Type: text/rfc822-headers

From: Chenbao <chenbao@papers.example.org>
To: {recipient}
Subject: Your papers
Message-ID: {message_id}

--=_r--
""".replace("\n", "\r\n").encode()
