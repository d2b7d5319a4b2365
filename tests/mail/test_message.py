"""What a letter looks like on the wire, read back by a parser that knows nothing of how it was written."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import AddressError, InputError
from newsletter.mail.message import Letter, ListHeaders, build_message, message_id_for, split_mailbox

LIST_HEADERS = ListHeaders(
    unsubscribe_url="https://news.example.org/unsubscribe/abc.def",
    unsubscribe_mailto="unsubscribe@example.org?subject=abc",
    list_id="Chenbao 晨报 <digest.example.org>",
    help_url="https://news.example.org/manage/abc",
    archive_url="https://news.example.org/digest/abc/2026-03-20",
    feedback_id="20260320:digest:chenbao:example.org",
)
LETTER = Letter(
    to_name="张三",
    to_address="zhang@example.org",
    from_header="Chenbao 晨报 <chenbao@example.org>",
    subject="晨报 · 12 new papers on diffusion models",
    text="你好。\nTwelve papers.\n",
    html='<!doctype html><html lang="zh-Hans"><body><p>你好</p></body></html>',
    message_id="<abc@example.org>",
    date=datetime(2026, 3, 20, 8, 0, tzinfo=timezone(timedelta(hours=8))),
    language="zh-Hans, en",
    list_headers=LIST_HEADERS,
)

# any character that text can hold, but lone surrogates, which no encoding can carry
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def parse(letter: Letter) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(build_message(letter))


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    content: str = part.get_content()
    return content


def tidy(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()


def test_a_mail_reader_finds_both_bodies_and_every_name_as_it_was_written() -> None:
    message = parse(LETTER)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]  # the last is preferred
    assert body(message, "plain").splitlines() == ["你好。", "Twelve papers."]
    assert body(message, "html") == LETTER.html
    assert message["Subject"] == LETTER.subject
    assert [(who.display_name, who.addr_spec) for who in message["To"].addresses] == [("张三", "zhang@example.org")]
    assert [(who.display_name, who.addr_spec) for who in message["From"].addresses] == [
        ("Chenbao 晨报", "chenbao@example.org")
    ]
    assert message["Date"].datetime == LETTER.date
    assert message["Message-ID"] == "<abc@example.org>"
    assert message["Content-Language"] == "zh-Hans, en"
    assert message["Auto-Submitted"] == "auto-generated"
    assert not [name for name in message if name.lower().startswith("x-")]
    assert not message.defects


def test_one_click_unsubscription_is_offered_as_rfc_8058_asks() -> None:
    message = parse(LETTER)
    ways = re.findall(r"<([^>]*)>", message["List-Unsubscribe"])
    assert ways == [LIST_HEADERS.unsubscribe_url, f"mailto:{LIST_HEADERS.unsubscribe_mailto}"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(message["List-Id"]) == "Chenbao 晨报 <digest.example.org>"
    assert message["List-Help"] == f"<{LIST_HEADERS.help_url}>"
    assert message["List-Archive"] == f"<{LIST_HEADERS.archive_url}>"
    assert message["Feedback-ID"] == LIST_HEADERS.feedback_id
    assert message["Precedence"] == "bulk"


def test_without_a_mailbox_for_it_unsubscription_is_by_https_alone() -> None:
    headers = replace(LIST_HEADERS, unsubscribe_mailto=None, list_id="digest.example.org")
    message = parse(replace(LETTER, list_headers=headers))
    assert message["List-Unsubscribe"] == f"<{LIST_HEADERS.unsubscribe_url}>"
    assert message["List-Id"] == "<digest.example.org>"


def test_a_letter_that_answers_somebody_is_no_list_mail() -> None:
    message = parse(replace(LETTER, list_headers=None))
    assert not [name for name in message if name.startswith("List-")]
    assert message["Precedence"] is None
    assert message["Auto-Submitted"] == "auto-generated"


@given(subject=TEXTS, name=TEXTS, text=TEXTS, html=TEXTS)
@example(subject="a" * 2000, name="b " * 600, text="x" * 5000, html="漢" * 5000)
@example(subject="=?utf-8?b?QQ==?=", name='a "quoted" \\ name, with; (marks)', text=".\r\n..\n.", html="From me\n")
@example(
    subject="Hi\r\nBcc: evil@example.org", name="\nBcc: evil@example.org\n\nBody", text="a\rb\r\nc\n\n", html=" \t\n \n"
)
def test_whatever_is_written_arrives_and_nothing_gets_out_of_its_place(
    subject: str, name: str, text: str, html: str
) -> None:
    content = build_message(replace(LETTER, subject=subject, to_name=name, text=text, html=html))
    assert content.isascii()
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    message = BytesParser(policy=policy.default).parsebytes(content)
    assert message.keys() == parse(LETTER).keys()
    assert str(message["Subject"]) == tidy(subject)
    assert [who.addr_spec for who in message["To"].addresses] == ["zhang@example.org"]
    # the structured parser drops blanks at the ends of encoded words, so the name is read by the older one
    written = BytesParser(policy=policy.compat32).parsebytes(content)["To"].rpartition("<")[0]
    found = str(make_header(decode_header(written.strip()))) if "=?" in written else parseaddr(f"{written} <a@b>")[0]
    assert found == tidy(name)
    for subtype, wanted in (("plain", text), ("html", html)):
        assert re.split(r"\r\n|\r|\n", body(message, subtype)) == re.split(r"\r\n|\r|\n", wanted)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "no-at.example.org",
        "@example.org",
        "a@",
        "a@b\r\nBcc: evil@example.org",
        "a b@example.org",
        "a@b>",
        "a,b@c",
        "a@b\x00",
    ],
)
def test_an_address_that_could_end_its_header_is_refused(address: str) -> None:
    with pytest.raises(AddressError):
        build_message(replace(LETTER, to_address=address))


@pytest.mark.parametrize(
    "value", ["", "https://e.org/\r\nBcc: x", "https://e.org/a b", "https://e.org/>", "https://e.org/" + "a" * 900]
)
def test_a_link_that_could_end_its_header_is_refused(value: str) -> None:
    for name in ("unsubscribe_url", "help_url", "archive_url", "feedback_id"):
        with pytest.raises(InputError):
            build_message(replace(LETTER, list_headers=replace(LIST_HEADERS, **{name: value})))


@pytest.mark.parametrize("value", ["abc@example.org", "<abc>", "<a@b>\r\nBcc: x", "<a@b\r\n>", ""])
def test_a_message_id_of_another_form_is_refused(value: str) -> None:
    with pytest.raises(InputError):
        build_message(replace(LETTER, message_id=value))


@pytest.mark.parametrize("value", ["", "en\r\nBcc: x", "英文", "en,"])
def test_a_language_of_another_form_is_refused(value: str) -> None:
    with pytest.raises(InputError):
        build_message(replace(LETTER, language=value))


def test_a_date_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        build_message(replace(LETTER, date=datetime(2026, 3, 20, tzinfo=UTC).replace(tzinfo=None)))


def test_a_chinese_domain_is_written_in_ascii_so_that_every_relay_takes_it() -> None:
    message = parse(replace(LETTER, to_address="reader@例子.cn"))
    assert message["To"].addresses[0].addr_spec == "reader@xn--fsqu00a.cn"


def test_a_chinese_mailbox_is_written_as_it_is() -> None:
    content = build_message(replace(LETTER, to_address="用户@例子.cn"))
    assert "<用户@xn--fsqu00a.cn>".encode() in content


def test_mostly_english_text_stays_readable_in_the_source_and_chinese_is_not_tripled() -> None:
    english = build_message(replace(LETTER, text="Plain words.\n" * 50, html="<p>" + "中文" * 2000))
    assert b"Plain words.\r\nPlain words." in english
    assert len(english) < 1.5 * len(("<p>" + "中文" * 2000).encode()) + 3000


def identify(**changes: object) -> str:
    usual: dict[str, object] = {
        "secret_key": "s" * 32,
        "from_header": "Chenbao 晨报 <chenbao@example.org>",
        "subscriber_id": 7,
        "message": "digest",
        "occasion": "2026-03-20",
        "revision": 0,
    }
    return message_id_for(**(usual | changes))  # type: ignore[arg-type]  # tests vary one at a time


def test_every_attempt_of_a_delivery_has_the_same_message_id_and_no_other_has_it() -> None:
    assert identify() == identify()
    others = [
        identify(subscriber_id=8),
        identify(message="confirm"),
        identify(occasion="2026-03-21"),
        identify(revision=1),
        identify(secret_key="t" * 32),
    ]
    assert len({identify(), *others}) == 6


def test_a_message_id_fits_a_message_and_is_of_our_domain() -> None:
    found = identify()
    assert re.fullmatch(r"<[a-z2-7]{32}@example\.org>", found)
    assert parse(replace(LETTER, message_id=found))["Message-ID"] == found


def test_a_sender_is_read_from_its_header() -> None:
    assert split_mailbox("Chenbao 晨报 <chenbao@localhost>") == ("Chenbao 晨报", "chenbao@localhost")
    assert split_mailbox("chenbao@例子.cn") == ("", "chenbao@xn--fsqu00a.cn")
    with pytest.raises(AddressError):
        split_mailbox("Chenbao")
