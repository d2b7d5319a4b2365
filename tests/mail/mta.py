"""A mail host of its own: a private Postfix takes mail on loopback, a private Dovecot shows its mailboxes by IMAP."""

import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.embedded.peers import is_gone, wait_for

LARGEST_MESSAGE_BYTES = 1_000_000
PASSWORD = "of-the-tests"
_PROGRAMS = {"postfix": Path("/usr/sbin/postfix"), "dovecot-imapd": Path("/usr/lib/dovecot/imap")}
_PLACES = "/usr/sbin:/usr/bin:/sbin:/bin"

_MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
myhostname = mx.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject_unauth_destination
default_transport = error:5.1.1 nobody is known outside this host
recipient_delimiter = +
mydestination =
alias_maps =
local_recipient_maps =
message_size_limit = {size}
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_alias_maps = {forwards}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""
_MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
virtual unix - n n - - virtual
"""
_DOVECOT_CONF = """\
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%n
first_valid_uid = {uid}
first_valid_gid = {gid}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHost:
    """Where mail for example.org is handed in, and where its owners read it."""

    smtp_port: int
    imap_port: int

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self.smtp_port}"

    def read(self, address: str, message_id: str) -> bytes:
        """Wait until the owner of an address finds this message, and return it as IMAP hands it out."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10) as client:
            client.login(address, PASSWORD)
            client.select("INBOX", readonly=True)
            wait_for(lambda: bool(_search(client, message_id)), f"{message_id} in the mailbox")
            (number,) = _search(client, message_id)
            _, parts = client.fetch(number, "(BODY.PEEK[])")
        assert isinstance(parts[0], tuple)
        return parts[0][1]


def _search(client: imaplib.IMAP4, message_id: str) -> list[str]:
    """Return the numbers of the messages with this Message-ID."""
    client.noop()  # what came since is shown only now
    _, (numbers,) = client.search(None, "HEADER", "Message-ID", f'"{message_id}"')
    found: bytes = numbers
    return found.decode().split()


def what_is_missing() -> str | None:
    """Return what keeps this machine from running a mail host, or None."""
    packages = [package for package, program in _PROGRAMS.items() if not program.exists()]
    if packages:
        return f"not installed: the Debian package {' and '.join(packages)}"
    if os.geteuid() != 0:
        return "Postfix starts only as root"
    version = _run("dovecot", "--version")
    return None if version.startswith("2.3.") else f"the test's settings are for Dovecot 2.3, not {version.strip()}"


@contextmanager
def run_mail_host(mailboxes: Sequence[str], *, forwards: Mapping[str, str] | None = None) -> Iterator[MailHost]:
    """Run a host with these addresses under example.org; every other one is unknown to it.

    Mail to a forwarded address is accepted, and comes back when its target is on another host: nothing leaves this one.
    """
    # not in pytest's folders: Postfix gives up root, and only root may enter those; unix sockets need a short path
    with tempfile.TemporaryDirectory(prefix="mta-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "mail").mkdir()
        shutil.chown(folder / "mail", "nobody", "nogroup")
        smtp_port, imap_port = _free_ports()
        host = MailHost(smtp_port=smtp_port, imap_port=imap_port)
        stack.enter_context(
            _running(_postfix(folder, host.smtp_port, mailboxes, forwards or {}), folder, host.smtp_port)
        )
        stack.enter_context(_running(_dovecot(folder, host.imap_port), folder, host.imap_port))
        yield host


def _postfix(folder: Path, port: int, mailboxes: Sequence[str], forwards: Mapping[str, str]) -> list[str]:
    """Write a configuration and return the command that runs it in the foreground."""
    settings = folder / "postfix"
    for new in (settings, folder / "queue", folder / "data"):
        new.mkdir()
    shutil.chown(folder / "data", "postfix")
    known = ", ".join(f"{{ {address} = {address.partition('@')[0]}/ }}" for address in mailboxes)
    forwarded = ", ".join(f"{{ {address} = {target} }}" for address, target in forwards.items())
    owner = (folder / "mail").stat()
    main = _MAIN_CF.format(
        folder=folder,
        size=LARGEST_MESSAGE_BYTES,
        mailboxes=known,
        forwards=f"inline:{{ {forwarded} }}" if forwarded else "",
        uid=owner.st_uid,
        gid=owner.st_gid,
    )
    (settings / "main.cf").write_text(main)
    (settings / "master.cf").write_text(_MASTER_CF.format(port=port))
    _run("postfix", "-c", str(settings), "check")  # makes the queue's folders
    daemons = _run("postconf", "-c", str(settings), "-h", "daemon_directory").strip()
    return [f"{daemons}/master", "-c", str(settings), "-s"]


def _dovecot(folder: Path, port: int) -> list[str]:
    """Write a configuration and return the command that runs it in the foreground."""
    owner = (folder / "mail").stat()
    settings = folder / "dovecot.conf"
    settings.write_text(
        _DOVECOT_CONF.format(folder=folder, port=port, password=PASSWORD, uid=owner.st_uid, gid=owner.st_gid)
    )
    return ["/usr/sbin/dovecot", "-F", "-c", str(settings)]


@contextmanager
def _running(command: Sequence[str], folder: Path, port: int) -> Iterator[None]:
    """Run a server for as long as the block; afterwards every process that it started has ended too."""
    log = folder / f"{port}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
    try:
        wait_for(lambda: process.poll() is not None or _answers(port), f"an answer on port {port}")
        assert process.poll() is None, log.read_text()
        yield
    finally:
        family = _family(process)
        process.terminate()
        try:
            process.wait(30)
        finally:
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            wait_for(lambda: all(is_gone(member.pid) for member in family), f"the end of all that {command[0]} started")


def _family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return a process and all that came from it; nothing when it has ended."""
    if process.poll() is not None:
        return []
    head = psutil.Process(process.pid)
    return [head, *head.children(recursive=True)]


def _answers(port: int) -> bool:
    """Tell whether a server greets those who call; a listening socket alone says little."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            return connection.recv(1) != b""
    except OSError:
        return False


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _run(*command: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env={**os.environ, "PATH": _PLACES}
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout
