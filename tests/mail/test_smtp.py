"""What the transport makes of a relay's answers, against real peers on loopback."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from newsletter.errors import TransportError
from newsletter.mail.smtp import Outcome, Phase, SmtpTransport, TimeLimits, parse_smtp_url
from tests.mail.peers import DROP, Peer, run_peer, run_script
from tests.mail.sending import MESSAGE, READER, SOON, send


@pytest.fixture
def peer() -> Iterator[Peer]:
    with run_peer() as running:
        yield running


@pytest.fixture
def transport(peer: Peer) -> Iterator[SmtpTransport]:
    with SmtpTransport(parse_smtp_url(peer.url()), time_limits=SOON) as opened:
        yield opened


def refuse(answer: str) -> Callable[[str], str | None]:
    return lambda _: answer


def test_a_message_arrives_as_it_was_and_the_answer_is_kept(peer: Peer, transport: SmtpTransport) -> None:
    reply = send(transport)
    assert (reply.outcome, reply.phase, reply.code, reply.enhanced_code) == (Outcome.ACCEPTED, Phase.DOT, 250, "2.0.0")
    assert reply.text == "2.0.0 queued"
    assert reply.server == f"127.0.0.1:{peer.port}"
    assert reply.duration_seconds > 0
    (received,) = peer.accepted
    assert (received.sender, received.recipient) == ("chenbao@example.org", READER)
    assert received.content == MESSAGE
    assert f"SIZE={len(MESSAGE)}" in received.options


@pytest.mark.parametrize(
    "message",
    [
        b".\r\n..\r\n.hidden\r\n",
        b"a\r\n.\r\nMAIL FROM:<evil@example.org>\r\n",
        b"a\n.\nb\r.\rc",
        b"no end",
        b"\r\n",
        (b"x" * 900 + b"\r\n") * 500,
    ],
)
def test_no_line_of_a_message_can_end_it(peer: Peer, transport: SmtpTransport, message: bytes) -> None:
    assert send(transport, message=message).outcome is Outcome.ACCEPTED
    assert send(transport).outcome is Outcome.ACCEPTED
    assert [received.content.splitlines() for received in peer.accepted] == [message.splitlines(), MESSAGE.splitlines()]


def test_one_connection_carries_many_messages(peer: Peer, transport: SmtpTransport) -> None:
    for _ in range(5):
        assert send(transport).outcome is Outcome.ACCEPTED
    assert peer.count("EHLO") == 1
    assert len(peer.accepted) == 5


def test_a_connection_is_renewed_after_its_share_of_messages(peer: Peer) -> None:
    with SmtpTransport(parse_smtp_url(peer.url()), messages_per_connection=2) as transport:
        for _ in range(5):
            send(transport)
    assert peer.count("EHLO") == 3
    assert len(peer.accepted) == 5


def test_an_idle_connection_that_the_peer_has_closed_costs_nothing(peer: Peer, transport: SmtpTransport) -> None:
    send(transport)
    peer.drop()
    assert send(transport).outcome is Outcome.ACCEPTED
    assert len(peer.accepted) == 2


def test_a_peer_that_says_goodbye_to_an_idle_connection_is_called_again(peer: Peer, transport: SmtpTransport) -> None:
    send(transport)
    answers = iter(["421 4.4.2 idle too long", None])
    peer.on["MAIL"] = lambda _: next(answers)
    assert send(transport).outcome is Outcome.ACCEPTED
    assert peer.count("EHLO") == 2


@pytest.mark.parametrize(
    ("command", "answer", "outcome", "phase", "code", "enhanced_code"),
    [
        ("RCPT", "450 4.2.0 greylisted", Outcome.DEFERRED, Phase.RCPT, 450, "4.2.0"),
        ("RCPT", "550 5.1.1 no such user", Outcome.FAILED, Phase.RCPT, 550, "5.1.1"),
        ("RCPT", "550 no such user", Outcome.FAILED, Phase.RCPT, 550, None),
        ("DATA", "451 4.3.0 try later", Outcome.DEFERRED, Phase.DOT, 451, "4.3.0"),
        ("DATA", "421 4.3.2 shutting down", Outcome.DEFERRED, Phase.DOT, 421, "4.3.2"),
        ("DATA", "554 5.7.1 spam", Outcome.FAILED, Phase.DOT, 554, "5.7.1"),
        ("MAIL", "552 5.3.4 too big", Outcome.FAILED, Phase.MAIL, 552, "5.3.4"),
    ],
)
def test_a_refusal_settles_this_message_and_the_next_one_goes_through(
    peer: Peer,
    transport: SmtpTransport,
    command: str,
    answer: str,
    outcome: Outcome,
    phase: Phase,
    code: int,
    enhanced_code: str | None,
) -> None:
    peer.on[command] = refuse(answer)
    reply = send(transport)
    assert (reply.outcome, reply.phase, reply.code, reply.enhanced_code) == (outcome, phase, code, enhanced_code)
    peer.on.clear()
    assert send(transport).outcome is Outcome.ACCEPTED
    assert len(peer.accepted) == 1


def test_a_connection_lost_before_the_dot_may_be_tried_again(peer: Peer, transport: SmtpTransport) -> None:
    peer.on["RCPT"] = refuse(DROP)
    reply = send(transport)
    assert (reply.outcome, reply.phase, reply.code) == (Outcome.DEFERRED, Phase.RCPT, None)
    peer.on.clear()
    assert send(transport).outcome is Outcome.ACCEPTED


def test_a_connection_lost_after_the_dot_leaves_the_outcome_unknown(peer: Peer, transport: SmtpTransport) -> None:
    peer.on["DATA"] = refuse(DROP)
    reply = send(transport)
    assert (reply.outcome, reply.phase, reply.code) == (Outcome.UNKNOWN, Phase.DOT, None)
    peer.on.clear()
    assert send(transport).outcome is Outcome.ACCEPTED


def converse(connection: socket.socket, until: bytes) -> None:
    """Say yes to everything up to and including one command."""
    reader = connection.makefile("rb")
    connection.sendall(b"220 peer\r\n")
    for line in reader:
        connection.sendall(b"354 go on\r\n" if line.startswith(b"DATA") else b"250 peer\r\n")
        if line.startswith(until):
            break
    reader.close()


def test_a_connection_lost_in_the_body_may_be_tried_again() -> None:
    calls: list[str] = []
    with run_script(lambda connection: converse(connection, b"DATA")) as port:
        transport = SmtpTransport(parse_smtp_url(f"smtp://127.0.0.1:{port}"), time_limits=SOON)
        with transport:
            # far more than the buffers on the way can hold
            reply = send(transport, message=b"x" * 20_000_000, before_final_dot=lambda: calls.append("mark"))
    assert (reply.outcome, reply.phase) == (Outcome.DEFERRED, Phase.BODY)
    assert calls == []


def test_a_peer_that_is_silent_after_the_dot_leaves_the_outcome_unknown() -> None:
    def script(connection: socket.socket) -> None:
        converse(connection, b"DATA")
        while connection.recv(65536):
            pass

    with run_script(script) as port:
        limits = TimeLimits(connect_seconds=5, command_seconds=5, final_dot_seconds=0.2)
        with SmtpTransport(parse_smtp_url(f"smtp://127.0.0.1:{port}"), time_limits=limits) as transport:
            reply = send(transport)
    assert (reply.outcome, reply.phase) == (Outcome.UNKNOWN, Phase.DOT)


def test_all_but_the_dot_has_gone_out_when_leave_is_asked_for(peer: Peer, transport: SmtpTransport) -> None:
    seen: list[tuple[int, list[str]]] = []
    send(transport, before_final_dot=lambda: seen.append((len(peer.accepted), list(peer.commands))))
    assert seen == [(0, ["EHLO", "MAIL", "RCPT"])]
    assert len(peer.accepted) == 1


def test_a_peer_that_hung_up_before_the_dot_could_leave_does_not_have_the_message() -> None:
    """What never left the house is not uncertain."""
    listener = socket.create_server(("127.0.0.1", 0))
    may_hang_up = threading.Event()

    def serve() -> None:
        connection = listener.accept()[0]
        for answer in ("220 hello", "250 hello", "250 from", "250 to", "354 go on"):
            connection.sendall(f"{answer}\r\n".encode())
            connection.recv(4096)
        may_hang_up.wait(5)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST instead of FIN
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with SmtpTransport(parse_smtp_url(f"smtp://127.0.0.1:{listener.getsockname()[1]}")) as way:

        def hang_up() -> None:
            may_hang_up.set()
            assert way._line.wire is not None
            with pytest.raises(ConnectionResetError):
                way._line.wire._socket.recv(1)

        reply = send(way, before_final_dot=hang_up)
    thread.join()
    listener.close()
    assert (reply.outcome, reply.phase, reply.code) == (Outcome.DEFERRED, Phase.DOT, None)
    assert "the connection was lost" in reply.text


def test_without_leave_the_peer_never_gets_the_message(peer: Peer, transport: SmtpTransport) -> None:
    def forbid() -> None:
        raise PermissionError("the lease is over")

    with pytest.raises(PermissionError):
        send(transport, before_final_dot=forbid)
    assert send(transport, recipient="next@example.org").outcome is Outcome.ACCEPTED
    assert [received.recipient for received in peer.accepted] == ["next@example.org"]
    assert peer.count("EHLO") == 2


@pytest.mark.parametrize(
    ("command", "answer", "is_retryable", "hint"),
    [
        ("MAIL", "550 5.7.1 sender not allowed", False, "NEWSLETTER_MAIL_FROM"),
        ("MAIL", "451 4.3.0 busy", True, "later"),
        ("MAIL", "530 5.7.0 log in first", False, "user and password"),
        ("MAIL", "421 4.3.2 closing", True, "closing its service"),
        ("MAIL", "421 4.7.28 too much mail", True, "closing its service"),
        ("RCPT", "530 5.7.0 log in first", False, "user and password"),
    ],
)
def test_trouble_that_is_not_the_readers_is_raised(
    peer: Peer, transport: SmtpTransport, command: str, answer: str, is_retryable: bool, hint: str
) -> None:
    peer.on[command] = refuse(answer)
    with pytest.raises(TransportError, match=hint) as caught:
        send(transport)
    assert answer in str(caught.value)
    assert caught.value.retryable is is_retryable
    peer.on.clear()
    assert send(transport).outcome is Outcome.ACCEPTED


def test_trouble_that_will_be_logged_names_no_address(peer: Peer, transport: SmtpTransport) -> None:
    peer.on["MAIL"] = refuse(f"421 4.7.0 <{READER}>: too many for {READER}")
    with pytest.raises(TransportError, match="too many for …") as caught:
        send(transport)
    assert READER not in str(caught.value)


def test_a_provider_that_wants_us_to_slow_down_gets_ten_minutes(peer: Peer, transport: SmtpTransport) -> None:
    peer.on["MAIL"] = refuse("421 4.7.28 rate limited")
    with pytest.raises(TransportError) as caught:
        send(transport)
    assert caught.value.retry_after_seconds == 600


def test_421_after_the_recipient_was_named_is_about_where_the_mail_goes(peer: Peer, transport: SmtpTransport) -> None:
    peer.on["RCPT"] = refuse("421 4.7.28 rate limited")
    reply = send(transport)
    assert (reply.outcome, reply.phase, reply.enhanced_code) == (Outcome.DEFERRED, Phase.RCPT, "4.7.28")
    peer.on.clear()
    assert send(transport).outcome is Outcome.ACCEPTED
    assert peer.count("EHLO") == 2  # whoever says 421 closes the connection


def test_a_peer_that_hangs_up_on_every_hello_is_named(peer: Peer, transport: SmtpTransport) -> None:
    peer.on["MAIL"] = refuse(DROP)
    with pytest.raises(TransportError, match="did not speak SMTP"):
        send(transport)


def test_a_chinese_address_goes_out_where_the_relay_takes_it(peer: Peer, transport: SmtpTransport) -> None:
    assert send(transport, recipient="用户@例子.cn").outcome is Outcome.ACCEPTED
    assert peer.accepted[0].recipient == "用户@例子.cn"
    assert "SMTPUTF8" in peer.accepted[0].options
    assert send(transport).outcome is Outcome.ACCEPTED


def test_a_chinese_address_fails_with_a_reason_where_the_relay_does_not() -> None:
    with run_peer(has_smtputf8=False) as peer, SmtpTransport(parse_smtp_url(peer.url())) as transport:
        reply = send(transport, recipient="用户@例子.cn")
        assert (reply.outcome, reply.phase) == (Outcome.FAILED, Phase.RCPT)
        assert "SMTPUTF8" in reply.text
        assert send(transport).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("address", ["a@b\r\nRCPT TO:<evil@example.org>", "a b@example.org", "a@b>", "a@b\x00"])
def test_an_address_cannot_become_a_command(peer: Peer, transport: SmtpTransport, address: str) -> None:
    assert send(transport, recipient=address).outcome is Outcome.FAILED
    assert peer.commands == []


def test_a_peers_text_cannot_break_a_terminal_or_a_log(peer: Peer, transport: SmtpTransport) -> None:
    peer.on["RCPT"] = refuse("550 5.1.1 \x1b[2Jgone\x07 " + "x" * 900)
    reply = send(transport)
    assert reply.text.startswith("5.1.1 [2Jgone x")
    assert reply.text.isprintable()
    assert len(reply.text) <= 500
