import gc
import signal
import smtplib
import socket
import threading
from email.message import EmailMessage
from pathlib import Path

import pytest

from newsletter.embedded.inbox import (
    SIZE_LIMIT_BYTES,
    find_by_message_id,
    list_messages,
    read_by_message_id,
    read_message,
    serve_inbox,
)
from newsletter.errors import ConflictError, SettingsError
from tests.embedded.peers import MORNING, PATIENCE_SECONDS, python, read_line, running_inbox

SERVE = """
import resource, sys
from pathlib import Path
from newsletter.embedded.inbox import serve_inbox
limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
serve_inbox(Path(sys.argv[1]), "127.0.0.1", 0, on_ready=lambda port: print(port, flush=True))
"""


def letter(number: int = 1, body: str = "Body") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", f"Number {number}"
    message["Message-ID"] = f"<{number}@example.org>"
    message.set_content(body)
    return message


def connect(port: int) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", port, local_hostname="worker.example", timeout=PATIENCE_SECONDS)


def send_raw(
    port: int, content: bytes, *, sender: str = "a@example.org", to: tuple[str, ...] = ("b@example.org",)
) -> None:
    with connect(port) as client:
        assert client.sendmail(sender, to, content) == {}


def test_an_accepted_message_is_there_and_found_by_its_id(tmp_path: Path) -> None:
    with running_inbox(tmp_path) as port, connect(port) as client:
        client.send_message(letter(7))
        (stored,) = list_messages(tmp_path, 10)
        assert (stored.subject, stored.sender, stored.recipient) == ("Number 7", "a@example.org", "b@example.org")
        assert stored.received_at == MORNING
        assert find_by_message_id(tmp_path, "<7@example.org>")
        assert not find_by_message_id(tmp_path, "<8@example.org>")
        assert b"Number 7" in (read_by_message_id(tmp_path, "<7@example.org>") or b"")
        assert read_by_message_id(tmp_path, "<8@example.org>") is None


def test_the_bytes_after_our_own_headers_are_the_senders(tmp_path: Path) -> None:
    content = b"Subject: x\r\n\r\n.dot\r\n..\r\n\r\nlast line without meaning\r\n"
    with running_inbox(tmp_path) as port:
        send_raw(port, content)
    raw = read_message(tmp_path, list_messages(tmp_path, 1)[0].key).raw
    assert raw == (
        b"Return-Path: <a@example.org>\r\n"
        b"Delivered-To: b@example.org\r\n"
        b"Received: from worker.example ([127.0.0.1]) by localhost with ESMTP;\r\n"
        b"\tFri, 20 Mar 2026 12:00:00 +0000\r\n" + content
    )


def test_a_bounce_has_an_empty_return_path(tmp_path: Path) -> None:
    with running_inbox(tmp_path) as port:
        send_raw(port, b"Subject: Undeliverable\r\n\r\n", sender="")
    assert read_message(tmp_path, list_messages(tmp_path, 1)[0].key).headers[0] == ("Return-Path", "<>")


def test_several_recipients_share_one_message(tmp_path: Path) -> None:
    with running_inbox(tmp_path) as port:
        send_raw(port, b"Subject: x\r\n\r\n", to=("b@example.org", "c@example.org"))
    assert [message.recipient for message in list_messages(tmp_path, 10)] == ["b@example.org, c@example.org"]


def test_it_offers_what_the_newsletter_uses(tmp_path: Path) -> None:
    with running_inbox(tmp_path) as port, connect(port) as client:
        client.ehlo()
        assert {"size", "8bitmime", "smtputf8", "pipelining"} <= client.esmtp_features.keys()
        assert client.esmtp_features["size"] == str(SIZE_LIMIT_BYTES)


def test_addresses_and_headers_may_be_chinese(tmp_path: Path) -> None:
    content = "Subject: 晨报\r\n\r\n你好\r\n".encode()
    with running_inbox(tmp_path) as port, connect(port) as client:
        client.sendmail("发件@例子.中国", "读者@例子.中国", content, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    (stored,) = list_messages(tmp_path, 10)
    opened = read_message(tmp_path, stored.key)
    assert (stored.recipient, stored.subject, opened.text) == ("读者@例子.中国", "晨报", "你好\r\n")
    assert opened.headers[0] == ("Return-Path", "<发件@例子.中国>")
    assert "with UTF8SMTP" in dict(opened.headers)["Received"]


def test_commands_may_come_in_one_packet(tmp_path: Path) -> None:
    with running_inbox(tmp_path) as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(PATIENCE_SECONDS)
        with client.makefile("rb") as answers:
            client.sendall(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
            while not answers.readline().startswith(b"354"):
                pass
            client.sendall(b"Subject: x\r\n\r\n.\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<e@f.example>\r\nDATA\r\n")
            assert [answers.readline()[:3] for _ in range(4)] == [b"250", b"250", b"250", b"354"]
            client.sendall(b"Subject: y\r\n\r\n.\r\nQUIT\r\n")
            assert [answers.readline()[:3] for _ in range(2)] == [b"250", b"221"]
    assert [message.subject for message in list_messages(tmp_path, 10)] == ["y", "x"]


def test_a_message_of_many_megabytes_arrives_whole(tmp_path: Path) -> None:
    content = b"Subject: big\r\n\r\n" + (b"x" * 76 + b"\r\n") * 80_000
    with running_inbox(tmp_path) as port:
        send_raw(port, content)
    (stored,) = list_messages(tmp_path, 1)
    assert stored.size > 6_000_000
    assert read_message(tmp_path, stored.key).raw.endswith(content)


def test_a_message_over_the_limit_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    with running_inbox(tmp_path) as port, connect(port) as client:
        client.ehlo()
        assert client.mail("a@example.org", [f"SIZE={SIZE_LIMIT_BYTES + 1}"])[0] == 552
    assert list_messages(tmp_path, 1) == []


def test_a_line_that_mail_does_not_allow_is_refused(tmp_path: Path) -> None:
    with running_inbox(tmp_path) as port, pytest.raises(smtplib.SMTPDataError):
        send_raw(port, b"Subject: x\r\n\r\n" + b"x" * 2000 + b"\r\n")
    assert list_messages(tmp_path, 1) == []


def test_four_connections_at_once_lose_and_mix_nothing(tmp_path: Path) -> None:
    def send(connection: int) -> None:
        with connect(port) as client:
            for number in range(25):
                client.send_message(letter(100 * connection + number, f"Body {connection} {number}"))

    with running_inbox(tmp_path) as port:
        threads = [threading.Thread(target=send, args=(connection,)) for connection in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    bodies = {message.subject: read_message(tmp_path, message.key).text for message in list_messages(tmp_path, 1000)}
    expected = [(connection, number) for connection in range(4) for number in range(25)]
    assert bodies == {f"Number {100 * one + two}": f"Body {one} {two}\r\n" for one, two in expected}
    assert len(list_messages(tmp_path, 1000)) == 100
    assert all(find_by_message_id(tmp_path, f"<{100 * one + two}@example.org>") for one, two in expected)


def test_a_folder_that_cannot_be_written_is_a_temporary_error(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    with running_inbox(folder) as port, connect(port) as client:
        folder.write_text("a file where the folder should be")
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.send_message(letter())
        assert caught.value.smtp_code == 452
        assert b"4.3.1 The inbox cannot store the message: " in caught.value.smtp_error
        folder.unlink()
        client.send_message(letter())  # the same connection goes on once there is room
    assert len(list_messages(folder, 10)) == 1


def test_a_disk_that_is_full_in_mid_message_is_a_temporary_error(tmp_path: Path) -> None:
    with python(SERVE, str(tmp_path), "100000") as process, connect(int(read_line(process))) as client:
        client.send_message(letter(1))
        with pytest.raises(smtplib.SMTPDataError, match="452"):
            client.send_message(letter(2, "x" * 70 + "\n" * 200_000))
        client.send_message(letter(3))
    assert [message.subject for message in list_messages(tmp_path, 10)] == ["Number 3", "Number 1"]
    assert not find_by_message_id(tmp_path, "<2@example.org>")
    assert list((tmp_path / "incoming").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_inbox_though_a_client_stays_connected(tmp_path: Path, number: signal.Signals) -> None:
    with python(SERVE, str(tmp_path), "0") as process, connect(int(read_line(process))) as client:
        client.send_message(letter())
        process.send_signal(number)
        assert process.wait(PATIENCE_SECONDS) == 0
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
    assert len(list_messages(tmp_path, 10)) == 1


def test_what_was_accepted_survives_a_kill(tmp_path: Path) -> None:
    with python(SERVE, str(tmp_path), "0") as process, connect(int(read_line(process))) as client:
        for count in range(20):
            client.send_message(letter(count))
        process.kill()
        process.wait(PATIENCE_SECONDS)
        client.close()
    assert {message.subject for message in list_messages(tmp_path, 100)} == {f"Number {count}" for count in range(20)}
    assert all(find_by_message_id(tmp_path, f"<{count}@example.org>") for count in range(20))


def test_a_taken_port_is_told_with_what_to_do(tmp_path: Path) -> None:
    with running_inbox(tmp_path) as port, pytest.raises(ConflictError, match=f"Port {port} on 127.0.0.1 is taken"):
        serve_inbox(tmp_path, "127.0.0.1", port)


def test_an_address_of_another_machine_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1"):
        serve_inbox(tmp_path, "192.0.2.1", 2525)


def test_leftovers_that_cannot_be_removed_are_told(tmp_path: Path) -> None:
    (tmp_path / "incoming" / "half.eml").mkdir(parents=True)
    with pytest.raises(SettingsError, match="The inbox cannot write to"):
        serve_inbox(tmp_path, "127.0.0.1", 0)


def test_clients_that_hang_up_while_the_inbox_ends_leave_no_socket_open(tmp_path: Path) -> None:
    for _ in range(20):
        with running_inbox(tmp_path) as port:
            socket.create_connection(("127.0.0.1", port)).close()
    gc.collect()  # a socket left open would be found here, and warn
    assert list_messages(tmp_path, 10) == []
