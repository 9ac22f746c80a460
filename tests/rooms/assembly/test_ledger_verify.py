"""ledger verify: six invariants with their numbers; each breaks when its rows are edited."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.assembly import Invariant, copy_home, verify_ledger
from tallystick.cli.app import app
from tests.stage import Person, Stage, kes, pay, secret


@pytest.fixture
def home(stage: Stage, alice: Person, bob: Person) -> Path:
    """Two payments each way and a refused one."""
    assert pay(alice, bob, 3_000).accepted
    assert pay(bob, alice, 1_000).accepted
    assert not pay(bob, alice, 10_000_000_000).accepted
    stage.settled()
    return stage.home


def by_code(home: Path) -> dict[str, Invariant]:
    return {one.code: one for one in verify_ledger(home)}


def edited(home: Path, to: Path, *statements: str) -> dict[str, Invariant]:
    copy_home(home, to)
    books = sqlite3.connect(to / "books.sqlite", isolation_level=None)
    books.execute("PRAGMA ignore_check_constraints=ON")
    triggers = books.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    kept = triggers.fetchall()
    for name, _ in kept:
        books.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        books.executescript(statement)
    for _, sql in kept:
        books.execute(sql)
    books.close()
    return by_code(to)


def test_all_six_hold_and_say_their_numbers(home: Path) -> None:
    found = by_code(home)
    assert [one.code for one in found.values() if one.holds] == [f"I{n}" for n in range(1, 7)]
    assert found["I1"].numbers["debits KES"] == found["I1"].numbers["credits KES"]
    assert found["I2"].numbers["accounts"] == found["I3"].numbers["accounts"]
    four = found["I4"].numbers
    assert four["trust KES"] == int(four["holders KES"]) + int(four["not issued KES"])
    assert found["I5"].numbers["leaves"] >= found["I5"].numbers["checkpoints"]
    assert len(str(found["I5"].numbers["root"])) == 64
    assert found["I6"].numbers == {"debits": 2, "signed by the holder": 2, "signatures": 2}


BREAKING = [
    ("I1", "UPDATE balance SET debits = debits + 1 WHERE cap > 0"),
    ("I2", "UPDATE balance SET credits = credits + 7, debits = debits + 7 WHERE cap > 0"),
    ("I3", "UPDATE balance SET cap = credits - debits - 1 WHERE cap > 0 AND credits > debits"),
    ("I3", "UPDATE balance SET floor = credits - debits + 1 WHERE cap > 0"),
    (
        "I4",
        "UPDATE balance SET debits = 1 WHERE no = (SELECT no FROM account WHERE id = 'trust.float')",
    ),
    ("I5", "DELETE FROM checkpoint WHERE size = (SELECT MAX(size) FROM checkpoint)"),
    ("I5", "UPDATE transfer SET debit_prev = 1 WHERE seq = (SELECT MAX(seq) FROM transfer)"),
    ("I5", "UPDATE evidence SET leaf = CAST('{}' AS BLOB) WHERE position = 1"),
    ("I6", "DELETE FROM instruction"),
    ("I6", "UPDATE instruction SET signature = 'AAAA'"),
    ("I6", "UPDATE instruction SET signed = CAST('x' AS BLOB), digest = 'sha256:0'"),
    ("I6", "UPDATE instruction SET device = 'dev-nobody'"),
    ("I6", "UPDATE transfer SET amount_minor = 10 * amount_minor WHERE kind = 0"),
    ("I6", "UPDATE account SET owner = 'cus-other' WHERE owner <> 'provider'"),
    ("I6", "UPDATE account SET owner = 'provider'"),
    (
        "I6",  # another payee than was signed
        "UPDATE transfer SET credit = (SELECT no FROM account WHERE id = 'emoney.unissued')"
        " WHERE seq = (SELECT MAX(seq) FROM transfer)",
    ),
    (
        "I6",  # a signature that is used for another order
        "UPDATE transfer SET id = id || 'x' WHERE seq = (SELECT MAX(seq) FROM transfer)",
    ),
    (
        "I6",  # a second debit beside the one that was signed
        "UPDATE transfer SET leaf = (SELECT MIN(leaf) FROM instruction) WHERE kind = 0",
    ),
    (
        "I6",  # a handset that is called a server needs no signature
        "UPDATE register SET value = CAST(json_set(CAST(value AS TEXT), '$.role', 'partner')"
        " AS BLOB) WHERE name = 'device'; DELETE FROM instruction",
    ),
]


@pytest.mark.parametrize(("code", "edit"), BREAKING)
def test_an_edit_breaks_its_invariant(home: Path, tmp_path: Path, code: str, edit: str) -> None:
    found = edited(home, tmp_path / "copy", edit)
    assert not found[code].holds, found[code].numbers


@pytest.mark.parametrize("what", ["device", "purpose", "device and purpose"])
def test_a_reservation_is_taken_by_its_merchant_under_every_name(
    stage: Stage, alice: Person, tmp_path: Path, what: str
) -> None:
    """A post that calls itself something else is one of a reservation all the same."""
    hotel = stage.person("Lake Hotel", role="merchant")
    until_ms = stage.clock.now_ms() + 3_600_000
    made = alice.handset.reserve(hotel.account, hotel.name, kes(500), until_ms, secret())
    name = f"{made.leaf['device']}.{made.leaf['request']}"
    assert hotel.handset.capture(name, kes(400)).accepted
    stage.settled()
    assert by_code(stage.home)["I6"].holds
    columns = ", ".join(
        f"{one} = (SELECT {one} FROM transfer WHERE kind = 1)" for one in what.split(" and ")
    )
    found = edited(stage.home, tmp_path / "copy", f"UPDATE transfer SET {columns} WHERE kind = 2")
    (finding,) = found["I6"].findings
    assert "nothing shows that" in str(finding)


def test_exchanging_the_keys_of_a_device_shows(home: Path, tmp_path: Path) -> None:
    """A device whose key on record is another did not sign what stands in the books."""
    swap = (
        "UPDATE register SET value = CAST(json_set(CAST(value AS TEXT), '$.signature',"
        " json_extract(CAST(value AS TEXT), '$.session')) AS BLOB) WHERE name = 'device'"
    )
    found = edited(home, tmp_path / "copy", swap)
    assert len(found["I6"].findings) == 2


def test_the_command_prints_and_says_by_its_code(home: Path, tmp_path: Path) -> None:
    run = CliRunner()
    good = run.invoke(app, ["ledger", "verify", "--home", str(home)])
    assert good.exit_code == 0
    assert good.output.count(" holds: ") == 6
    plain = run.invoke(app, ["ledger", "verify", "--home", str(home), "--format", "json"])
    assert [one["invariant"] for one in json.loads(plain.output)] == [f"I{n}" for n in range(1, 7)]
    edited(home, tmp_path / "copy", "DELETE FROM instruction")
    bad = run.invoke(app, ["ledger", "verify", "--home", str(tmp_path / "copy")])
    assert bad.exit_code == 1
    assert "I6 BROKEN" in bad.output
    assert bad.output.count("nothing shows that") == 2


def test_the_commands_back_a_home_up_and_bring_it_back(home: Path, tmp_path: Path) -> None:
    run, backup, again = CliRunner(), tmp_path / "backup", tmp_path / "again"
    made = run.invoke(app, ["ledger", "backup", "--home", str(home), "--to", str(backup)])
    assert made.exit_code == 0, made.output
    assert "without keys" in made.output
    back = run.invoke(app, ["ledger", "restore", str(backup), "--home", str(again)])
    assert back.exit_code == 0, back.output
    assert run.invoke(app, ["ledger", "verify", "--home", str(again)]).exit_code == 0
