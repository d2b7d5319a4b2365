"""A bridge, and hosts that are plugged into it. Needs root and iproute2."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.hosts.shares import within

NEEDED = ("ip", "unshare", "taskset")


def why_impossible() -> str | None:
    """Return why this machine cannot have such hosts, None if it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    return f"{', '.join(missing)} is not installed (apt-get install iproute2 util-linux)" if missing else None


@dataclass(frozen=True, slots=True)
class Host:
    """A network namespace on the bridge."""

    name: str
    address: str
    namespace: str
    plug: str

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        core: int | None = None,
        share: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Run a program there, among processes of its own, on one core or within a share (see `shares`) if asked."""
        pinned = ["taskset", "--cpu-list", str(core)] if core is not None else []
        alone = ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child"]
        named = ["sh", "-c", f'hostname {self.name}; exec "$@"', "sh"]
        with log.open("ab") as output:
            return subprocess.Popen(
                [*within(share), "ip", "netns", "exec", self.namespace, *pinned, *alone, *named, *command],
                env={**environment, "PATH": os.environ["PATH"]},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def pull_the_plug(self) -> None:
        """Cut the host off: packets are lost, and nobody is told."""
        _ip("link", "set", self.plug, "down")


@dataclass(frozen=True, slots=True)
class Network:
    """The bridge; `address` is this machine's on it."""

    address: str
    hosts: Sequence[Host]


@contextlib.contextmanager
def open_network(names: Sequence[str]) -> Iterator[Network]:
    """Make a bridge with these hosts, and take it all away again."""
    mark = os.getpid() % 10_000
    subnet = f"10.97.{mark % 250}"
    bridge = f"cb{mark}"
    hosts = [
        Host(name=name, address=f"{subnet}.{number}", namespace=f"cb{mark}-{name}", plug=f"cb{mark}p{number}")
        for number, name in enumerate(names, 11)
    ]
    with contextlib.ExitStack() as undo:
        _ip("link", "add", bridge, "type", "bridge")
        undo.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{subnet}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for host in hosts:
            _ip("netns", "add", host.namespace)
            undo.callback(_ip, "netns", "del", host.namespace)
            _plug_in(host, bridge)
            # connections that were cut keep the namespace, and the cable with it, for minutes
            undo.callback(_ip, "link", "del", host.plug)
        yield Network(address=f"{subnet}.1", hosts=hosts)


def _plug_in(host: Host, bridge: str) -> None:
    _ip("link", "add", host.plug, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
    _ip("link", "set", host.plug, "master", bridge, "up")
    _ip("-n", host.namespace, "addr", "add", f"{host.address}/24", "dev", "eth0")
    for device in ("eth0", "lo"):
        _ip("-n", host.namespace, "link", "set", device, "up")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
