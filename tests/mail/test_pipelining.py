"""Commands in one write and chunks, each only where offered; a peer that loses its way is spoken to plainly."""

import socket
from dataclasses import dataclass

import pytest

from newsletter.errors import TransportError
from newsletter.mail.smtp import Outcome, Phase, SmtpTransport, parse_smtp_url
from newsletter.mail.volley import Stage, carry_on
from newsletter.mail.wire import GarbledError
from tests.mail.modern import HANG_UP, Modern, run_modern
from tests.mail.peers import run_script
from tests.mail.sending import MESSAGE, READER, SOON, InPieces, nothing, send

PLAIN = ("8BITMIME", "SIZE")
PIPELINED = ("PIPELINING", *PLAIN)
CHUNKED = ("CHUNKING", *PIPELINED)
CHUNKS_ALONE = ("CHUNKING", *PLAIN)
EVERY_WAY = pytest.mark.parametrize("offers", [PLAIN, PIPELINED, CHUNKED, CHUNKS_ALONE])
DOTTED = b".\r\n..\r\n.hidden\r\na\r\n.\r\n"


@dataclass(frozen=True)
class Bilingual:
    """A message with eight-bit octets for those who take them."""

    def octets(self, *, is_eight_bit: bool) -> bytes:
        return "晨报\r\n".encode() if is_eight_bit else b"chenbao\r\n"

    def pieces(self, *, is_eight_bit: bool) -> tuple[bytes, ...]:
        return (self.octets(is_eight_bit=is_eight_bit),)

    def is_dotless(self, *, is_eight_bit: bool) -> bool:
        return True


def way_to(peer: Modern) -> SmtpTransport:
    return SmtpTransport(parse_smtp_url(peer.url), time_limits=SOON)


@pytest.mark.parametrize(
    ("offers", "bursts"),
    [
        (PLAIN, [["EHLO"], ["MAIL"], ["RCPT"], ["DATA"]]),
        (PIPELINED, [["EHLO"], ["MAIL", "RCPT", "DATA"]]),
        (CHUNKED, [["EHLO"], ["MAIL", "RCPT", "BDAT"], ["BDAT"]]),
        (CHUNKS_ALONE, [["EHLO"], ["MAIL"], ["RCPT"], ["BDAT"], ["BDAT"]]),
    ],
)
def test_what_may_go_out_together_goes_out_together(offers: tuple[str, ...], bursts: list[list[str]]) -> None:
    with run_modern(offers=offers) as peer, way_to(peer) as way:
        assert send(way).outcome is Outcome.ACCEPTED
        assert [burst for burst in peer.bursts if burst] == bursts
        assert [(recipient, content) for recipient, content, _ in peer.messages] == [(READER, MESSAGE)]


@EVERY_WAY
@pytest.mark.parametrize("message", [DOTTED, MESSAGE, b"\r\n", b"x" * 900 + b"\r\n", (b"1.2 " * 20 + b"\r\n") * 9000])
def test_a_message_arrives_octet_by_octet_in_every_way(offers: tuple[str, ...], message: bytes) -> None:
    with run_modern(offers=offers) as peer, way_to(peer) as way:
        assert send(way, message=message).outcome is Outcome.ACCEPTED
        assert send(way).outcome is Outcome.ACCEPTED
        assert [content for _, content, _ in peer.messages] == [message, MESSAGE]


