"""The leader's network plug is pulled under load: it is fenced, and nothing acknowledged is lost.

Three machines in network namespaces run what deploy/ configures: etcd, Patroni, PostgreSQL, PgBouncer.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.lab import Lab, LabRefused, demand_able
from tallystick.assembly.auditing import audit_books
from tallystick.backends.postgres import PostgresBooks, PostgresReader, open_snapshot
from tallystick.ground.identifiers import DeviceId, RequestId
from tallystick.protect.enforcement import ServiceClosed
from tallystick.testing import Notary, move, opening, settle

pytestmark = pytest.mark.slow

BEFORE, AFTER = 60, 20
PATIENCE_S = 90.0
FUNDS = settle(
    "funds-0000-00001",
    transfer=move(
        "funds-0000-00001", "trust.float", "emoney.unissued", 1_000_000, purpose="funds.confirm"
    ),
)
ISSUED = settle(
    "issue-0000-00001",
    transfer=move("issue-0000-00001", "emoney.unissued", "alice", 500_000, purpose="emoney.issue"),
)


class Till:
    """Pays one by one and remembers what was acknowledged, from a thread of its own."""

    def __init__(self, books: PostgresBooks) -> None:
        self._books = books
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self.stop = threading.Event()
        self.grown = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def await_more(self, count: int) -> None:
        wanted = len(self.acknowledged) + count
        with self.grown:
            done = self.grown.wait_for(lambda: len(self.acknowledged) >= wanted, PATIENCE_S * 2)
        assert done, (
            f"{len(self.acknowledged)} of {wanted} acknowledged, {len(self.refused)} refused"
        )

    def close(self) -> None:
        self.stop.set()
        self._thread.join(PATIENCE_S * 2)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            name = f"payment-{number:09}"
            try:
                self._books.commit([settle(name, transfer=move(name, "alice", "bob", 1))])
            except ServiceClosed:
                self.refused.append(name)
                continue
            with self.grown:
                self.acknowledged.append(name)
                self.grown.notify_all()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    try:
        demand_able()
    except LabRefused as missing:
        if os.environ.get("TALLYSTICK_LAB") == "required":
            raise
        pytest.skip(str(missing))
    made = Lab(Path("/tmp") / f"tallystick-lab-{os.getpid()}")
    try:
        made.up()
        yield made
    finally:
        made.down()


def test_a_leader_that_is_cut_off_is_fenced_and_nothing_acknowledged_is_lost(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", str(lab.pgpass))
    notary = Notary()
    books = PostgresBooks(lab.books_url, sign_checkpoint=notary.sign, patience_s=PATIENCE_S)
    try:
        books.commit([*opening("alice", "bob"), FUNDS, ISSUED])
        till = Till(books)
        till.await_more(BEFORE)
        old = lab.await_leader()
        lab.cut(old)
        zombie = _write_inside(lab, old)
        new = lab.await_leader(other_than=old)
        till.await_more(AFTER)
        lab.heal(old)
        lab.await_following(old)
        till.await_more(AFTER)
        till.close()
        zombie.wait()
        assert new != old
        asked = [(DeviceId("dev-0"), RequestId(name)) for name in till.acknowledged]
        kept = books.recorded(asked)
        assert [n for n, r in zip(till.acknowledged, kept, strict=True) if r is None] == []
        bob = books.account("bob")
        assert bob is not None
        assert bob.credits >= len(till.acknowledged)
        assert bob.credits <= len(till.acknowledged) + len(till.refused)
        assert "written by the old leader" not in _written(lab)
    finally:
        books.close()
    with open_snapshot(lab.books_url) as connection:
        reader = PostgresReader(connection)
        assert list(audit_books(reader, reader.evidence)) == []


def _write_inside(lab: Lab, node: str) -> subprocess.Popen[bytes]:
    """Somebody behind the cut goes on writing to the leader of yesterday, with the same right."""
    address = next(n.address for n in lab.cluster.nodes if n.name == node)
    statement = (
        "INSERT INTO tallystick.register VALUES ('testing', 'zombie', 'written by the old leader')"
    )
    psql = ["psql", "-qX", "-h", address, "-U", "tallystick", "-d", lab.cluster.database]
    return subprocess.Popen(
        ["ip", "netns", "exec", f"tslab-{node}", *psql, "-c", statement],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _written(lab: Lab) -> str:
    psql = [
        "psql",
        "-qXAt",
        lab.books_url,
        "-c",
        "SELECT value::text, key FROM tallystick.register",
    ]
    return subprocess.run(psql, capture_output=True, text=True, check=True, timeout=60).stdout
