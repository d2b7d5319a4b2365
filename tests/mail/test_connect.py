"""What becomes of a connection: TLS, the login, and each mistake in the address of a relay explained."""

import socket
import ssl

import pytest

from newsletter.errors import TransportError
from newsletter.mail.smtp import Outcome, SmtpTransport, TimeLimits, parse_smtp_url
from tests.mail.conftest import Certificate
from tests.mail.peers import run_peer, run_script
from tests.mail.sending import READER, SOON, InPieces, nothing, send


def fail(url: str, tls: ssl.SSLContext | None = None, limits: TimeLimits = SOON) -> TransportError:
    """Try to send and return what went wrong."""
    transport = SmtpTransport(parse_smtp_url(url), time_limits=limits, tls_context=tls)
    with transport, pytest.raises(TransportError) as caught:
        send(transport)
    return caught.value


def test_implicit_tls_delivers(certificate: Certificate) -> None:
    with run_peer(implicit_tls=certificate.server) as peer:
        server = parse_smtp_url(peer.url("smtps"))
        with SmtpTransport(server, time_limits=SOON, tls_context=certificate.client) as transport:
            assert send(transport).outcome is Outcome.ACCEPTED
        assert len(peer.accepted) == 1


def test_a_message_in_pieces_arrives_as_one_through_tls(certificate: Certificate) -> None:
    message = InPieces((b"Subject: hello\r\n\r\n", b"Good morning.\r\n" * 20_000, b"Good bye.\r\n"))
    with run_peer(implicit_tls=certificate.server) as peer:
        server = parse_smtp_url(peer.url("smtps"))
        with SmtpTransport(server, time_limits=SOON, tls_context=certificate.client) as transport:
            transport.send("us@example.org", READER, message, before_final_dot=nothing)
        assert [mail.content for mail in peer.accepted] == [b"".join(message.message)]


def test_starttls_delivers_and_says_hello_again_inside(certificate: Certificate) -> None:
    with run_peer(starttls=certificate.server) as peer:
        server = parse_smtp_url(peer.url("smtp+starttls"))
        with SmtpTransport(server, time_limits=SOON, tls_context=certificate.client) as transport:
            assert send(transport).outcome is Outcome.ACCEPTED
        assert peer.count("EHLO") == 2
        assert len(peer.accepted) == 1


def test_without_starttls_nothing_is_sent_in_plain_text() -> None:
    with run_peer(login=("me", "secret")) as peer:
        error = fail(peer.url("smtp+starttls", "me:secret@"))
        assert "does not offer STARTTLS" in str(error)
        assert "smtps://" in str(error)
        assert not error.retryable
        assert peer.commands == ["EHLO"]


def test_tls_from_the_first_byte_to_a_starttls_port_is_explained(certificate: Certificate) -> None:
    with run_peer(starttls=certificate.server) as peer:
        error = fail(peer.url("smtps"), certificate.client)
    assert "use smtp+starttls://" in str(error)


def test_starttls_to_a_port_that_speaks_tls_at_once_is_explained(certificate: Certificate) -> None:
    limits = TimeLimits(connect_seconds=0.3)
    with run_peer(implicit_tls=certificate.server) as peer:
        error = fail(peer.url("smtp+starttls"), certificate.client, limits)
    assert "use smtps://" in str(error)


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Certificate, scheme: str) -> None:
    with run_peer(
        implicit_tls=certificate.server if scheme == "smtps" else None,
        starttls=certificate.server if scheme == "smtp+starttls" else None,
    ) as peer:
        error = fail(peer.url(scheme, "me:secret@"))
        assert "certificate" in str(error)
        assert "SSL_CERT_FILE" in str(error)
        assert not error.retryable
        assert peer.count("AUTH") == 0


def test_a_login_is_made_with_the_url_s_user_and_password() -> None:
    with run_peer(login=("me@example.org", "p@ss")) as peer:
        with SmtpTransport(parse_smtp_url(peer.url("smtp", "me%40example.org:p%40ss@"))) as transport:
            assert send(transport).outcome is Outcome.ACCEPTED
        assert peer.count("AUTH") == 1


def test_a_refused_login_is_our_trouble_and_hides_the_password() -> None:
    with run_peer(login=("me", "right")) as peer:
        error = fail(peer.url("smtp", "me:wr0ng@"))
    assert "refused the login" in str(error)
    assert "wr0ng" not in str(error)
    assert not error.retryable


def test_a_relay_without_login_is_explained() -> None:
    with run_peer() as peer:
        error = fail(peer.url("smtp", "me:secret@"))
    assert "offers no login" in str(error)


def test_a_port_where_nothing_listens_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = fail(f"smtp://127.0.0.1:{port}")
    assert "Nothing listens" in str(error)
    assert error.retryable


def test_a_host_that_does_not_exist_is_explained() -> None:
    error = fail("smtp://no-such-host.invalid:25")
    assert "cannot be found" in str(error)


@pytest.mark.parametrize(
    "greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"554 5.7.1 you are not welcome\r\n", b"\x15\x03\x01\r\n"]
)
def test_a_peer_that_does_not_greet_us_is_our_trouble(greeting: bytes) -> None:
    with run_script(lambda connection: connection.sendall(greeting)) as port:
        assert f"127.0.0.1:{port}" in str(fail(f"smtp://127.0.0.1:{port}"))
