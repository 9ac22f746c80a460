"""A throw-away PostgreSQL for tests: one cluster per run, one database per test.

    def test_something(postgres_url): ...           # a fresh database: postgresql://...
    def test_crashes(own_postgres): ...             # a cluster of one's own, to be killed

The server binaries are looked for in /usr/lib/postgresql/*/bin and on the PATH; where there are none,
the test is skipped, or fails when TALLYSTICK_POSTGRES is set to "required" (CI does).
The cluster listens on a Unix socket in a temporary directory and nowhere else; commits are durable
(fsync is on), as they are in production.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

VERSION_MIN = 15
INSTALLED = Path("/usr/lib/postgresql")
SUPERUSER = "postgres"
WAIT_S = 60
_numbers = itertools.count(1)


def find_binaries() -> Path | None:
    """The folder of `initdb`, `pg_ctl` and `postgres`: the newest installed one, else the PATH's."""
    folders = [p for p in INSTALLED.glob("*/bin") if p.parent.name.isdecimal()]
    for folder in sorted(folders, key=lambda p: int(p.parent.name), reverse=True):
        if int(folder.parent.name) >= VERSION_MIN and (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def demand_binaries() -> Path:
    """The folder of the server's programs, or no test."""
    folder = find_binaries()
    if folder is not None:
        return folder
    reason = f"no PostgreSQL server programs in {INSTALLED}/*/bin or on the PATH"
    if os.environ.get("TALLYSTICK_POSTGRES") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def _as_server() -> dict[str, Any]:
    """PostgreSQL does not run as root: then the server is the user postgres, or nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("root, and no user postgres to run the server as")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server of our own: its programs and its directory."""

    programs: Path
    directory: Path
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.directory / "data"

    def url(self, database: str = "postgres", *, user: str = SUPERUSER) -> str:
        """The address of a database, as libpq reads it."""
        return f"postgresql://{user}@/{database}?host={quote(str(self.directory), safe='')}"

    def run(self, program: str, *arguments: str) -> str:
        """Run one of the server's programs as the server's user, with this server as its default."""
        settings = {"PGHOST": str(self.directory), "PGUSER": SUPERUSER, "LC_ALL": "C"}
        done = subprocess.run(
            [self.programs / program, *arguments],
            env={"PATH": os.environ.get("PATH", ""), **settings},
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=WAIT_S,
            check=False,
            text=True,
            **_as_server(),
        )
        if done.returncode:
            raise RuntimeError(f"{program} {' '.join(arguments)}: {done.stdout}")
        return str(done.stdout)

    def start(self) -> None:
        """Start, or start again after a crash; returns when the server takes connections."""
        with (self.directory / "log").open("ab") as log:
            server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                **_as_server(),
            )
        self._running.append(server)
        deadline = time.monotonic() + WAIT_S
        while not self._ready(server.pid):
            if server.poll() is not None or time.monotonic() > deadline:
                self._running.remove(server)
                raise RuntimeError(f"the server does not start: {self._log_tail()}")
            time.sleep(0.01)

    def stop(self, mode: str = "fast") -> None:
        """Stop: `fast` breaks connections and writes a checkpoint, `immediate` is a crash."""
        server = self._running.pop()
        server.send_signal({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
        server.wait(timeout=WAIT_S)

    @property
    def running(self) -> bool:
        return bool(self._running)

    def postmaster(self) -> int:
        """The process id of the server that runs here."""
        return self._running[-1].pid

    def backends(self) -> list[int]:
        """The process ids of what the postmaster started, without the one that recovers from a crash:
        when that one is killed, the server gives up, and nobody starts it again.
        """
        return [process for process in _children(self.postmaster()) if not _recovers(process)]

    def kill(self) -> None:
        """kill -9 of the postmaster and everything that it started; returns when all are gone."""
        server = self._running.pop()
        family = [server.pid, *_children(server.pid)]
        for process in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        server.wait(timeout=WAIT_S)
        deadline = time.monotonic() + WAIT_S
        while any(_alive(process) for process in family):
            if time.monotonic() > deadline:
                raise RuntimeError("the server does not die")
            time.sleep(0.005)

    def _ready(self, process: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and int(lines[0]) == process and lines[7].strip() == "ready"

    def _log_tail(self) -> str:
        log = self.directory / "log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""

    def make_database(self, *, template: str = "template1") -> str:
        """A database of its own name, made from a template. Gives the name."""
        name = f"t{os.getpid()}_{next(_numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def sql(self, statement: str, *, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as the superuser and give its rows."""
        psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


def make_cluster(**settings: str) -> Cluster:
    """Make a cluster in a temporary directory and start it; `settings` go to postgresql.conf.

    Whoever made it removes it with `remove_cluster`.
    """
    programs = demand_binaries()
    directory = Path(tempfile.mkdtemp(prefix="tallystick-pg-"))
    owner = _as_server()
    if owner:
        os.chown(directory, owner["user"], owner["group"])
    cluster = Cluster(programs, directory)
    try:
        cluster.run(
            "initdb", "-D", str(cluster.data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-sync",
        )  # fmt: skip
        with (cluster.data / "postgresql.conf").open("a") as file:
            for name, value in (_settings(directory) | settings).items():
                file.write(f"{name} = '{value}'\n")
        cluster.start()
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    return cluster


def remove_cluster(cluster: Cluster) -> None:
    """Stop a cluster, running or not, and remove everything of it."""
    if cluster.running:
        cluster.stop()
    shutil.rmtree(cluster.directory, ignore_errors=True)


def _settings(directory: Path) -> dict[str, str]:
    return {
        "listen_addresses": "",
        "unix_socket_directories": str(directory),
        "unix_socket_permissions": "0777",
        "max_connections": "60",
        "shared_buffers": "64MB",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "log_min_messages": "warning",
    }


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            status = (entry / "stat").read_text()
        except OSError:
            continue  # gone meanwhile
        if int(status.rpartition(")")[2].split()[1]) == parent:
            found.append(int(entry.name))
    return found


def _recovers(process: int) -> bool:
    try:
        return b": startup" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def _alive(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@functools.cache
def shared_cluster() -> Cluster:
    """The one cluster of this run of tests; for suites that cannot take a fixture."""
    cluster = make_cluster()
    atexit.register(remove_cluster, cluster)
    return cluster


@pytest.fixture(scope="session")
def postgres_cluster() -> Cluster:
    """The cluster that all tests of a run share. Make databases in it; never stop or kill it."""
    return shared_cluster()


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of a fresh, empty database that goes with the test."""
    name = postgres_cluster.make_database()
    yield postgres_cluster.url(name)
    postgres_cluster.drop_database(name)


@pytest.fixture
def own_postgres() -> Iterator[Cluster]:
    """A cluster of this test alone: it may be stopped, killed and configured."""
    cluster = make_cluster()
    yield cluster
    remove_cluster(cluster)
