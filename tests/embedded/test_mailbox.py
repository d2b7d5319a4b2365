import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.embedded.mailbox import (
    MessageStore,
    find_by_message_id,
    list_messages,
    read_message,
)
from newsletter.errors import NotFoundError
from tests.embedded.peers import MORNING

PLAIN = b"Subject: Hello\r\nFrom: a@example.org\r\nMessage-ID: <1@example.org>\r\n\r\nBody\r\n"
BOTH = b"""Subject: =?utf-8?b?5pmo5oql?= 2
From: =?utf-8?q?Chenbao_=E6=99=A8=E6=8A=A5?= <chenbao@example.org>
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain; charset=gb18030
Content-Transfer-Encoding: base64

xOO6ww==
--x
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>=E4=BD=A0=E5=A5=BD</p>
--x--
""".replace(b"\n", b"\r\n")


def store_in(folder: Path, now: datetime = MORNING) -> MessageStore:
    return MessageStore(folder, lambda: now)


def test_an_inbox_that_never_ran_is_empty(tmp_path: Path) -> None:
    assert list_messages(tmp_path / "inbox", 10) == []
    assert not find_by_message_id(tmp_path / "inbox", "<1@example.org>")


def test_a_stored_message_is_listed_and_read_as_it_was(tmp_path: Path) -> None:
    key = store_in(tmp_path).add(b"Delivered-To: b@example.org\r\n" + PLAIN)
    (listed,) = list_messages(tmp_path, 10)
    assert (listed.key, listed.subject, listed.sender) == (key, "Hello", "a@example.org")
    assert (listed.recipient, listed.received_at, listed.size) == ("b@example.org", MORNING, len(PLAIN) + 29)
    assert read_message(tmp_path, key).raw == b"Delivered-To: b@example.org\r\n" + PLAIN


def test_both_bodies_and_chinese_headers_are_decoded(tmp_path: Path) -> None:
    opened = read_message(tmp_path, store_in(tmp_path).add(BOTH))
    assert (opened.text, opened.html) == ("你好", "<p>你好</p>")
    assert opened.headers[:2] == (("Subject", "晨报 2"), ("From", "Chenbao 晨报 <chenbao@example.org>"))
    assert list_messages(tmp_path, 1)[0].sender == "Chenbao 晨报 <chenbao@example.org>"


def test_headers_in_plain_utf_8_are_decoded(tmp_path: Path) -> None:
    store_in(tmp_path).add("Subject: 晨报\r\n\r\n".encode())
    assert list_messages(tmp_path, 1)[0].subject == "晨报"


def test_a_message_without_html_says_so(tmp_path: Path) -> None:
    opened = read_message(tmp_path, store_in(tmp_path).add(PLAIN))
    assert (opened.html, opened.text) == (None, "Body\r\n")


def test_an_attached_page_is_not_the_message(tmp_path: Path) -> None:
    attached = b"Content-Type: text/html\r\nContent-Disposition: attachment; filename=a.html\r\n\r\n<b>"
    opened = read_message(tmp_path, store_in(tmp_path).add(attached))
    assert (opened.html, opened.text) == (None, None)


def test_a_charset_nobody_knows_is_read_as_utf_8(tmp_path: Path) -> None:
    content = "Content-Type: text/plain; charset=klingon\r\n\r\n晨报".encode()
    assert read_message(tmp_path, store_in(tmp_path).add(content)).text == "晨报"


@settings(deadline=None, max_examples=50)  # each example waits for the disk
@given(st.binary(max_size=300))
def test_whatever_was_stored_can_be_listed_and_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("inbox")
    key = store_in(folder).add(content)
    assert [message.key for message in list_messages(folder, 10)] == [key]
    assert read_message(folder, key).raw == content


@settings(deadline=None, max_examples=50)  # each example waits for the disk
@given(st.sampled_from(["Subject", "From", "Content-Type", "Content-Transfer-Encoding", "Delivered-To"]), st.text())
def test_a_malformed_header_hides_no_message(tmp_path_factory: pytest.TempPathFactory, name: str, value: str) -> None:
    folder = tmp_path_factory.mktemp("inbox")
    key = store_in(folder).add(f"{name}: {value}\r\n\r\nBody\r\n".encode("utf-8", "replace"))
    assert [message.key for message in list_messages(folder, 10)] == [key]
    assert read_message(folder, key).headers


def test_the_newest_come_first_and_no_more_than_asked(tmp_path: Path) -> None:
    instants = iter([MORNING, MORNING + timedelta(days=1), MORNING + timedelta(hours=1)])
    store = MessageStore(tmp_path, lambda: next(instants))
    first, second, third = (store.add(PLAIN) for _ in range(3))
    assert [message.key for message in list_messages(tmp_path, 2)] == [third, second]
    assert [message.key for message in list_messages(tmp_path, 9)] == [third, second, first]


