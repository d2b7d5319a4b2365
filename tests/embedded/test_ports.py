import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from newsletter.embedded.ports import free_port, is_listening
from newsletter.errors import SettingsError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_taken_as_preferred(taken: int) -> None:
    free = free_port(taken)
    assert free_port(free) == free


def test_a_taken_port_gives_way_to_a_later_one(taken: int) -> None:
    assert free_port(taken) != taken


def test_a_port_that_somebody_holds_without_listening_yet_is_taken() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        assert free_port(holder.getsockname()[1]) != holder.getsockname()[1]


def test_the_port_of_a_server_that_just_ended_is_free_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            served, _ = server.accept()
            served.close()  # the server's side closes first, and its address lingers
            assert client.recv(1) == b""
    assert free_port(port) == port


def test_beside_the_last_port_any_free_one_is_good() -> None:
    with socket.socket() as holder:
        with suppress(OSError):  # somebody else has it, which serves as well
            holder.bind(("127.0.0.1", 65535))
        assert 0 < free_port(65535) < 65535


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"Cannot listen on 192\.0\.2\.1"):
        free_port(8000, "192.0.2.1")


def test_listening_means_that_connections_are_accepted(taken: int) -> None:
    assert is_listening(taken)


def test_nobody_listens_on_a_free_port(taken: int) -> None:
    assert not is_listening(free_port(taken))
