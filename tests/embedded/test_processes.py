import smtplib
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.embedded.broker import broker_url, ping, prepare_valkey
from newsletter.embedded.inbox import list_messages
from newsletter.embedded.processes import (
    PROCESSES,
    broker_programs,
    child_environment,
    command,
    procfile,
    service_programs,
)
from newsletter.embedded.supervisor import Supervisor
from newsletter.errors import SettingsError
from newsletter.settings import load_settings
from tests.conftest import NOON
from tests.embedded.peers import PATIENCE_SECONDS

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"


def test_the_procfile_says_what_up_runs() -> None:
    assert PROCFILE.read_text("utf-8") == procfile()


def test_each_line_of_the_procfile_has_its_name_first() -> None:
    assert [line.split(": ")[0] for line in procfile().splitlines()] == [
        "release",
        "web",
        "worker",
        "beat",
        "bounces",
    ]


def test_our_programs_run_in_this_interpreter_without_a_path() -> None:
    assert command("celery -A workers.app beat", {}) == (sys.executable, "-m", "celery", "-A", "workers.app", "beat")
    assert command("uvicorn x", {})[:3] == (sys.executable, "-m", "uvicorn")


@pytest.mark.parametrize("name", ["uvicorn", "celery"])
def test_what_stands_in_for_a_program_is_that_program(name: str) -> None:
    done = subprocess.run(command(f"{name} --version", {}), capture_output=True, timeout=PATIENCE_SECONDS, check=True)
    assert done.stdout.strip()


def test_other_programs_are_left_alone() -> None:
    assert command("echo 'a b'", {}) == ("echo", "a b")


@pytest.mark.parametrize(
    ("line", "environment", "expected"),
    [
        ("echo $PORT", {"PORT": "1"}, "1"),
        ("echo ${PORT}", {"PORT": "1"}, "1"),
        ("echo ${PORT:-8000}", {"PORT": "1"}, "1"),
        ("echo ${PORT:-8000}", {}, "8000"),
        ("echo ${PORT:-8000}", {"PORT": ""}, "8000"),
        ("echo a${X:-}b", {}, "ab"),
        ("echo 5$", {}, "5$"),
    ],
)
def test_variables_are_filled_in_as_in_a_shell(line: str, environment: dict[str, str], expected: str) -> None:
    assert command(line, environment) == ("echo", expected)


@given(st.text())
def test_a_value_is_one_word_and_never_read_again(value: str) -> None:
    assert command("echo $X", {"X": value, "HOME": "!"}) == ("echo", value)


def test_a_variable_that_nobody_set_is_named() -> None:
    with pytest.raises(SettingsError, match="WHERE is not set"):
        command("echo $WHERE", {})


def test_the_children_read_the_settings_that_up_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "晨 报", port=8123, inbox_port=2626, clock="2026-03-19T21:00:00-04:00")
    for name, value in child_environment(settings, started_at=NOON).items():
        monkeypatch.setenv(name, value)
    child = load_settings()
    assert (child.home, child.port, child.inbox_port, child.clock) == (settings.home, 8123, 2626, settings.clock)
    assert child.clock_started_at == NOON


def test_a_rehearsal_that_has_begun_goes_on() -> None:
    began = NOON - timedelta(hours=1)
    settings = load_settings(clock="2026-03-19T21:00:00-04:00", clock_started_at=began)
    assert child_environment(settings, started_at=NOON)["NEWSLETTER_CLOCK_STARTED_AT"] == began.isoformat()


def test_without_a_rehearsal_no_clock_is_set() -> None:
    assert not [name for name in child_environment(load_settings(), started_at=NOON) if "CLOCK" in name]


def test_up_runs_the_lines_of_the_procfile_for_this_machine_only() -> None:
    programs = service_programs(load_settings(port=8123), {}, started_at=NOON)
    assert [program.name for program in programs] == ["inbox", "web", "worker", "beat"]
    web = programs[1].command
    assert web[web.index("--host") + 1] == "127.0.0.1"
    assert web[web.index("--port") + 1] == "8123"


def test_up_runs_as_many_workers_as_it_is_told_each_with_a_name_of_its_own() -> None:
    programs = service_programs(load_settings(workers=2), {}, started_at=NOON)
    assert [program.name for program in programs] == ["inbox", "web", "worker1", "worker2", "beat"]
    assert [programs[place].command[-1] for place in (2, 3)] == ["--hostname=worker1@%h", "--hostname=worker2@%h"]


def test_the_operator_may_open_the_pages_to_other_machines() -> None:
    web = service_programs(load_settings(), {"NEWSLETTER_WEB_HOST": "0.0.0.0"}, started_at=NOON)[1].command
    assert web[web.index("--host") + 1] == "0.0.0.0"


def test_a_relay_of_ones_own_needs_no_inbox() -> None:
    programs = service_programs(load_settings(smtp_url="smtp://127.0.0.1:25"), {}, started_at=NOON)
    assert [program.name for program in programs] == ["web", "worker", "beat"]


def test_reports_are_listened_for_when_a_setting_says_where() -> None:
    settings = load_settings(smtp_url="smtp://127.0.0.1:25", bounce_listen="lmtp://127.0.0.1:2526")
    listener = service_programs(settings, {}, started_at=NOON)[-1]
    assert (listener.name, listener.command[-2:]) == ("bounces", ("bounces", "listen"))
    assert not listener.is_ready()


def test_a_broker_of_ones_own_needs_no_valkey() -> None:
    assert broker_programs(load_settings(redis_url="redis://127.0.0.1:6379/0")) == []
    assert [program.name for program in broker_programs(load_settings())] == ["valkey"]


def test_the_broker_and_the_inbox_outlive_those_who_use_them() -> None:
    settings = load_settings()
    stages = {
        program.name: program.stop_stage
        for program in [*broker_programs(settings), *service_programs(settings, {}, started_at=NOON)]
    }
    assert max(stages["web"], stages["worker"], stages["beat"]) < min(stages["valkey"], stages["inbox"])


def test_links_with_a_readers_token_stay_out_of_the_log() -> None:
    assert "--no-access-log" in PROCESSES["web"].split()


def test_the_embedded_programs_really_serve_under_a_supervisor(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings = load_settings(home=tmp_path / "home", inbox_port=free.getsockname()[1])
    prepare_valkey(settings.home)
    inbox = service_programs(settings, {}, started_at=NOON)[0]
    with Supervisor(log_folder=settings.home / "log") as supervisor:
        for program in [*broker_programs(settings), inbox]:
            supervisor.start(program)
        assert supervisor.wait_until_ready(PATIENCE_SECONDS)
        assert ping(broker_url(settings))
        with smtplib.SMTP("127.0.0.1", settings.inbox_port, timeout=PATIENCE_SECONDS) as client:
            client.sendmail("a@example.org", "b@example.org", b"Subject: x\r\n\r\n")
        assert len(list_messages(settings.inbox_folder, 10)) == 1