def test_messages_of_one_instant_each_have_their_own_key_in_order(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    keys = [store.add(PLAIN) for _ in range(5)]
    assert sorted(set(keys)) == keys


def test_a_clock_that_comes_to_an_instant_again_overwrites_nothing(tmp_path: Path) -> None:
    keys = {store_in(tmp_path).add(b"%d" % run) for run in range(3)}
    assert {read_message(tmp_path, key).raw for key in keys} == {b"0", b"1", b"2"}


def test_other_files_in_the_folder_are_no_messages(tmp_path: Path) -> None:
    store_in(tmp_path).add(PLAIN)
    for name in (
        "notes.eml",
        "20260320T120000-1234567.eml",
        "20260320T120000-123456.txt",
        "٢٠٢٦٠٣٢٠T120000-123456.eml",
    ):
        (tmp_path / name).write_text("Subject: no\r\n\r\n")
    assert len(list_messages(tmp_path, 10)) == 1


@pytest.mark.parametrize(
    "key",
    [
        "",
        "..",
        "../secret",
        "/etc/passwd",
        "20260320T120000-123456/../../x",
        "20260320T120000-123456\n",
        "by-message-id",
    ],
)
def test_a_key_that_is_a_path_is_not_followed(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.eml").write_text("x")
    folder = tmp_path / "inbox"
    store_in(folder).add(PLAIN)
    with pytest.raises(NotFoundError):
        read_message(folder, key)


def test_a_message_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no message 20260320T120000-000000"):
        read_message(tmp_path, "20260320T120000-000000")


def test_a_message_is_found_by_its_id_with_or_without_brackets(tmp_path: Path) -> None:
    store_in(tmp_path).add(PLAIN)
    assert find_by_message_id(tmp_path, "<1@example.org>")
    assert find_by_message_id(tmp_path, "1@example.org")
    assert not find_by_message_id(tmp_path, "<2@example.org>")
    assert not find_by_message_id(tmp_path, "../../etc/passwd")


@pytest.mark.parametrize(
    "header", [b"Message-ID: <a@b>", b"message-id:<a@b>", b"Message-Id:\r\n <a@b>", b"Message-ID: a@b"]
)
def test_a_message_id_is_found_however_it_is_written(tmp_path: Path, header: bytes) -> None:
    store_in(tmp_path).add(b"Subject: x\r\n" + header + b"\r\n\r\n")
    assert find_by_message_id(tmp_path, "<a@b>")


def test_a_message_id_in_the_body_is_no_message_id(tmp_path: Path) -> None:
    store_in(tmp_path).add(b"Subject: x\r\n\r\nMessage-ID: <a@b>\r\n")
    assert not find_by_message_id(tmp_path, "<a@b>")


def test_the_same_message_twice_is_kept_twice_and_found(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    first, _ = store.add(PLAIN), store.add(PLAIN)
    assert len(list_messages(tmp_path, 10)) == 2
    assert find_by_message_id(tmp_path, "<1@example.org>")
    assert (tmp_path / "by-message-id").joinpath(
        next(os.walk(tmp_path / "by-message-id"))[2][0]
    ).resolve().stem == first


def test_a_removed_message_is_found_no_more_until_it_comes_again(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    (tmp_path / f"{store.add(PLAIN)}.eml").unlink()
    assert not find_by_message_id(tmp_path, "<1@example.org>")
    store.add(PLAIN)
    assert find_by_message_id(tmp_path, "<1@example.org>")


def test_an_inbox_that_was_emptied_while_it_ran_goes_on(tmp_path: Path) -> None:
    store = store_in(tmp_path / "inbox")
    store.add(PLAIN)
    (tmp_path / "inbox").rename(tmp_path / "archive")
    store.add(PLAIN)
    assert len(list_messages(tmp_path / "inbox", 10)) == 1


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    (tmp_path / "inbox").write_text("a file where the folder should be")
    return tmp_path / "inbox"


def test_a_disk_that_does_not_take_the_message_is_an_error(unwritable: Path) -> None:
    with pytest.raises(OSError, match="inbox"):
        store_in(unwritable).add(PLAIN)


def test_a_refused_message_leaves_nothing_behind(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.add(BOTH)
    (tmp_path / "by-message-id").rmdir()
    (tmp_path / "by-message-id").symlink_to("nowhere")  # the message itself can be written, its link cannot
    with pytest.raises(OSError, match="by-message-id"):
        store.add(PLAIN)
    assert len(list_messages(tmp_path, 10)) == 1
    assert list((tmp_path / "incoming").iterdir()) == []


def test_what_a_killed_run_had_not_accepted_is_forgotten(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    key = store.add(PLAIN)
    (tmp_path / "incoming" / "half.eml").write_bytes(b"Subj")
    store.forget_unaccepted()
    assert list((tmp_path / "incoming").iterdir()) == []
    assert [message.key for message in list_messages(tmp_path, 10)] == [key]


def test_mail_is_private(tmp_path: Path) -> None:
    key = store_in(tmp_path / "inbox").add(PLAIN)
    assert (tmp_path / "inbox" / f"{key}.eml").stat().st_mode & 0o077 == 0


def test_the_instant_in_a_key_is_utc(tmp_path: Path) -> None:
    key = store_in(tmp_path, datetime(2026, 12, 31, 23, 59, 59, 7, tzinfo=UTC)).add(PLAIN)
    assert key == "20261231T235959-000007"
