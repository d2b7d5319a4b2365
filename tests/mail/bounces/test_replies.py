"""Automatic replies and ordinary mail: nothing failed, so nobody may be suppressed for them."""

import pytest

from newsletter.mail.bounces import BounceClass, read_bounce
from tests.mail.bounces.mails import make_mail

READER = "Wei <wei@reader.example>"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": "auto-replied (vacation)"},
        {"X-Autoreply": "yes"},
        {"X-Autorespond": "chenbao"},
        {"Precedence": "auto_reply"},
        {"X-Apple-Action": "VACATION"},
    ],
    ids=str,
)
def test_the_headers_of_an_automatic_reply_are_known(headers: dict[str, str]) -> None:
    report = read_bounce(make_mail("I read mail on Mondays.", subject="Re: Chenbao", sender=READER, headers=headers))
    assert (report.kind, report.recipients) == (BounceClass.AUTO_REPLY, ())


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Chenbao",
        "Out of Office: Chenbao",
        "Auto: Away until Monday",
        "Automatische Antwort: Chenbao",
        "Abwesenheitsnotiz: Chenbao",
        "Réponse automatique : Chenbao",
        "Respuesta automática: Chenbao",
        "Автоответ: Chenbao",
        "自动回复：晨报",
        "自動返信: 晨报",
        "=?utf-8?B?6Ieq5Yqo5Zue5aSN?=: x",
    ],
)
def test_the_subject_tells_it_in_many_languages(subject: str) -> None:
    assert read_bounce(make_mail("x", subject=subject, sender=READER)).kind is BounceClass.AUTO_REPLY


def test_an_automatic_reply_says_which_mail_it_answers() -> None:
    headers = {"Auto-Submitted": "auto-replied", "In-Reply-To": "<2026-03-19.7@sender.example>"}
    raw = make_mail("x", subject="Re: Chenbao", sender=READER, headers=headers)
    assert read_bounce(raw).original_message_id == "2026-03-19.7@sender.example"


def test_a_failure_notice_marked_as_an_automatic_reply_is_a_failure_notice() -> None:
    raw = make_mail("<wei@reader.example>: user unknown\n", headers={"Auto-Submitted": "auto-replied"})
    assert read_bounce(raw).kind is BounceClass.HARD


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Thank you", "I like the papers of today, but mia@reader.example does not."),
        ("Re: Chenbao", "The user unknown to me wrote: mailbox full."),
        ("你好", "今天的论文很好。"),
        ("", ""),
    ],
)
def test_ordinary_mail_is_not_a_bounce(subject: str, text: str) -> None:
    report = read_bounce(make_mail(text, subject=subject, sender=READER))
    assert (report.kind, report.recipients) == (BounceClass.NOT_A_BOUNCE, ())


def test_a_server_may_write_without_anything_having_failed() -> None:
    raw = make_mail("Our lists have a new home. Have a nice day.", subject="Welcome", sender="postmaster@mx.example")
    assert read_bounce(raw).kind is BounceClass.NOT_A_BOUNCE
