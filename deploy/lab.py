"""The cluster of cluster.toml on one machine: each node in a network namespace of its own.

    python deploy/lab.py up [DIR]        start everything and wait for a leader
    python deploy/lab.py status [DIR]    who leads, who follows
    python deploy/lab.py url [DIR]       the address of the books
    python deploy/lab.py cut NODE        pull the network plug of a node
    python deploy/lab.py heal NODE       put it in again
    python deploy/lab.py kill NODE       end everything of a node at once (SIGKILL)
    python deploy/lab.py start NODE      start it again
    python deploy/lab.py down [DIR]      stop and remove everything

Needs root, and the Debian packages postgresql-15 patroni etcd-server pgbouncer iproute2. The
machine itself stands on the same network, as .254: a service and its clients run outside the nodes.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from configure import APPLICATION, Cluster, Node, read_cluster, write_files

HERE = Path(__file__).resolve().parent
DEFAULT = Path("/tmp/tallystick-lab")  # noqa: S108 - made with mode 755, secrets inside with 600
BRIDGE = "tslab0"
USER = "postgres"
WAIT_S = 90
NEEDED = ("ip", "etcd", "patroni", "pgbouncer", "setpriv")


class LabRefused(Exception):
    """The lab cannot be run here, or did not come up: says why."""


class Lab:
    """One cluster in namespaces; everything of it is in one folder."""

    def __init__(self, directory: Path = DEFAULT) -> None:
        self.directory = directory
        self._started: list[subprocess.Popen[bytes]] = []
        self.cluster: Cluster = replace(
            read_cluster(HERE / "cluster.toml"), data=str(directory / "nodes")
        )

    @property
    def books_url(self) -> str:
        """Where the service finds its books; the password is in `pgpass`."""
        return self.cluster.books_url

    @property
    def pgpass(self) -> Path:
        return self.directory / "pgpass"

    def up(self) -> str:
        """Start everything; gives the name of the leader. Refuses: LabRefused."""
        demand_able()
        self.down()
        self.directory.mkdir(mode=0o755, parents=True)
        passwords = write_files(self.cluster, self.directory / "nodes")
        _own(self.directory / "nodes")
        self._write_pgpass(passwords["application"])
        self._network()
        for node in self.cluster.nodes:
            self.start(node.name)
        leader = self.await_leader()
        self._make_database(leader)
        self.await_standby()
        return leader

    def down(self) -> None:
        """Stop and remove everything of an earlier run."""
        for node in self.cluster.nodes:
            self.kill(node.name)
        for child in self._started:
            child.wait()
        for node in self.cluster.nodes:
            _quiet("ip", "netns", "del", _space(node.name))
            _quiet("ip", "link", "del", _plug(node.name))
        _quiet("ip", "link", "del", BRIDGE)
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self, name: str) -> None:
        """Start the programs of a node in its namespace."""
        node = self._node(name)
        folder = self.directory / "nodes" / name
        self._spawn(node, "etcd", "etcd", "--config-file", str(folder / "etcd.yml"))
        if node.postgres:
            self._spawn(node, "patroni", "patroni", str(folder / "patroni.yml"))
            self._spawn(node, "pgbouncer", "pgbouncer", "-d", str(folder / "pgbouncer.ini"))

    def kill(self, name: str) -> None:
        """End every process of a node at once, as a power cut of that machine does."""
        found = subprocess.run(
            ["ip", "netns", "pids", _space(name)], capture_output=True, text=True, check=False
        )
        for pid in found.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        self._started = [child for child in self._started if child.poll() is None]

    def cut(self, name: str) -> None:
        """Pull the node's network plug: it goes on running and sees nobody."""
        _run("ip", "link", "set", _plug(self._node(name).name), "down")

    def heal(self, name: str) -> None:
        """Put the plug in again."""
        _run("ip", "link", "set", _plug(self._node(name).name), "up")

    def members(self) -> dict[str, str]:
        """Role of each node that answers, as Patroni says it: leader, sync_standby, replica."""
        for node in self.cluster.holders:
            said: Any = _get(f"http://{node.address}:8008/cluster")
            if said:
                return {m["name"]: m["role"] for m in said["members"] if m["state"] in RUNNING}
        return {}

    def await_leader(self, *, other_than: str | None = None) -> str:
        """The leader once there is one that may acknowledge. Refuses: LabRefused."""

        def found() -> str | None:
            for node in self.cluster.holders:
                if node.name != other_than and self._writable(node):
                    return node.name
            return None

        return _await(found, "a leader")

    def await_standby(self) -> str:
        """The node that has every commit before it is acknowledged. Refuses: LabRefused."""

        def found() -> str | None:
            roles = self.members().items()
            return next((name for name, role in roles if role == "sync_standby"), None)

        return _await(found, "a synchronous standby")

    def await_following(self, name: str) -> None:
        """Wait until a node follows the leader. Refuses: LabRefused."""
        roles = ("replica", "sync_standby")
        _await(lambda: self.members().get(name) in roles or None, f"{name} to follow")

    def _writable(self, node: Node) -> bool:
        said = _get(f"http://{node.address}:8008/")
        if not said or said.get("role") not in ("master", "primary", "leader"):
            return False
        return said.get("state") == "running"

    def _make_database(self, leader: str) -> None:
        address = self._node(leader).address
        kept = json.loads((self.directory / "nodes" / "secrets.json").read_text())
        environment = {**os.environ, "PGPASSWORD": kept["superuser"]}
        psql = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", address, "-U", "postgres"]
        role = f"CREATE ROLE {APPLICATION} LOGIN PASSWORD '{kept['application']}'"
        base = f"CREATE DATABASE {self.cluster.database} OWNER {APPLICATION}"
        watch = f"GRANT pg_monitor TO {APPLICATION}"  # doctor looks at the standbys
        for command in (role, watch, base):
            subprocess.run([*psql, "-c", command], env=environment, check=True, timeout=WAIT_S)

    def _write_pgpass(self, password: str) -> None:
        self.pgpass.touch(mode=0o600)
        self.pgpass.write_text(f"*:*:*:{APPLICATION}:{password}\n")

    def _network(self) -> None:
        network = ipaddress.ip_network(self.cluster.network)
        length = network.prefixlen
        _run("ip", "link", "add", BRIDGE, "type", "bridge")
        _run("ip", "addr", "add", f"{network[-2]}/{length}", "dev", BRIDGE)
        _run("ip", "link", "set", BRIDGE, "up")
        for node in self.cluster.nodes:
            space, plug = _space(node.name), _plug(node.name)
            _run("ip", "netns", "add", space)
            _run("ip", "link", "add", plug, "type", "veth", "peer", "name", "eth0", "netns", space)
            _run("ip", "link", "set", plug, "master", BRIDGE, "up")
            inside = ("ip", "-n", space)
            _run(*inside, "addr", "add", f"{node.address}/{length}", "dev", "eth0")
            _run(*inside, "link", "set", "eth0", "up")
            _run(*inside, "link", "set", "lo", "up")

    def _spawn(self, node: Node, what: str, *command: str) -> None:
        log = open(self.directory / f"{node.name}-{what}.log", "ab")  # noqa: SIM115 - the child's
        inside = ["ip", "netns", "exec", _space(node.name)]
        user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        child = subprocess.Popen(
            [*inside, *user, *command], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip
        self._started.append(child)
        log.close()

    def _node(self, name: str) -> Node:
        for node in self.cluster.nodes:
            if node.name == name:
                return node
        raise LabRefused(f"no node {name}; one of {', '.join(n.name for n in self.cluster.nodes)}")


RUNNING = ("running", "streaming")


def demand_able() -> None:
    """Refuses: LabRefused when this machine cannot run the lab, with what is missing."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        raise LabRefused(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        raise LabRefused("network namespaces need root")
    probe = subprocess.run(
        ["ip", "netns", "add", "tslab-probe"], capture_output=True, text=True, check=False
    )
    if probe.returncode:
        raise LabRefused(f"no network namespaces here: {probe.stderr.strip()}")
    _run("ip", "netns", "del", "tslab-probe")


def _own(folder: Path) -> None:
    user = pwd.getpwnam(USER)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid)


def _space(node: str) -> str:
    return f"tslab-{node}"


def _plug(node: str) -> str:
    return f"ts-{node}"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabRefused(f"{' '.join(command)}: {done.stderr.strip()}")


def _quiet(*command: str) -> None:
    subprocess.run(command, capture_output=True, check=False)


def _get(url: str) -> dict[str, object] | None:
    """What Patroni says, also when it says that it is no leader."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            said: dict[str, object] = json.load(answer)
            return said
    except urllib.error.HTTPError as error:
        with contextlib.suppress(ValueError):
            refused: dict[str, object] = json.load(error)
            return refused
    except (OSError, ValueError):
        return None
    return None


def _await(ask: Callable[[], object], what: str) -> str:
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        found = ask()
        if found:
            return str(found)
        time.sleep(0.5)
    raise LabRefused(f"waited {WAIT_S} s for {what}")


def main(arguments: Sequence[str]) -> None:
    verbs = ("up", "down", "status", "url", "cut", "heal", "kill", "start")
    if not arguments or arguments[0] not in verbs:
        raise SystemExit(__doc__)
    verb, *rest = arguments
    try:
        if verb in ("up", "down", "status", "url"):
            _whole(Lab(Path(rest[0]) if rest else DEFAULT), verb)
        else:
            getattr(Lab(), verb)(*rest[:1])
    except LabRefused as wrong:
        raise SystemExit(str(wrong)) from None


def _whole(lab: Lab, verb: str) -> None:
    if verb == "up":
        print(f"leader: {lab.up()}")
        print(f"export PGPASSFILE={lab.pgpass}\nbooks: {lab.books_url}")
    elif verb == "down":
        lab.down()
    elif verb == "url":
        print(lab.books_url)
    else:
        for name, role in sorted(lab.members().items()):
            print(f"{name}: {role}")


if __name__ == "__main__":
    main(sys.argv[1:])
