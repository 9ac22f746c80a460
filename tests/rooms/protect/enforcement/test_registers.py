"""Records in memory ahead of the disk, records as octets, and what a settlement must have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import RequestId
from tallystick.protect.enforcement import (
    Mark,
    Registers,
    decode_record,
    encode_record,
)
from tallystick.testing import NOTES, marks_only, move, wallet


def test_a_record_is_read_from_the_books_once() -> None:
    asked = []

    def read(name: str, key: str) -> bytes | None:
        asked.append((name, key))
        return b"kept" if key == "there" else None

    registers = Registers(read)
    assert [registers.get(NOTES, "there") for _ in range(3)] == ["kept"] * 3
    assert registers.get(NOTES, "nowhere") is None
    assert registers.get(NOTES, "nowhere") is None
    assert asked == [("testing", "there"), ("testing", "nowhere"), ("testing", "nowhere")]


def test_what_was_decided_is_seen_at_once_and_forgotten_when_told() -> None:
    registers = Registers(lambda name, key: b"kept")
    registers.apply([Mark(NOTES, "one", "decided"), Mark(NOTES, "one", "decided later")])
    assert registers.get(NOTES, "one") == "decided later"
    assert registers.get(NOTES, "two") == "kept"
    registers.forget()
    assert registers.get(NOTES, "one") == "kept"


def test_records_read_back() -> None:
    plain = {"a": 1, "b": ["x", None, True], "c": {"d": "é"}}
    assert decode_record(encode_record(plain)) == plain


@pytest.mark.parametrize("octets", [b"", b"[]", b"null", b"{", b"\xff"])
def test_a_record_that_is_none_is_a_defect(octets: bytes) -> None:
    with pytest.raises(Defect):
        decode_record(octets)


def test_nothing_moves_and_nothing_is_answered_without_evidence() -> None:
    bare = marks_only()
    for changes in (
        {"transfers": (move("request-0000-0001", "alice", "bob", 1),)},
        {"accounts": (wallet("alice"),)},
        {"request": RequestId("request-0000-0001")},
    ):
        with pytest.raises(Defect):
            replace(bare, **changes)  # type: ignore[arg-type]
