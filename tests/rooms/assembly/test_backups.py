"""A home is copied while it runs, and what is brought back is what was acknowledged."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from tallystick.assembly import BackupRefused, back_up, check_home, open_platform, restore
from tallystick.backends.sqlite import SqliteBooks, copy_in, copy_out
from tallystick.ground.errors import Misconfigured
from tallystick.prove.evidence import parse_checkpoint, unverified_text
from tallystick.testing import Notary, example_names, example_policy, move, opening, settle
from tests.stage import Person, Stage, pay


def test_a_running_home_is_backed_up_and_brought_back(
    stage: Stage, alice: Person, bob: Person, tmp_path: Path
) -> None:
    assert pay(alice, bob, 1_000).accepted
    made = back_up(stage.home, to=tmp_path / "backup")
    assert pay(alice, bob, 2_000).accepted
    assert set(made.files) == {"books.sqlite", "policy.json", "trust.txt"}
    restored = restore(tmp_path / "backup", home=tmp_path / "again")
    assert restored == made
    assert parse_checkpoint(unverified_text(made.checkpoint)).size == made.size
    assert check_home(tmp_path / "again") == []
    assert check_home(stage.home) == []
    modes = {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "backup").iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700


def test_with_its_keys_a_home_is_served_again_and_without_them_not(tmp_path: Path) -> None:
    policy, names = example_policy(), example_names()
    with open_platform(policy, home=tmp_path / "home", names=names) as platform:
        anchor, size = platform.trust_anchor(), platform.evidence.size()
        made = back_up(tmp_path / "home", to=tmp_path / "whole", keys=True)
        back_up(tmp_path / "home", to=tmp_path / "bare")
    assert {"module.keys", "module.passphrase", "privacy.key"} <= set(made.files)
    restore(tmp_path / "whole", home=tmp_path / "again")
    with open_platform(policy, home=tmp_path / "again", names=names) as platform:
        assert platform.trust_anchor() == anchor
        assert platform.evidence.size() == size + 1, "it goes on where the backup stands"
    restore(tmp_path / "bare", home=tmp_path / "keyless")
    with pytest.raises(Misconfigured, match="keys are gone"):
        open_platform(policy, home=tmp_path / "keyless", names=names)


def test_a_writer_commits_while_its_books_are_copied(tmp_path: Path) -> None:
    """Every copy is some commit's state, whole; nothing acknowledged before it began is missing."""
    notary, home = Notary(), tmp_path / "home"
    home.mkdir()
    books = SqliteBooks(home, sign_checkpoint=notary.sign)
    books.commit(opening("alice", "bob"))
    funds = move("funds-0000-00001", "trust.float", "emoney.unissued", 10**5, purpose="f")
    issue = move("issue-0000-00001", "emoney.unissued", "alice", 10**5, purpose="i")
    books.commit([settle("funds-0000-00001", transfer=funds)])
    books.commit([settle("issue-0000-00001", transfer=issue)])
    acknowledged, stop = [4], threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            batch = []
            for _ in range(3):
                number += 1
                name = f"paid-0000-{number:06}"
                batch.append(settle(name, transfer=move(name, "alice", "bob", 1)))
            acknowledged.append([p for p in books.commit(batch) if p][-1].size)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(12):
            before = acknowledged[-1]
            to = tmp_path / f"copy-{number}"
            to.mkdir()
            _, size, _ = copy_out(home, to)
            assert before <= size <= acknowledged[-1] + 3
            assert (size - 5) % 3 == 0, "half a batch was copied"
            copy = sqlite3.connect(to / "books.sqlite")
            assert copy.execute("SELECT COUNT(*) FROM evidence").fetchone() == (size,)
            (paid,) = copy.execute("SELECT COUNT(*) FROM transfer").fetchone()
            assert paid - 2 == size - 5
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            copy.close()
    finally:
        stop.set()
        writer.join()
        books.close()


def test_nothing_is_written_over(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(Misconfigured, match="there already"):
        back_up(stage.home, to=tmp_path / "there")
    back_up(stage.home, to=tmp_path / "backup")
    with pytest.raises(Misconfigured, match="not empty"):
        restore(tmp_path / "backup", home=stage.home)
    with pytest.raises(Misconfigured, match="books here already"):
        copy_in(tmp_path / "backup", stage.home)
    assert check_home(stage.home) == []


@pytest.mark.parametrize("name", ["books.sqlite", "policy.json", "trust.txt"])
@pytest.mark.parametrize("harm", ["changed", "removed"])
def test_a_file_that_is_not_the_one_is_refused(
    stage: Stage, tmp_path: Path, name: str, harm: str
) -> None:
    back_up(stage.home, to=tmp_path / "backup")
    file = tmp_path / "backup" / name
    octets = file.read_bytes()
    file.unlink()
    if harm == "changed":
        file.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    with pytest.raises(BackupRefused, match=name):
        restore(tmp_path / "backup", home=tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_careful_forger_of_the_manifest_meets_the_evidence(
    stage: Stage, alice: Person, bob: Person, tmp_path: Path
) -> None:
    assert pay(alice, bob, 1_000).accepted
    back_up(stage.home, to=tmp_path / "backup")
    books = sqlite3.connect(tmp_path / "backup" / "books.sqlite")
    books.execute("UPDATE balance SET credits = credits + 100000 WHERE cap > 100000")
    books.commit()
    books.close()
    manifest = tmp_path / "backup" / "manifest.json"
    plain = json.loads(manifest.read_bytes())
    from tallystick.assembly.backups import _digest

    plain["files"]["books.sqlite"] = _digest(tmp_path / "backup" / "books.sqlite")
    manifest.write_text(json.dumps(plain))
    with pytest.raises(BackupRefused, match="account"):
        restore(tmp_path / "backup", home=tmp_path / "again")
    assert not (tmp_path / "again").exists()
    plain["size"] += 1
    manifest.write_text(json.dumps(plain))
    with pytest.raises(BackupRefused, match="another checkpoint"):
        restore(tmp_path / "backup", home=tmp_path / "again")


@pytest.mark.parametrize(
    "manifest",
    [None, b"", b"[]", b"{}", b'{"v":1}', b'{"v":1,"files":{},"backend":1,"size":1}', b"\xff"],
)
def test_what_is_no_backup_is_misconfigured(tmp_path: Path, manifest: bytes | None) -> None:
    (tmp_path / "backup").mkdir()
    if manifest is not None:
        (tmp_path / "backup" / "manifest.json").write_bytes(manifest)
    with pytest.raises(Misconfigured):
        restore(tmp_path / "backup", home=tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_backup_of_a_newer_kind_is_refused(stage: Stage, tmp_path: Path) -> None:
    back_up(stage.home, to=tmp_path / "backup")
    manifest = tmp_path / "backup" / "manifest.json"
    for change in ({"v": 2}, {"backend": "abacus"}):
        manifest.write_text(json.dumps(json.loads(manifest.read_bytes()) | change))
        with pytest.raises(Misconfigured, match="a backup of version"):
            restore(tmp_path / "backup", home=tmp_path / "again")


def test_a_backup_that_was_interrupted_is_none(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("tallystick.assembly.home.write_private", interrupted)
    with pytest.raises(OSError, match="no space"):
        back_up(stage.home, to=tmp_path / "backup")
    monkeypatch.undo()
    with pytest.raises(Misconfigured, match="cannot be read"):
        restore(tmp_path / "backup", home=tmp_path / "again")
    shutil.rmtree(tmp_path / "backup")
    assert back_up(stage.home, to=tmp_path / "backup").files
