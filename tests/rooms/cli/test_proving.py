"""prove, certify, verify: from a home to a bundle, and back from its files."""

from __future__ import annotations

import fcntl
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tallystick.assembly import BooksAltered
from tallystick.ground.errors import Misconfigured
from tallystick.prove.certificate import VerificationFailed
from tallystick.prove.evidence import EntryRefused
from tests.rooms.cli.running import EXAMPLE, edited, refuse, succeed
from tests.rooms.cli.test_commands import tallystick

_LONGER = "CAST(leaf || ' ' AS BLOB)"

pytestmark = pytest.mark.usefixtures("planned_once")


@pytest.fixture(scope="session")
def certified(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bundle and the trust anchor, as somebody who verifies has them."""
    folder = tmp_path_factory.mktemp("verifier")
    succeed("certify", "--home", home, EXAMPLE, "--out", folder / "bundle")
    shutil.copy(home / "trust.txt", folder)
    return folder


@pytest.fixture
def copy(certified: Path, tmp_path: Path) -> Path:
    shutil.copytree(certified, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def moved(home: Path, tmp_path: Path) -> Path:
    """A home that a test may spoil."""
    shutil.copytree(home, tmp_path / "home")
    return tmp_path / "home"


def test_prove_writes_dossier_and_report(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    told = succeed("prove", "--home", home, EXAMPLE, "--out", out)
    assert "development grade" in told
    assert "NOT proven" in told
    dossier = json.loads((out / "dossier.json").read_bytes())
    assert dossier["artefact"] == "dossier"
    assert str(out / "report.html") in told
    assert (out / "report.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    succeed("prove", "--home", home, EXAMPLE, "--out", out)


def test_a_certificate_verifies_and_says_what_it_does_not_prove(certified: Path) -> None:
    words = ("verify", certified / "bundle", "--trust", certified / "trust.txt")
    told = succeed(*words)
    assert told.splitlines()[0].startswith(" 1  the certificate is signed")
    assert told.splitlines()[6].startswith(" 7  ")
    assert "development grade" in told
    assert "NOT proven: " in told
    body = json.loads((certified / "bundle" / "certificate.json").read_bytes())["body"]
    for names in body["not_proven"].values():
        assert all(name in told for name in names)
    assert " 8  the service file gives the same" in succeed(*words, "--rederive")


def test_it_verifies_in_a_process_that_has_only_the_files(copy: Path) -> None:
    done = tallystick("verify", copy / "bundle", "--trust", copy / "trust.txt")
    assert done.returncode == 0, done.stderr


def test_an_altered_byte_of_any_file_is_named(copy: Path) -> None:
    bundle = copy / "bundle"
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    assert len(files) == 7
    for path in files:
        kept = path.read_bytes()
        middle = len(kept) // 2
        path.write_bytes(kept[:middle] + bytes([kept[middle] ^ 1]) + kept[middle + 1 :])
        told = refuse(VerificationFailed, "verify", bundle, "--trust", copy / "trust.txt")
        assert told.startswith(f"{path.relative_to(bundle)}: ")
        path.write_bytes(kept)


def test_an_alteration_fails_the_process_without_a_story(copy: Path) -> None:
    path = copy / "bundle" / "certificate.json"
    path.write_bytes(path.read_bytes().replace(b'"development"', b'"operational"'))
    done = tallystick("verify", copy / "bundle", "--trust", copy / "trust.txt")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"certificate.json" in done.stderr


def test_verify_wants_a_bundle_and_an_anchor(copy: Path) -> None:
    bundle, trust = copy / "bundle", copy / "trust.txt"
    assert "not a folder" in refuse(Misconfigured, "verify", copy / "none", "--trust", trust)
    assert "not a folder" in refuse(Misconfigured, "verify", trust, "--trust", trust)
    assert "No such file" in refuse(Misconfigured, "verify", bundle, "--trust", copy / "none")
    wrong = bundle / "certificate.json"
    assert "trust anchor" in refuse(Misconfigured, "verify", bundle, "--trust", wrong)


def test_a_home_in_use_is_not_certified(home: Path, tmp_path: Path) -> None:
    with (home / "books.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = refuse(
            Misconfigured, "certify", "--home", home, EXAMPLE, "--out", tmp_path / "bundle"
        )
    assert "another process" in told
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_goes_over_nothing(home: Path, certified: Path) -> None:
    bundle = certified / "bundle"
    refuse(Misconfigured, "certify", "--home", home, EXAMPLE, "--out", bundle)


@pytest.mark.parametrize("command", ["prove", "certify"])
def test_only_the_file_of_the_home_will_do(command: str, home: Path, tmp_path: Path) -> None:
    other = edited(tmp_path, ('per_transaction = "3000.00"', 'per_transaction = "2000.00"'))
    told = refuse(Misconfigured, command, "--home", home, other, "--out", tmp_path / "out")
    assert "the home runs under" in told
    nowhere = tmp_path / "none"
    refuse(Misconfigured, command, "--home", nowhere, EXAMPLE, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not nowhere.exists()


@pytest.mark.parametrize("command", ["prove", "certify"])
def test_nothing_is_proven_from_altered_evidence(command: str, moved: Path, tmp_path: Path) -> None:
    spoil(moved, "evidence", f"UPDATE evidence SET leaf = {_LONGER} WHERE position = 1")
    with pytest.raises((BooksAltered, EntryRefused)):
        succeed(command, "--home", moved, EXAMPLE, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_home_without_its_keys_or_with_others_signs_nothing(moved: Path, tmp_path: Path) -> None:
    words = ("certify", "--home", moved, EXAMPLE, "--out", tmp_path / "out")
    passphrase = moved / "module.passphrase"
    kept = passphrase.read_bytes()
    passphrase.unlink()
    assert "module.passphrase" in refuse(Misconfigured, *words)
    passphrase.write_bytes(kept[:-1] + b"!")
    assert "passphrase" in refuse(Misconfigured, *words)
    assert not (tmp_path / "out").exists()


def spoil(home: Path, table: str, statement: str) -> None:
    """What somebody who can write the file can do: remove the refusal, then edit."""
    with closing(sqlite3.connect(home / "books.sqlite")) as connection:
        found = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        for (trigger,) in connection.execute(found, (table,)).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)
        connection.commit()
