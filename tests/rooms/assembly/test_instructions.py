"""What a customer signed is kept with the transfers that it caused, and fsck holds it to that."""

from __future__ import annotations

import sqlite3

import pytest

from tallystick.assembly import check_home, copy_home
from tallystick.crypto.mechanisms import es256_verify
from tallystick.ground.canonical import digest
from tallystick.ground.identifiers import from_base64url
from tallystick.protect.devices import DEVICES
from tests.stage import Person, Stage, pay


def test_a_debit_is_shown_by_what_its_customer_signed(
    stage: Stage, alice: Person, bob: Person
) -> None:
    answer = pay(alice, bob, 1_000)
    with sqlite3.connect(stage.home / "books.sqlite") as books:
        row = books.execute("SELECT * FROM instruction WHERE leaf = ?", (answer.index,)).fetchone()
    _, said, device, signed, signature = row
    assert said == answer.leaf["instruction"] == digest(signed)
    key = stage.platform._desk.registers.get(DEVICES, device).signature_key
    es256_verify(public=key, octets=signed, signature=from_base64url(signature))


def test_what_moved_nothing_keeps_no_signature(stage: Stage, alice: Person, bob: Person) -> None:
    answer = pay(alice, bob, 10_000_000_000)
    assert not answer.accepted
    with sqlite3.connect(stage.home / "books.sqlite") as books:
        found = books.execute("SELECT 1 FROM instruction WHERE leaf = ?", (answer.index,))
        assert found.fetchall() == []


@pytest.mark.parametrize(
    ("edit", "where"),
    [
        ("DELETE FROM instruction", "instruction"),
        ("UPDATE instruction SET signed = x'00'", "instruction"),
        ("UPDATE instruction SET device = 'dev-other'", "instruction"),
        ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE kind = 0", "transfers of"),
        ("UPDATE transfer SET purpose = 1 WHERE purpose > 1", "transfers"),
        ("UPDATE transfer SET at_ms = 5 WHERE kind = 0", "transfer "),
    ],
)
def test_an_edit_is_found(
    stage: Stage, alice: Person, bob: Person, tmp_path, edit: str, where: str
) -> None:
    assert pay(alice, bob, 1_000).accepted
    assert check_home(stage.home) == []
    copy_home(stage.home, tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / "books.sqlite") as books:
        for (name,) in books.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
            books.execute(f"DROP TRIGGER {name}")
        books.execute(edit)
    findings = check_home(tmp_path / "copy")
    assert any(finding.where.startswith(where) for finding in findings), findings
