"""Write the files of every machine of a cluster from one cluster.toml.

    python deploy/configure.py deploy/cluster.toml OUT

OUT gets a folder for each machine: etcd.yml and tallystick.service, for those that hold the books
patroni.yml, pgbouncer.ini, role-changed.sh and userlist.txt, and beside them `secrets.json` with
the passwords, made once and kept. Everything that holds a password is for its owner alone.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import secrets
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

TEMPLATES = Path(__file__).resolve().parent / "templates"
USERS = ("superuser", "replication", "rewind", "restapi", "application")
FILES = ("etcd.yml", "tallystick.service", "patroni.yml", "pgbouncer.ini", "role-changed.sh")
APPLICATION = "tallystick"
BOUNCER_PORT = 6432
_NAME = re.compile(r"[a-z][a-z0-9-]{0,11}")


class ClusterRefused(Exception):
    """The cluster file cannot be used: what, where, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One machine. Without `postgres` it votes and holds no books."""

    name: str
    address: str
    postgres: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Where each machine keeps its certificate, its key and the authority of the others."""

    certificate: str
    key: str
    authority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What cluster.toml says."""

    name: str
    programs: str
    data: str
    network: str
    database: str
    nodes: tuple[Node, ...]
    tls: Tls | None = None

    @property
    def holders(self) -> tuple[Node, ...]:
        """The machines that hold the books."""
        return tuple(node for node in self.nodes if node.postgres)

    @property
    def books_url(self) -> str:
        """The address of the books: whichever machine takes writes, through its PgBouncer."""
        hosts = ",".join(f"{node.address}:{BOUNCER_PORT}" for node in self.holders)
        return (
            f"postgresql://{APPLICATION}@{hosts}/{self.database}"
            "?target_session_attrs=read-write&connect_timeout=3"
            "&keepalives_idle=2&keepalives_interval=1&keepalives_count=3&tcp_user_timeout=4000"
        )


def read_cluster(path: Path) -> Cluster:
    """Read a cluster file. Refuses: ClusterRefused."""
    try:
        said = tomllib.loads(path.read_text())
        nodes = tuple(Node(**node) for node in said.pop("node", ()))
        tls = said.pop("tls", None)
        cluster = Cluster(**said, nodes=nodes, tls=Tls(**tls) if tls else None)
    except (OSError, tomllib.TOMLDecodeError, TypeError) as wrong:
        raise ClusterRefused(f"{path}: {wrong}") from None
    _demand(cluster, path)
    return cluster


def _demand(cluster: Cluster, path: Path) -> None:
    network = ipaddress.ip_network(cluster.network)
    if len(cluster.nodes) < 3 or len(cluster.nodes) % 2 == 0:
        raise ClusterRefused(f"{path}: {len(cluster.nodes)} nodes; an odd number, 3 or more, votes")
    if len(cluster.holders) < 2:
        raise ClusterRefused(f"{path}: fewer than two nodes with postgres = true")
    for node in cluster.nodes:
        if not _NAME.fullmatch(node.name):
            raise ClusterRefused(f"{path}: node {node.name!r}; a-z 0-9 -, up to 12 characters")
        if ipaddress.ip_address(node.address) not in network:
            raise ClusterRefused(f"{path}: {node.name} is outside {cluster.network}")


def write_files(cluster: Cluster, out: Path) -> Mapping[str, str]:
    """Write every machine's files into OUT; gives the passwords, made when there were none."""
    out.mkdir(parents=True, exist_ok=True)
    passwords = kept_passwords(out / "secrets.json")
    for node in cluster.nodes:
        folder = out / node.name
        folder.mkdir(exist_ok=True)
        values = _values(cluster, node, passwords)
        for name in FILES if node.postgres else FILES[:2]:
            template = Template((TEMPLATES / name).read_text())
            write_private(folder / name, template.substitute(values))
        if node.postgres:
            line = f'"{APPLICATION}" "{passwords["application"]}"\n'
            write_private(folder / "userlist.txt", line)
            (folder / "role-changed.sh").chmod(0o700)
    return passwords


def kept_passwords(path: Path) -> Mapping[str, str]:
    """The cluster's passwords: read, or made once."""
    if not path.exists():
        write_private(path, json.dumps({user: secrets.token_urlsafe(24) for user in USERS}))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def write_private(path: Path, text: str) -> None:
    """Write a file for its owner alone."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _values(cluster: Cluster, node: Node, passwords: Mapping[str, str]) -> dict[str, str]:
    everyone = cluster.nodes
    return {
        "cluster": cluster.name,
        "node": node.name,
        "address": node.address,
        "programs": cluster.programs,
        "data": cluster.data,
        "network": cluster.network,
        "database": cluster.database,
        "books_url": cluster.books_url.replace("%", "%%"),
        "etcd_hosts": ", ".join(f'"{n.address}:2379"' for n in everyone),
        "etcd_cluster": ",".join(f"{n.name}=http://{n.address}:2380" for n in everyone),
        "hostline": "hostssl" if cluster.tls else "host",
        "tls_parameters": _tls_parameters(cluster.tls),
        **{f"{user}_password": passwords[user] for user in USERS},
    }


def _tls_parameters(tls: Tls | None) -> str:
    if tls is None:
        return '    ssl: "off"'
    return (
        f'    ssl: "on"\n    ssl_cert_file: {tls.certificate}\n'
        f"    ssl_key_file: {tls.key}\n    ssl_ca_file: {tls.authority}"
    )


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    try:
        cluster = read_cluster(Path(sys.argv[1]))
    except ClusterRefused as wrong:
        raise SystemExit(str(wrong)) from None
    write_files(cluster, Path(sys.argv[2]))
    print(f"wrote {len(cluster.nodes)} folders; the service finds its books at")
    print(cluster.books_url)


if __name__ == "__main__":
    main()
