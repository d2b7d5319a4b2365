"""What lies in deploy/ starts what the Procfile starts, and sets nothing that nobody reads."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from newsletter.embedded.processes import PROCESSES, command
from newsletter.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OF_OTHERS = {"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "PYTHONUNBUFFERED", "PATH"}
PLACES = {"NEWSLETTER_WEB_HOST": "127.0.0.1", "PORT": "8000"}
_SET = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
_BIN = "/opt/chenbao/.venv/bin/"


def known_names() -> set[str]:
    """Return every variable that the program reads."""
    own = {f"NEWSLETTER_{name.upper()}" for name in Settings.model_fields}
    return (
        own
        | {f"{name}_FILE" for name in own}
        | {"DATABASE_URL", "REDIS_URL", "PORT", "NEWSLETTER_WEB_HOST"}
        | OF_OTHERS
    )


def compose() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def our_services() -> dict[str, Mapping[str, Any]]:
    return {name: found for name, found in compose()["services"].items() if found["image"] == "chenbao"}


def lines_of(unit: Path, key: str) -> list[str]:
    return [line.removeprefix(f"{key}=") for line in unit.read_text("utf-8").splitlines() if line.startswith(f"{key}=")]


def test_compose_runs_every_process_of_the_procfile_by_its_line() -> None:
    assert {name: found["command"] for name, found in our_services().items()} == dict(PROCESSES)


def test_compose_sets_only_what_is_read() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) <= known_names()
    for found in our_services().values():
        assert set(found["environment"]) <= known_names()


def test_in_compose_nobody_starts_before_the_schema_is_there_but_who_makes_it() -> None:
    for name, found in our_services().items():
        waits_for = found["depends_on"]
        assert ("release" in waits_for) != (name == "release")
        assert all(other in compose()["services"] for other in waits_for)


def test_compose_opens_no_port_of_the_servers_and_the_website_only_to_this_machine() -> None:
    services = compose()["services"]
    assert "ports" not in services["postgres"]
    assert "ports" not in services["valkey"]
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])


def test_compose_names_volumes_that_there_are() -> None:
    found = compose()
    for service in found["services"].values():
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(found["volumes"])


def test_the_example_of_the_settings_names_settings() -> None:
    assert set(_SET.findall((DEPLOY / "newsletter.env.example").read_text("utf-8"))) <= known_names()


def test_the_image_is_built_from_what_is_there_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*)", text, re.MULTILINE) for word in line.split()[:-1]]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    assert "\nUSER chenbao\n" in text
    assert set(re.findall(r"([A-Z_]+)=", text)) <= known_names()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_runs_a_process_of_the_procfile_by_its_line(unit: Path) -> None:
    process = {"migrate": "release"}.get(name := unit.stem.removeprefix("chenbao-").rstrip("@"), name)
    [line] = lines_of(unit, "ExecStart")
    own = line.removeprefix(_BIN).replace("${NEWSLETTER_WEB_HOST}", "127.0.0.1").replace("${PORT}", "8000")
    usual = " ".join(_said(PROCESSES[process]))
    assert own.removesuffix(" --hostname worker%i@%%h") == usual
    assert set(re.findall(r"([A-Z_]+)=", " ".join(lines_of(unit, "Environment")))) <= known_names()


def _said(line: str) -> Iterator[str]:
    """Yield the words of a line of the Procfile, with what it takes from the environment filled in."""
    program, *_ = line.split()
    yield program
    words = command(line, PLACES)
    yield from words[words.index(program) + 1 :] if program in words else words[3:]


def test_there_is_a_unit_for_every_process() -> None:
    names = {unit.stem.removeprefix("chenbao-").rstrip("@") for unit in UNITS}
    assert names - {"migrate"} == set(PROCESSES) - {"release"}


def test_systemd_has_nothing_to_say_against_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    for unit in DEPLOY.glob("systemd/*"):
        text = unit.read_text("utf-8").replace(_BIN, f"{Path(sys.executable).parent}/")
        (tmp_path / unit.name).write_text(re.sub(r"^(User|Group)=chenbao$", r"\1=root", text, flags=re.MULTILINE))
    wanted = [str(tmp_path / unit.name.replace("@", "@1")) for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", *wanted],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
