"""Transaction PIN attempts: counted, locked, cleared; and the same work whatever the outcome."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.modules import PinNotVerified
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import CustomerId
from tallystick.protect.customers import (
    PIN_RECORDS,
    CustomerLocked,
    CustomerNotVerified,
    PinRecord,
    authenticate_by_pin,
)
from tests.rooms.protect.made import NOW_MS

CUSTOMER = CustomerId("cus-1")
LOCK_S = 3600
FRESH = PinRecord(reference=bytes(range(32)))


class Module:
    """Answers as told, and counts how often it was asked."""

    def __init__(self, right: bool) -> None:
        self.right, self.asked = right, 0

    def verify(self) -> None:
        self.asked += 1
        if not self.right:
            raise PinNotVerified


def attempt(
    record: PinRecord, right: bool, *, now_ms: int = NOW_MS, tries_max: int = 3
) -> tuple[type[Refused] | None, PinRecord]:
    """Who was refused how, and the record as it is committed."""
    module = Module(right)
    refused: type[Refused] | None = None
    try:
        marks = authenticate_by_pin(
            customer=CUSTOMER,
            record=record,
            verify=module.verify,
            now_ms=now_ms,
            tries_max=tries_max,
            lock_s=LOCK_S,
        )
    except CustomerNotVerified as refusal:
        marks, refused = refusal.marks, type(refusal)
    assert module.asked == 1, "the module is asked once, locked or not"
    for mark in marks:
        assert (mark.register, mark.key) == (PIN_RECORDS, CUSTOMER)
        record = mark.value
    return refused, record


def test_a_right_pin_changes_nothing() -> None:
    assert attempt(FRESH, right=True) == (None, FRESH)


def test_wrong_pins_are_counted_and_the_last_one_locks() -> None:
    record = FRESH
    for wrong in (1, 2):
        refused, record = attempt(record, right=False)
        assert (refused, record.wrong, record.locked_until_ms) == (CustomerNotVerified, wrong, 0)
    refused, record = attempt(record, right=False)
    assert refused is CustomerNotVerified
    assert (record.wrong, record.locked_until_ms) == (0, NOW_MS + LOCK_S * 1000)


def test_a_right_pin_clears_the_count() -> None:
    _, record = attempt(FRESH, right=False)
    refused, record = attempt(record, right=True)
    assert (refused, record) == (None, FRESH)


@pytest.mark.parametrize("right", [True, False])
def test_while_locked_nothing_helps_and_nothing_is_counted(right: bool) -> None:
    locked = PinRecord(reference=FRESH.reference, locked_until_ms=NOW_MS + 1)
    assert attempt(locked, right=right) == (CustomerLocked, locked)


def test_the_lock_passes_and_the_tries_begin_again() -> None:
    locked = PinRecord(reference=FRESH.reference, locked_until_ms=NOW_MS)
    refused, record = attempt(locked, right=False)
    assert (refused, record.wrong) == (CustomerNotVerified, 1)
    assert attempt(locked, right=True)[0] is None


def test_outside_there_is_one_word() -> None:
    refusals = []
    for record, right in (
        (FRESH, False),
        (PinRecord(reference=b"", locked_until_ms=NOW_MS + 1), 1),
    ):
        with pytest.raises(CustomerNotVerified) as refused:
            authenticate_by_pin(
                customer=CUSTOMER,
                record=record,
                verify=Module(bool(right)).verify,
                now_ms=NOW_MS,
                tries_max=3,
                lock_s=LOCK_S,
            )
        refusals.append(refused.value.outside)
    assert refusals == ["customer.not_verified"] * 2


@given(rights=st.lists(st.booleans(), max_size=40), tries_max=st.integers(1, 5))
def test_no_more_wrong_tries_than_allowed_between_two_right_ones(
    rights: list[bool], tries_max: int
) -> None:
    """Against a plain count: within one lock period a guesser has `tries_max` tries at most."""
    record, wrong, locked = FRESH, 0, False
    for right in rights:
        refused, record = attempt(record, right, tries_max=tries_max)
        if locked:
            assert refused is CustomerLocked
            continue
        assert refused is (None if right else CustomerNotVerified)
        wrong = 0 if right else wrong + 1
        locked = wrong == tries_max
    assert (record.locked_until_ms > 0) is locked


@given(wrong=st.integers(0, 9), until_ms=st.integers(0, 2**50), reference=st.binary(max_size=32))
def test_a_record_is_kept_whole(wrong: int, until_ms: int, reference: bytes) -> None:
    record = PinRecord(reference=reference, wrong=wrong, locked_until_ms=until_ms)
    assert PIN_RECORDS.decode(PIN_RECORDS.encode(record)) == record


def test_a_module_that_fails_is_no_wrong_pin() -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        authenticate_by_pin(
            customer=CUSTOMER,
            record=FRESH,
            verify=broken,
            now_ms=NOW_MS,
            tries_max=3,
            lock_s=LOCK_S,
        )
