"""Books made by older code become books of today: the files beside this one were made by that code.

`version-1.sqlite.gz` was written by the code of commit 14ae3ff, `version-2.sqlite.gz` by that of
183b1f1: three holders, a hold posted, one given back, one open, twelve payments, twelve refusals.
"""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pytest

from tallystick.assembly.auditing import audit_books
from tallystick.backends.sqlite import SqliteBooks, SqliteReader, open_reader
from tallystick.backends.sqlite import migration as migrations
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import AccountId, DeviceId, RequestId
from tallystick.ground.secret import Secret
from tallystick.protect.emoney import TRUST
from tallystick.protect.enforcement import TransferKind
from tallystick.prove.evidence import audit_log
from tallystick.testing import NOTES, Notary, move, settle
from tallystick.testing.batches import resolving

HERE = Path(__file__).parent
each_version = pytest.mark.parametrize("version", migrations.OLDER)


def old_home(tmp_path: Path, version: int) -> Path:
    file = tmp_path / "books.sqlite"
    file.write_bytes(gzip.decompress((HERE / f"version-{version}.sqlite.gz").read_bytes()))
    file.chmod(0o600)
    return tmp_path


@pytest.fixture
def notary() -> Notary:
    return Notary(seed=Secret(bytes(32)))


@each_version
def test_old_books_read_the_same_and_go_on(tmp_path: Path, notary: Notary, version: int) -> None:
    home = old_home(tmp_path, version)
    was = sqlite3.connect(home / "books.sqlite")
    transfers = was.execute(
        "SELECT seq, id, at_ms, kind, debit, credit, amount_minor, purpose, device, pending"
        " FROM transfer ORDER BY seq"
    ).fetchall()
    accounts = was.execute("SELECT id, owner, floor, cap, debits, credits FROM account").fetchall()
    was.close()
    books = SqliteBooks(home, sign_checkpoint=notary.sign)
    rows = list(books.transfers())
    assert [
        (r.seq, r.id, r.at_ms, r.kind, r.debit, r.credit, r.amount_minor, r.purpose, r.device)
        for r in rows
    ] == [tuple(row[:9]) for row in transfers]
    assert [row.pending for row in rows] == [row[9] for row in transfers]
    for name, owner, floor, cap, debits, credited in accounts:
        row = books.account(AccountId(name))
        assert row is not None
        assert (row.owner, row.floor, row.cap) == (owner, floor, cap)
        assert (row.debits, row.credits) == (debits, credited)
    assert books.register(NOTES.name, "one") == b"11"
    (answer,) = books.recorded([(DeviceId("dev-1"), RequestId("payment-0000-0011"))])
    assert answer is not None
    assert answer.committed.data == b'{"n":11}'
    third = "dev-0.hold-0000-000003"
    posted = resolving("settle-0000-0003", "bob", 7, TransferKind.POST, third)
    paid = settle("after-0000-00001", transfer=move("after-0000-00001", "alice", "bob", 1))
    assert all(books.commit([posted, paid]))
    reader = open_reader(home)
    read = SqliteReader(reader)
    assert list(audit_books(read, read.evidence)) == []
    assert audit_log(read.evidence, vkey=notary.verifier_key) == []
    reader.close()
    lines = list(books.transfers(account=AccountId("bob"), newest=2))
    assert [line.id for line in lines] == ["dev-0.settle-0000-0003", "dev-0.after-0000-00001"]
    trust = books.account(TRUST)
    assert trust is not None
    assert trust.credits_held == 0
    books.close()


@each_version
def test_the_old_file_is_kept_as_it_was(tmp_path: Path, notary: Notary, version: int) -> None:
    home = old_home(tmp_path, version)
    before = (home / "books.sqlite").read_bytes()
    SqliteBooks(home, sign_checkpoint=notary.sign).close()
    kept = home / f"books.sqlite.version-{version}"
    assert kept.stat().st_mode & 0o777 == 0o600
    old = sqlite3.connect(kept)
    assert old.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone() == (version,)
    old.close()
    assert len(kept.read_bytes()) == len(before)
    assert not (home / "books.sqlite.draft").exists()


def test_a_migration_that_was_interrupted_is_begun_anew(
    tmp_path: Path, notary: Notary, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = old_home(tmp_path, 1)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_exchange", interrupted)
        with pytest.raises(KeyboardInterrupt):
            SqliteBooks(home, sign_checkpoint=notary.sign)
    assert (home / "books.sqlite.draft").exists()
    books = SqliteBooks(home, sign_checkpoint=notary.sign)
    assert len(list(books.transfers())) == 20
    books.close()


def test_old_books_that_do_not_add_up_are_left_alone(tmp_path: Path, notary: Notary) -> None:
    home = old_home(tmp_path, 1)
    old = sqlite3.connect(home / "books.sqlite")
    old.execute("PRAGMA foreign_keys=OFF")
    old.execute("DROP TRIGGER transfer_is_appended")
    old.execute("UPDATE transfer SET debit = 'nobody' WHERE seq = (SELECT MAX(seq) FROM transfer)")
    old.commit()
    old.close()
    with pytest.raises(Misconfigured, match="transfer: "):
        SqliteBooks(home, sign_checkpoint=notary.sign)
    old = sqlite3.connect(home / "books.sqlite")
    assert old.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone() == (1,)
    old.close()


def test_who_only_reads_migrates_nothing(tmp_path: Path) -> None:
    home = old_home(tmp_path, 1)
    with pytest.raises(Misconfigured, match="version 1") as refused:
        open_reader(home)
    assert "serve migrates" in str(refused.value)


def test_books_of_a_newer_version_are_refused(tmp_path: Path, notary: Notary) -> None:
    SqliteBooks(tmp_path, sign_checkpoint=notary.sign).close()
    newer = sqlite3.connect(tmp_path / "books.sqlite")
    newer.execute("UPDATE meta SET value = 99 WHERE key = 'schema'")
    newer.commit()
    newer.close()
    before = (tmp_path / "books.sqlite").read_bytes()
    with pytest.raises(Misconfigured, match="version 99, made by a newer Tallystick"):
        SqliteBooks(tmp_path, sign_checkpoint=notary.sign)
    assert (tmp_path / "books.sqlite").read_bytes() == before