@EVERY_WAY
@pytest.mark.parametrize("size", [20, 5_000_000])  # more than the operating system takes at once
@pytest.mark.parametrize("last", [b"the end\r\n", b".a dot that a piece begins with\r\n"])
def test_a_message_in_pieces_arrives_as_one(offers: tuple[str, ...], size: int, last: bytes) -> None:
    line = b"what stands between is as long as this line, " * 10 + b"\r\n"
    message = InPieces((b"Subject: pieces\r\n\r\n", line * (size // len(line) + 1), b"\r\n", b"", last))
    with run_modern(offers=offers) as peer, way_to(peer) as way:
        for _ in range(2):
            way.send("us@example.org", READER, message, before_final_dot=nothing)
        assert [content for _, content, _ in peer.messages] == 2 * [b"".join(message.message)]


def test_eight_bits_go_where_they_are_taken_and_are_announced() -> None:
    with run_modern(offers=PIPELINED) as peer, way_to(peer) as way:
        way.send("us@example.org", READER, Bilingual(), before_final_dot=nothing)
        send(way)
        assert [(content, options) for _, content, options in peer.messages] == [
            ("晨报\r\n".encode(), "SIZE=8 BODY=8BITMIME"),
            (MESSAGE, f"SIZE={len(MESSAGE)}"),
        ]
    with run_modern(offers=("PIPELINING",)) as peer, way_to(peer) as way:
        way.send("us@example.org", READER, Bilingual(), before_final_dot=nothing)
        assert [(content, options) for _, content, options in peer.messages] == [(b"chenbao\r\n", "")]


def test_leave_is_asked_for_when_the_peer_has_every_chunk_but_the_last() -> None:
    seen: list[tuple[int, int]] = []
    with run_modern(offers=CHUNKED) as peer, way_to(peer) as way:
        send(way, before_final_dot=lambda: seen.append((peer.octets, len(peer.messages))))
        assert seen == [(len(MESSAGE), 0)]
        assert len(peer.messages) == 1


@EVERY_WAY
def test_without_leave_nothing_arrives(offers: tuple[str, ...]) -> None:
    def forbid() -> None:
        raise PermissionError

    with run_modern(offers=offers) as peer, way_to(peer) as way:
        with pytest.raises(PermissionError):
            send(way, before_final_dot=forbid)
        assert send(way, recipient="next@example.org").outcome is Outcome.ACCEPTED
        assert [recipient for recipient, _, _ in peer.messages] == ["next@example.org"]


@EVERY_WAY
@pytest.mark.parametrize("to_data", ["", "354 go on all the same"])
def test_a_refused_recipient_costs_the_connection_nothing(offers: tuple[str, ...], to_data: str) -> None:
    """Even where the peer wants the message of a recipient it has refused: it gets an empty one, for nobody."""
    with run_modern(offers=offers) as peer, way_to(peer) as way:
        peer.answers = {"RCPT": "550 5.1.1 no such user"} | ({"DATA": to_data} if to_data else {})
        reply = send(way, before_final_dot=lambda: pytest.fail("there is nothing to end"))
        assert (reply.outcome, reply.phase, reply.enhanced_code) == (Outcome.FAILED, Phase.RCPT, "5.1.1")
        peer.answers = {}
        assert send(way, recipient="next@example.org").outcome is Outcome.ACCEPTED
        assert [recipient for recipient, _, _ in peer.messages] == ["next@example.org"]
        assert (peer.verbs.count("EHLO"), peer.verbs.count("RSET")) == (1, 1)


@pytest.mark.parametrize("offers", [PIPELINED, CHUNKED])
@pytest.mark.parametrize(
    "told", [HANG_UP, "503 5.5.1 one at a time", "500 5.5.2 what", "banana", "250 one\r\n250 two\r\n250 three"]
)
def test_a_peer_that_loses_its_way_gets_one_command_at_a_time(offers: tuple[str, ...], told: str) -> None:
    with run_modern(offers=offers, hates_bursts=told) as peer, way_to(peer) as way:
        for _ in range(3):
            reply = send(way)
            assert (reply.outcome, reply.phase) == (Outcome.ACCEPTED, Phase.DOT)
        assert len(peer.messages) == 3
        assert peer.verbs.count("EHLO") == 2


def test_a_peer_that_knows_no_empty_chunk_gets_the_message_plainly_and_once() -> None:
    with run_modern(offers=CHUNKED) as peer, way_to(peer) as way:
        talk, told = peer.talk, iter(["500 5.5.1 an empty chunk"])

        def first_badly(connection: socket.socket) -> None:
            peer.answers = {"DOT": answer} if (answer := next(told, "")) else {}
            talk(connection)

        peer.talk = first_badly  # type: ignore[method-assign]  # this one peer behaves so
        assert send(way).outcome is Outcome.ACCEPTED
        assert len(peer.messages) == 1
        assert "DATA" in peer.verbs
        assert send(way).outcome is Outcome.ACCEPTED


@EVERY_WAY
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "BDAT", "DOT"])
def test_a_peer_that_hangs_up_at_any_point_never_gets_a_message_twice(offers: tuple[str, ...], verb: str) -> None:
    calls: list[int] = []
    with run_modern(offers=offers) as peer, way_to(peer) as way:
        send(way)
        peer.answers = {verb: HANG_UP}
        try:
            reply = send(way, recipient="ann@example.org", before_final_dot=lambda: calls.append(1))
        except TransportError:
            assert verb == "MAIL"
        else:
            # with chunks there is no DATA; and plainly no BDAT
            is_heard = verb != "BDAT" and not (verb == "DATA" and "CHUNKING" in offers and "DATA" not in peer.verbs)
            expected = {"DOT": Outcome.UNKNOWN}.get(verb, Outcome.DEFERRED)
            assert reply.outcome is (expected if is_heard else Outcome.ACCEPTED)
        assert sum(recipient == "ann@example.org" for recipient, _, _ in peer.messages) <= 1
        peer.answers = {}
        assert send(way, recipient="next@example.org").outcome is Outcome.ACCEPTED


def test_an_answer_that_nobody_asked_for_keeps_the_dot_back() -> None:
    """Out of step, the answer to the dot would be one to something else."""

    with run_modern(offers=PIPELINED) as peer, way_to(peer) as way:
        peer.answers = {"DATA": "354 go on\r\n250 already"}
        reply = send(way)
        assert (reply.outcome, reply.phase, peer.messages) == (Outcome.DEFERRED, Phase.DOT, [])
        peer.answers = {}
        assert send(way).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    "babble",
    [
        b"\x00\xffbanana\r\n",
        b"250 " + b"x" * 100_000,
        b"250 " + b"x" * 20_000 + b"\r\n",
        b"250-" + b"y\r\n250-" * 40_000,
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(babble: bytes) -> None:
    def script(connection: socket.socket) -> None:
        for answer in (b"220 hello\r\n", b"250 hello\r\n"):
            connection.sendall(answer)
            connection.recv(4096)
        connection.sendall(babble)
        while connection.recv(65536):
            pass

    with run_script(script) as port, SmtpTransport(parse_smtp_url(f"smtp://127.0.0.1:{port}"), time_limits=SOON) as way:
        with pytest.raises(TransportError, match="did not speak SMTP") as caught:
            send(way)
        assert isinstance(caught.value.__cause__ or GarbledError(), GarbledError)


def test_a_slow_peer_keeps_nobody_waiting_beyond_the_patience() -> None:
    with run_modern() as quick, run_modern() as slow, way_to(quick) as one, way_to(slow) as other:
        for way in (one, other):
            way.begin("us@example.org", READER, Bilingual())
        carry_on([one, other])
        assert (one.stage, other.stage) == (Stage.READY, Stage.READY)
        one.end()
        carry_on([one, other], patience_seconds=0.05)
        assert (one.stage, other.stage) == (Stage.SETTLED, Stage.READY)
        other.end()
        carry_on([other])
        assert (len(quick.messages), len(slow.messages)) == (1, 1)
