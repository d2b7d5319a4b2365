"""Failure notices in running text, one small mail in the manner of each kind of server."""

from dataclasses import dataclass

import pytest

from newsletter.mail.bounces import BounceClass, read_bounce
from tests.mail.bounces.mails import DAEMON, make_mail, returned

HARD, SOFT, POLICY, UNKNOWN = BounceClass.HARD, BounceClass.SOFT, BounceClass.POLICY, BounceClass.UNKNOWN


@dataclass(frozen=True, slots=True)
class Case:
    """One layout: what the server says, and what it means for whom."""

    name: str
    text: str
    kind: BounceClass
    recipients: tuple[str, ...] = ("wei@reader.example",)
    subject: str = "failure notice"
    sender: str = DAEMON


CASES = [
    Case(
        "qmail",
        "Hi. This is the qmail-send program at mx.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<wei@reader.example>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 550 5.1.1 <wei@reader.example>... User unknown\nGiving up on 192.0.2.1.\n\n"
        "--- Below this line is a copy of the message.\n\n",
        HARD,
    ),
    Case(
        "qmail, two recipients",
        "Hi. This is the qmail-send program at mx.example.\n\n"
        "<wei@reader.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        "<mia@reader.example>:\nThe user's mailfolder is full.\n\n--- Below this line is a copy of the message.\n\n",
        HARD,
        ("wei@reader.example", "mia@reader.example"),
    ),
    Case(
        "Exim",
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        "  wei@reader.example\n    host mx.reader.example [192.0.2.1]\n"
        "    SMTP error from remote mail server after MAIL FROM:<news@sender.example> SIZE=1024:\n"
        "    550 Unroutable sender address\n\n------ This is a copy of the message, including all the headers. ------\n\n",
        POLICY,
    ),
    Case(
        "Exim, generated from",
        "The following address(es) failed:\n\n  elsewhere@other.example\n    (generated from wei@reader.example)\n"
        "    retry timeout exceeded\n\n------ This is a copy of the message, including all the headers. ------\n\n",
        SOFT,
    ),
    Case(
        "Exim, delayed for our sake",
        "A message that you sent has not yet been delivered to one or more of its\n"
        "recipients after more than 24 hours on the queue on mx.example.\n\n"
        "The address to which the message has not yet been delivered is:\n\n  wei@reader.example\n"
        "    Delay reason: 450 your host is on our block list\n\n"
        "No action is required on your part. Delivery attempts will continue for\nsome time.\n",
        SOFT,
        subject="Warning: message 1aBcDe-000001 delayed 24 hours",
    ),
    Case(
        "Postfix",
        "This is the Postfix program at host mx.example.\n\nI'm sorry to have to inform you that the message returned\n"
        "below could not be delivered to one or more destinations.\n\n"
        "For further assistance, please contact <postmaster@mx.example>\n\n"
        "<wei@reader.example>: host mx.reader.example[192.0.2.1] said: 552 5.2.2\n"
        "    Over quota (in reply to RCPT TO command)\n",
        SOFT,
    ),
    Case(
        "Postfix, forwarded",
        "<wei@reader.example>: host mx.other.example[192.0.2.1] said: 550 5.7.1\n"
        "    <wei@other.example>: Message rejected as spam (in reply to end of DATA command)\n",
        POLICY,
    ),
    Case(
        "sendmail",
        "The original message was received at Thu, 19 Mar 2026 06:00:00 GMT\nfrom localhost [127.0.0.1]\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n<wei@reader.example>\n"
        "    (reason: 550 Host unknown)\n\n   ----- Transcript of session follows -----\n"
        "550 5.1.2 <wei@reader.example>... Host unknown (Name server: reader.example.: host not found)\n",
        HARD,
        subject="Returned mail: see transcript for details",
    ),
    Case(
        "old sendmail, a transcript alone",
        "   ----- Transcript of session follows -----\nWhile talking to mx.reader.example:\n>>> RCPT To:<wei@reader.example>\n"
        "<<< 550 User unknown\n550 <wei@reader.example>... User unknown\n>>> QUIT\n"
        "While talking to mx.other.example:\n>>> MAIL From:<news@sender.example>\n<<< 550 Your host is blacklisted\n"
        "554 <mia@other.example>... Remote protocol error\n\n   ----- Unsent message follows -----\n",
        HARD,
        ("wei@reader.example", "mia@other.example"),
        subject="Returned mail: User unknown",
    ),
    Case(
        "Exchange",
        "Your message\n\n  To:      somebody@else.example\n  Subject: Chenbao\n  Sent:    Thu, 19 Mar 2026 06:00:00 +0000\n\n"
        "did not reach the following recipient(s):\n\nwei@reader.example on Thu, 19 Mar 2026 06:01:00 +0000\n"
        "    The recipient name is not recognized\n\tMSEXCH:IMS:READER:MX 0 (000C05A6) Unknown Recipient\n",
        HARD,
        subject="Undeliverable: Chenbao",
        sender="System Administrator <postmaster@reader.example>",
    ),
    Case(
        "Gmail",
        "Delivery to the following recipient failed permanently:\n\n     wei@reader.example\n\n"
        "Technical details of permanent failure:\nGoogle tried to deliver your message, but it was rejected by the server for "
        "the recipient domain reader.example.\n\nThe error that the other server returned was:\n"
        "550 5.7.26 This mail has been blocked because the sender is unauthenticated.\n\n----- Original message -----\n",
        POLICY,
        subject="Delivery Status Notification (Failure)",
    ),
    Case(
        "Yahoo",
        "Message from yahoo.com.\nUnable to deliver message to the following address(es).\n\n"
        "<wei@reader.example>:\nThis user doesn't have a reader.example account (wei@reader.example) [0]\n\n"
        "--- Original message follows.\n\n",
        HARD,
    ),
    Case(
        "GMX",
        "This message was created automatically by mail delivery software.\nThe following address failed:\n\n"
        '"wei@reader.example":\nSMTP error from remote server after RCPT command:\nhost: mx.reader.example\n'
        "5.1.1 <wei@reader.example>... User Unknown\n\n--- The header of the original message is following. ---\n\n",
        HARD,
    ),
    Case(
        "Apache James",
        "Hi. This is the James mail server at mx.example.\nI'm afraid I wasn't able to deliver your message to the following "
        "addresses.\n\nFailed recipient(s):\nwei@reader.example\n\nError message:\n452 4.2.2 Mailbox full\n\n"
        "Message details:\n  Subject: Chenbao\n  MAIL FROM: news@sender.example\n  RCPT TO: wei@reader.example\n",
        SOFT,
        subject="[BOUNCE]",
    ),
    Case(
        "Notes",
        "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\nwei@reader.example\n\n"
        "------- Returned Message --------\n\n",
        HARD,
        subject="DELIVERY FAILURE",
    ),
    Case(
        "MailFoundry",
        "Unable to deliver message to: <wei@reader.example>\nDelivery failed for the following reason:\n"
        "Server mx.reader.example[192.0.2.1] failed with: 550 <wei@reader.example> No such user here\n\n"
        "This has been a permanent failure.  No further delivery attempts will be made.\n",
        HARD,
        subject="Message delivery has failed",
    ),
    Case(
        "an answer in brackets",
        "We had trouble delivering your message. Full details follow:\n\nSubject: 'Chenbao'\n\n1 error(s):\n\n"
        "SMTP Server <mx.reader.example> rejected recipient <wei@reader.example>\n"
        "  (Error following RCPT command). It responded as follows: [550 5.1.1 User Unknown]\n",
        HARD,
        subject="There was an error sending your mail",
        sender="postmaster@mx.example",
    ),
    Case(
        "OpenSMTPD, delayed",
        "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n"
        "    A message is delayed for more than 4 hours for the following\n    list of recipients:\n\n"
        "wei@reader.example: Network error on destination MXs\n\n"
        "    Please note that this is only a temporary failure report.\n\n    Below is a copy of the original message:\n\n",
        SOFT,
        subject="Delivery status notification: warning",
    ),
    Case(
        "DragonFly",
        "This is the DragonFly Mail Agent v0.13 at mx.example.\n\n"
        "There was an error delivering your mail to <wei@reader.example>.\n\n"
        "mx.reader.example [192.0.2.1] did not like our RCPT TO:\n552 5.2.2 Mailbox full\n\nMessage headers follow.\n\n",
        SOFT,
        subject="Mail delivery failed",
    ),
    Case(
        "Mail.ru",
        "Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.\n\n"
        "К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:\n\n"
        "  wei@reader.example\n    пользователь не найден\n",
        HARD,
        subject="Ваше сообщение не доставлено",
    ),
    Case(
        "Chinese",
        "您的邮件无法送达以下收件人：\n\n<wei@reader.example>\n\n退信原因：收件人邮箱空间已满\n",
        SOFT,
        subject="系统退信",
    ),
    Case(
        "Japanese",
        "以下のあて先へのメッセージは送信できませんでした。\n\n<wei@reader.example>\n\n送信先メールアドレスが見つかりません。\n",
        HARD,
        subject="配信エラー",
        sender="Postmaster@carrier.example",
    ),
    Case(
        "German",
        "Ihre Nachricht konnte nicht zugestellt werden an:\n\nwei@reader.example\n\nDer Empfänger ist unbekannt.\n",
        HARD,
        subject="Unzustellbar: Chenbao",
    ),
    Case(
        "French",
        "Votre message n'a pas pu être délivré à\n\nwei@reader.example\n\nLa boîte du destinataire est pleine.\n",
        SOFT,
        subject="non remis",
    ),
    Case(
        "no cause", "Your message could not be delivered to\n\nwei@reader.example\n", UNKNOWN, subject="Undeliverable"
    ),
    Case(
        "a local part alone",
        "Your mail to the following recipients could not be delivered because\nthey are not accepting mail from "
        "news@sender.example:\n\twei\n",
        POLICY,
        subject="Mail Delivery Problem",
        sender="Mail Delivery Subsystem <MAILER-DAEMON@reader.example>",
    ),
    Case("nobody named", "The mail could not be delivered: mailbox full.\n", SOFT, (), subject="Undeliverable"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_notice_in_running_text_is_read(case: Case) -> None:
    report = read_bounce(make_mail(case.text, subject=case.subject, sender=case.sender))
    assert tuple(recipient.address for recipient in report.recipients) == case.recipients
    assert report.kind is case.kind


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mail_that_is_returned_with_the_notice_changes_nothing(case: Case) -> None:
    text = case.text + returned("wei@reader.example", body="Spam! user unknown, mailbox full <mia@nobody.example>")
    report = read_bounce(make_mail(text, subject=case.subject, sender=case.sender))
    assert report.kind is case.kind
    assert tuple(recipient.address for recipient in report.recipients) == (case.recipients or ("wei@reader.example",))
    assert report.original_message_id == "2026-03-19.7@sender.example"


def test_each_recipient_has_a_cause_of_its_own() -> None:
    report = read_bounce(make_mail(CASES[1].text))
    assert {recipient.address: recipient.kind for recipient in report.recipients} == {
        "wei@reader.example": HARD,
        "mia@reader.example": SOFT,
    }
    assert report.status == "5.1.1"


def test_the_header_of_exim_names_the_recipients() -> None:
    raw = make_mail(
        "It failed.\n", subject="x", headers={"X-Failed-Recipients": "Wei@Reader.Example, mia@reader.example"}
    )
    assert [found.address for found in read_bounce(raw).recipients] == ["wei@reader.example", "mia@reader.example"]
