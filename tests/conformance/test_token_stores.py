"""Every store of the vault passes one suite; what only SQLite promises stands below it."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from tallystick.backends.sqlite import SqliteTokenStore
from tallystick.ground.errors import Misconfigured
from tallystick.protect.tokens import Change, TokenStore
from tallystick.testing import MemoryTokenStore, TokenStoreConformance, token_row


class TestSqliteTokenStore(TokenStoreConformance):
    def open_store(self, home: Path) -> TokenStore:
        return SqliteTokenStore(home)


class TestMemoryTokenStore(TokenStoreConformance):
    def open_store(self, home: Path) -> TokenStore:
        kept = getattr(self, "store", None)
        return kept if isinstance(kept, MemoryTokenStore) else MemoryTokenStore()


def test_one_process_has_the_vault(tmp_path: Path) -> None:
    store = SqliteTokenStore(tmp_path)
    with pytest.raises(Misconfigured, match="another process"):
        SqliteTokenStore(tmp_path)
    store.close()
    SqliteTokenStore(tmp_path).close()


def test_nobody_else_reads_the_file(tmp_path: Path) -> None:
    SqliteTokenStore(tmp_path).close()
    for name in ("vault.sqlite", "vault.lock"):
        assert stat.S_IMODE(os.stat(tmp_path / name).st_mode) == 0o600


def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "vault.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(Misconfigured):
        SqliteTokenStore(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    sqlite3.connect(other / "vault.sqlite").executescript("CREATE TABLE recipe (name)")
    with pytest.raises(Misconfigured, match="version 0"):
        SqliteTokenStore(other)


def test_a_batch_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    store = SqliteTokenStore(tmp_path)
    broken = token_row(2)
    object.__setattr__(broken, "domain", None)
    object.__setattr__(broken, "issued_ms", object())
    with pytest.raises(sqlite3.Error):
        store.write([Change(before=None, after=token_row(1)), Change(before=None, after=broken)])
    assert store.read(token_row(1).token) is None
    assert list(store.write([Change(before=None, after=token_row(1))])) == [True]
    store.close()
