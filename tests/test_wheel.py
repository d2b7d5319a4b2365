"""The wheel is the whole product: built, installed elsewhere, and run from a folder that knows nothing of the checkout."""

import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import requests

from tests.digests.reading import check_wellformed, shown_papers, words

CHECKOUT = Path(__file__).resolve().parents[1]
FOLDERS = {"newsletter": "newsletter", "workers": "workers", "templates": "newsletter/_templates"}
"""Where each folder of the checkout stands in the wheel."""
NOWHERE = "http://127.0.0.1:9"
SERVE = """
import socket, sys, uvicorn
from newsletter.web.app import create_app
uvicorn.Server(uvicorn.Config(create_app(), log_level="warning")).run([socket.socket(fileno=int(sys.argv[1]))])
"""


def pip(*arguments: str | Path) -> None:
    """Run pip without a network."""
    quiet = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps")
    subprocess.run([sys.executable, "-m", "pip", arguments[0], *quiet, *arguments[1:]], check=True, timeout=100)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """The product installed from its wheel into `folder`, with a home and a working folder of its own."""

    folder: Path
    home: Path
    elsewhere: Path
    environment: dict[str, str]

    def run(self, *command: str | Path) -> str:
        """Run a command to its end and return what it said."""
        done = subprocess.run(command, cwd=self.elsewhere, env=self.environment, capture_output=True, timeout=100)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def newsletter(self, *arguments: str) -> str:
        return self.run(self.folder / "bin" / "newsletter", *arguments)

    def python(self, script: str) -> str:
        return self.run(sys.executable, "-c", script)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve the website and yield its origin; what is asked before it is up waits in the socket."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
            handle = listener.fileno()
            command = [sys.executable, "-c", SERVE, str(handle)]
            process = subprocess.Popen(command, cwd=self.elsewhere, env=self.environment, pass_fds=[handle])
        try:
            yield origin
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the wheel is built from, so that the checkout stays as it is."""
    copy = tmp_path_factory.mktemp("source")
    for name in FOLDERS:
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pip", reason="pip is not installed in this environment")
    built = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--no-cache-dir", "--wheel-dir", built, source)
    (found,) = built.iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The product, which has run one day for its first reader; arXiv cannot be reached, so it was the sample edition."""
    folder, home, elsewhere = (tmp_path_factory.mktemp(name) for name in ("installed", "home", "elsewhere"))
    pip("install", "--target", folder, wheel)
    own = dict.fromkeys(("ARXIV_URL", "ARXIV_API_URL", "ARXIV_FEED_URL", "ARXIV_OAI_URL"), NOWHERE)
    own |= {"HOME": str(home), "ARXIV_INTERVAL_SECONDS": "0"}
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        own |= {"PORT": str(one.getsockname()[1]), "INBOX_PORT": str(two.getsockname()[1])}
    foreign = ("NEWSLETTER_", "DATABASE_URL", "REDIS_URL", "PORT")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment |= {"PYTHONPATH": str(folder)} | {f"NEWSLETTER_{name}": value for name, value in own.items()}
    found = Installed(folder=folder, home=home, elsewhere=elsewhere, environment=environment)
    found.newsletter("up", "--first-reader", "--once")
    return found


def test_every_file_of_the_product_is_in_the_wheel_and_nothing_else(source: Path, wheel: Path) -> None:
    wanted = {
        f"{target}/{path.relative_to(source / name).as_posix()}"
        for name, target in FOLDERS.items()
        for path in (source / name).rglob("*")
        if path.is_file()
    }
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert found == wanted


def test_the_wheel_runs_and_not_the_checkout(installed: Installed) -> None:
    script = "import newsletter, workers.app; print(newsletter.__file__, workers.app.__file__, sep='\\n')"
    assert installed.python(script).split("\n")[:2] == [
        str(installed.folder / "newsletter" / "__init__.py"),
        str(installed.folder / "workers" / "app.py"),
    ]


def test_the_first_reader_got_the_sample_edition(installed: Installed) -> None:
    (mail,) = (installed.home / "inbox").glob("*.eml")
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert message["To"] == "reader@localhost"
    assert message["Subject"].startswith("Sample: ")
    assert list(installed.elsewhere.iterdir()) == []  # everything of an installation is in its home


def test_a_digest_is_rendered_with_the_templates_of_the_wheel(installed: Installed) -> None:
    root = check_wellformed(installed.newsletter("preview", "reader@localhost", "--format", "html").strip())
    assert "Sample edition" in words(root)
    assert len(shown_papers(root)) > 5


def test_the_schema_is_made_by_the_migrations_of_the_wheel(installed: Installed, tmp_path: Path) -> None:
    fresh = replace(installed, home=tmp_path, environment=installed.environment | {"NEWSLETTER_HOME": str(tmp_path)})
    newest = fresh.python("from newsletter.db.migrate import head_revision; print(head_revision())").strip()
    assert newest
    assert f"empty → {newest}" in fresh.newsletter("migrate")


def test_the_website_serves_its_pages_and_static_files_from_the_wheel(installed: Installed, source: Path) -> None:
    with installed.serving() as origin:
        pages = {path: requests.get(origin + path, timeout=60) for path in ("/", "/day", "/inbox")}
        sheet = requests.get(f"{origin}/static/chenbao.css", timeout=60)
    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(pages, 200)
    assert "A sample edition" in pages["/day"].content.decode()
    assert sheet.content == (source / "templates" / "web" / "static" / "chenbao.css").read_bytes()
