import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from kombu.connection import Connection

from newsletter.embedded.broker import (
    SOCKET_PATH_BYTES,
    broker_url,
    find_valkey,
    ping,
    prepare_valkey,
    socket_path,
    valkey_command,
    wait_until_ready,
)
from newsletter.errors import BrokerError
from newsletter.settings import load_settings
from tests.embedded.peers import PATIENCE_SECONDS


def url_of(home: Path) -> str:
    return broker_url(load_settings(home=home))


@contextmanager
def valkey(home: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the home's Valkey until it is ended."""
    prepare_valkey(home)
    environment = {**os.environ, **environment}
    with subprocess.Popen(valkey_command(home), env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until_ready(url_of(home), PATIENCE_SECONDS)
            yield process
        finally:
            process.terminate()


def client_of(home: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(socket_path(home)))


@pytest.fixture(params=["home", "a home of 晨报, 100%25"])
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return tmp_path / str(request.param)


def test_the_private_broker_answers_and_carries_messages(home: Path) -> None:
    with valkey(home), Connection(url_of(home)) as connection:  # type: ignore[no-untyped-call]
        assert ping(url_of(home))
        with connection.SimpleQueue("errands") as errands:
            errands.put({"task": "tick"})
            message = errands.get(timeout=PATIENCE_SECONDS)
            assert message.payload == {"task": "tick"}
            message.ack()


def test_nobody_else_on_this_machine_can_reach_it(tmp_path: Path) -> None:
    with valkey(tmp_path), client_of(tmp_path) as client:
        assert socket_path(tmp_path).stat().st_mode & 0o077 == 0
        assert socket_path(tmp_path).parent.stat().st_mode & 0o077 == 0
        assert client.config_get("port") == {"port": "0"}


def test_a_full_broker_refuses_instead_of_forgetting(tmp_path: Path) -> None:
    with valkey(tmp_path), client_of(tmp_path) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_queued_survives_the_broker(tmp_path: Path, number: signal.Signals) -> None:
    with valkey(tmp_path) as process, client_of(tmp_path) as client:
        client.lpush("queue", "晨报")
        process.send_signal(number)
        process.wait(PATIENCE_SECONDS)
    with valkey(tmp_path), client_of(tmp_path) as client:
        assert client.lrange("queue", 0, -1) == ["晨报".encode()]


def test_the_socket_of_a_killed_run_is_no_hindrance(tmp_path: Path) -> None:
    with valkey(tmp_path) as process:
        process.kill()
        process.wait(PATIENCE_SECONDS)
        assert socket_path(tmp_path).is_socket()
        assert not ping(url_of(tmp_path))
    with valkey(tmp_path):
        assert ping(url_of(tmp_path))


def test_the_broker_of_a_killed_run_writes_its_file_and_ends_first(tmp_path: Path) -> None:
    with valkey(tmp_path) as orphan:
        with client_of(tmp_path) as client:
            client.set("kept", "1")
        prepare_valkey(tmp_path)
        assert orphan.wait(PATIENCE_SECONDS) == 0
    with valkey(tmp_path), client_of(tmp_path) as client:
        assert client.get("kept") == b"1"


def test_a_locale_that_this_machine_lacks_is_no_hindrance(tmp_path: Path) -> None:
    with valkey(tmp_path, LC_ALL="xx_XX.UTF-8"):
        assert ping(url_of(tmp_path))


@pytest.mark.parametrize("length", [60, 120, 180])
def test_a_home_with_a_long_path_has_a_short_socket(tmp_path: Path, length: int) -> None:
    temporary = Path(tempfile.gettempdir())
    home = tmp_path / ("很" * (length // 3)) / "home"
    with valkey(home):
        assert ping(url_of(home))
        assert len(os.fsencode(socket_path(home))) <= SOCKET_PATH_BYTES
        assert (home / "valkey" / "appendonlydir").is_dir()
    assert [folder.stat().st_mode & 0o777 for folder in temporary.iterdir()] in ([], [0o700])


def test_two_long_homes_do_not_share_a_socket() -> None:
    one, two = (Path("/", "x" * 120, name) for name in ("one", "two"))
    assert socket_path(one) != socket_path(two)
    assert socket_path(one) == socket_path(one)


def test_a_socket_folder_that_somebody_else_laid_out_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket_path(tmp_path).parent.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(BrokerError, match="belongs to somebody else"):
        prepare_valkey(tmp_path)


def test_the_operator_may_keep_the_file_on_another_disk(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "valkey").symlink_to(tmp_path / "disk")
    with valkey(tmp_path):
        assert (tmp_path / "disk" / "appendonlydir").is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(BrokerError, match=r"Cannot make the broker's folder .*home"):
        prepare_valkey(tmp_path / "home")


def test_redis_url_replaces_the_private_broker() -> None:
    assert broker_url(load_settings(redis_url="redis://10.0.0.1:6379/2")) == "redis://10.0.0.1:6379/2"


def test_nobody_answers_before_the_start(tmp_path: Path) -> None:
    assert not ping(url_of(tmp_path))


def test_waiting_in_vain_says_where_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"does not answer.*newsletter up.*REDIS_URL") as caught:
        wait_until_ready(url_of(tmp_path), 0)
    assert caught.value.retryable


def test_a_port_where_nobody_listens_is_told_without_the_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"redis://reader:hunter2@127.0.0.1:{unused.getsockname()[1]}/0"
        with pytest.raises(BrokerError, match=r"redis://127\.0\.0\.1:") as caught:
            wait_until_ready(url, 0)
    assert "hunter2" not in str(caught.value)


def test_a_wrong_password_is_not_waited_for(tmp_path: Path) -> None:
    with valkey(tmp_path):
        with client_of(tmp_path) as client:
            client.config_set("requirepass", "right")
        with pytest.raises(BrokerError, match=r"Correct REDIS_URL") as caught:
            wait_until_ready(f"unix://{socket_path(tmp_path)}?password=hunter2", PATIENCE_SECONDS)
    assert not caught.value.retryable
    assert "hunter2" not in str(caught.value)


def test_a_url_of_something_else_is_a_wrong_setting() -> None:
    with pytest.raises(BrokerError, match="REDIS_URL is not a broker's URL"):
        ping("amqp://127.0.0.1")


def test_the_server_program_is_here() -> None:
    assert os.access(find_valkey(), os.X_OK)
