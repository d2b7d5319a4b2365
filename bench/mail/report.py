"""What is said of a run: the machine, the versions, the ratios beside what they should be."""

import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil
from sqlalchemy import text

from bench.mail.sink import find_program
from newsletter.db.engine import open_engine
from newsletter.embedded.broker import find_valkey

_PACKAGES = (
    "celery", "cryptography", "dkimpy", "jinja2", "mjml-python", "premailer", "psycopg", "redis", "sqlalchemy", "uvicorn",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times as fast as something else, and how many times it should be."""

    name: str
    value: float
    wanted: float

    def __str__(self) -> str:
        mark = "" if self.value >= self.wanted else "  MISSED"
        return f"  {self.value:8.2f}  {self.name}, at least {self.wanted:g}{mark}"


def describe_machine() -> str:
    """Name the processor, how much of it we may use, and the memory."""
    found = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    model = found[1] if found else platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, {psutil.virtual_memory().total / (1 << 30):.1f} GiB, {platform.platform()}"


def list_versions(database_url: str) -> dict[str, str]:
    """Return the versions of whatever takes part."""
    valkey = subprocess.run([find_valkey(), "--version"], check=True, capture_output=True, text=True).stdout
    postfix = subprocess.run(
        [find_program("postconf"), "-dh", "mail_version"], capture_output=True, text=True, check=False
    )
    return {
        "python": platform.python_version(),
        **_database_version(database_url),
        "valkey": found[1] if (found := re.search(r"v=(\S+)", valkey)) else valkey.strip(),
        "postfix": postfix.stdout.strip() or "unknown",
        **{name: version(name) for name in _PACKAGES},
    }


def _database_version(url: str) -> dict[str, str]:
    if not url.startswith("postgresql"):
        return {"sqlite": sqlite3.sqlite_version}
    database = open_engine(url)
    with database.connect() as connection:
        found = {
            name: str(connection.execute(text(f"SHOW {name}")).scalar_one())
            for name in ("server_version", "fsync", "synchronous_commit")
        }
    database.dispose()
    return {"postgresql": "{server_version} (fsync {fsync}, synchronous_commit {synchronous_commit})".format(**found)}


def _read(path: str) -> str:
    return Path(path).read_text("utf-8", "replace") if Path(path).is_file() else ""


def say_rates(rates: Sequence[float]) -> str:
    """Return the rounds of one measurement, which show how quiet the machine was."""
    return " ".join(f"{rate:,.0f}" for rate in rates)
