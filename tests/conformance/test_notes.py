"""NoteStore: one suite for memory and SQLite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tallystick.assembly import open_key_notes
from tallystick.ground.errors import Misconfigured
from tallystick.serve.payment_crypto import NoteStore
from tests.payment_wire import MemoryNotes

Reopen = Callable[[], NoteStore]


@pytest.fixture(params=["memory", "sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    memory = MemoryNotes()
    return (lambda: memory) if request.param == "memory" else (lambda: open_key_notes(tmp_path))


def test_what_was_written_is_there_after_opening_again(reopen: Reopen) -> None:
    notes = reopen()
    notes.write("alias", "alias/a", "x")
    notes.write("alias", "alias/b", "y")
    notes.write("tags", "alias/a", "{}")
    notes.write("alias", "alias/a", "z")
    notes.write("alias", "alias/b", None)
    notes.write("alias", "alias/absent", None)
    notes.close()
    again = reopen()
    assert sorted(again.read()) == [("alias", "alias/a", "z"), ("tags", "alias/a", "{}")]
    again.close()
    again.close()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.sqlite").write_bytes(b"not a database, surely" * 100)
    with pytest.raises(Misconfigured, match="cannot be read"):
        open_key_notes(tmp_path)


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    open_key_notes(tmp_path).close()
    assert (tmp_path / "notes.sqlite").stat().st_mode & 0o777 == 0o600
