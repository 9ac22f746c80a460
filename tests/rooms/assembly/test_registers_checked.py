"""Fsck holds the registers against the evidence: who edits a record is found, who works is not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tallystick.assembly import BOOK_EDITS, check_home, copy_home, edit_copy, record_audit
from tests.stage import PIN, Person, Stage, kes, pay, payment, secret

FOUND = {
    # Which register is named for each edit of a record.
    "device's keys exchanged": "device",
    "device not suspended": "device",
    "role changed": "device",
    "device of another customer": "device",
    "account of a device changed": "device",
    "wrong PINs forgotten": "pin",
    "PIN tries given back": "pin",
    "PIN lock lifted": "pin",
    "tier raised": "customer",
    "tier changed": "customer",
    "usage forgotten": "usage",
    "day's usage forgotten": "usage",
    "month's usage forgotten": "usage",
    "counter lowered": "counter",
    "counter removed": "counter",
    "activation code used again": "activation",
    "activation code added": "activation",
}


@pytest.fixture
def home(stage: Stage, alice: Person, bob: Person) -> Path:
    """Payments, wrong PINs up to a lock, retries, enrolments, redemptions, a suspension."""
    carol = stage.person("Carol Achieng", minor=5_000_000)
    assert pay(alice, bob, 300_000).accepted
    assert not pay(bob, alice, 100_000_000).accepted
    order = payment(alice, bob, 1_000)
    first = alice.handset.send(order)
    for _ in range(2):
        alice.handset.unanswered[order.request] = order
        assert alice.handset.retry(order.request).index == first.index
    for _ in range(4):
        assert pay(carol, bob, 2_000_000, pin="9999").code == "customer.not_verified"
    assert pay(alice, bob, 2_000_000, pin="9999").code == "customer.not_verified"
    assert pay(alice, bob, 2_000_000).accepted
    treasury = stage.staff("treasury").handset
    for verdict in ("paid", "failed", ""):
        sent = alice.handset.transfer_to_bank(
            amount=kes(5_000), iban="KE12ABCDEFGHIJ1234", name=alice.name, pin=secret(PIN)
        )
        hold = f"{sent.leaf['device']}.{sent.leaf['request']}"
        assert not verdict or treasury.settle(hold, verdict).accepted
    assert pay(alice, bob, 2_000_000, pin="9999").code == "customer.not_verified"
    lost = stage.person("Dan Mwangi")
    assert lost.handset.suspend("lost").accepted
    assert not pay(lost, bob, 1_000).accepted
    alice.handset.open_session()
    stage.settled()
    return stage.home


def edited(home: Path, to: Path, script: str) -> list[str]:
    copy_home(home, to)
    connection = sqlite3.connect(to / "books.sqlite")
    connection.executescript(script)
    connection.close()
    return [f"{found.where}: {found.what}" for found in check_home(to)]


def test_work_leaves_nothing_to_find(home: Path) -> None:
    assert check_home(home) == []


def test_every_edit_of_a_record_is_found(home: Path, tmp_path: Path) -> None:
    assert [edit for edit in BOOK_EDITS if "UPDATE register" in BOOK_EDITS[edit]
            and edit not in FOUND] == []  # fmt: skip
    for number, (edit, register) in enumerate(FOUND.items()):
        copy = tmp_path / str(number)
        copy_home(home, copy)
        assert edit_copy(copy, edit), edit
        found = check_home(copy)
        assert found, edit
        assert {tuple(one.where.split()[:2]) for one in found} == {("register", register)}, edit


def test_a_finding_names_the_record_and_its_entry(
    home: Path, stage: Stage, alice: Person, tmp_path: Path
) -> None:
    (key,) = [alice.account]
    here = f"name = 'usage' AND key = '{key}'"
    (found,) = edited(home, tmp_path / "a", f"UPDATE register SET value = x'7b7d' WHERE {here};")
    assert found.startswith(f"register usage {key}: not what entry ")
    (gone,) = edited(home, tmp_path / "b", f"DELETE FROM register WHERE {here};")
    assert gone.startswith(f"register usage {key}: what entry ")
    here = f"name = 'counter' AND key = '{alice.device}'"
    for number, value in enumerate(("1", "-1", "", "9" * 5000, "1.5")):
        script = f"UPDATE register SET value = CAST('{value}' AS BLOB) WHERE {here};"
        (low,) = edited(home, tmp_path / f"c{number}", script)
        assert low.startswith(f"register counter {alice.device}: lower than what entry ")
    high = f"UPDATE register SET value = CAST('99999' AS BLOB) WHERE {here};"
    assert edited(home, tmp_path / "d", high) == []
    (odd,) = edited(home, tmp_path / "e", "INSERT INTO register VALUES ('tier', x'ff', 'x');")
    assert odd == "register tier �: no entry wrote it"


def test_burnt_challenges_are_not_compared(home: Path, tmp_path: Path) -> None:
    script = "DELETE FROM register WHERE name = 'challenge';"
    assert edited(home, tmp_path / "copy", script) == []


def test_the_newest_checkpoint_covers_every_leaf(home: Path, tmp_path: Path) -> None:
    script = "DELETE FROM checkpoint WHERE size = (SELECT MAX(size) FROM checkpoint);"
    (found,) = edited(home, tmp_path / "copy", script)
    assert "the newest checkpoint covers" in found


def test_an_edit_that_changes_nothing_says_so(stage: Stage, tmp_path: Path) -> None:
    stage.settled()
    copy_home(stage.home, tmp_path / "copy")
    assert not edit_copy(tmp_path / "copy", "hold forgotten")
    assert not edit_copy(tmp_path / "copy", "device not suspended")
    assert edit_copy(tmp_path / "copy", "guards removed")


def test_records_of_tallies_that_were_let_go_are_compared_when_written_again(
    stage: Stage, alice: Person, bob: Person, tmp_path: Path
) -> None:
    assert pay(alice, bob, 300_000).accepted
    stage.settled()
    stage.clock.advance(ms=86_400_000)
    stage.platform.tallies_kept_from = stage.clock.now_ms  # type: ignore[method-assign]
    record_audit(stage.platform, home=stage.home)
    assert stage.findings() == []
    alice.handset.open_session()
    script = "UPDATE register SET value = x'7b7d' WHERE name = 'usage';"
    assert edited(stage.home, tmp_path / "before", script) == []
    stage.clock.advance(ms=1_000)
    assert pay(alice, bob, 300_000).accepted
    stage.settled()
    assert stage.findings() == []
    (found,) = edited(stage.home, tmp_path / "behind", script)
    assert found.startswith(f"register usage {alice.account}: not what entry ")
