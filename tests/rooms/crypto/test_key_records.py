"""Key records: one key for every purpose, and nothing shown."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from tallystick.crypto.keys import (
    KeyPurpose,
    KeyRing,
    KeyState,
    create_key,
    create_keys,
    destroy_key,
)
from tallystick.crypto.keys.records import MECHANISM_OF
from tallystick.crypto.mechanisms import MECHANISMS
from tallystick.ground.errors import Defect, Misconfigured


def test_there_is_one_key_for_every_purpose() -> None:
    ring = create_keys(created_ms=7)
    assert [record.purpose for record in ring.records] == list(KeyPurpose)
    materials = {ring.material(purpose).reveal() for purpose in KeyPurpose}
    assert len(materials) == len(KeyPurpose)
    assert {len(material) for material in materials} == {32}
    assert {record.created_ms for record in ring.records} == {7}


def test_every_purpose_has_an_approved_mechanism() -> None:
    assert set(MECHANISM_OF) == set(KeyPurpose)
    assert set(MECHANISM_OF.values()) <= set(MECHANISMS)


def test_a_ring_lacks_nothing_and_has_nothing_twice() -> None:
    records = create_keys(created_ms=0).records
    for spoilt in (records[1:], (*records, create_key(KeyPurpose.QR, created_ms=0))):
        with pytest.raises(Misconfigured, match="exactly one active key"):
            KeyRing(spoilt)


def test_a_destroyed_key_keeps_its_record_only() -> None:
    ring = create_keys(created_ms=0)
    destroyed = destroy_key(ring.records[0])
    assert (destroyed.state, destroyed.material) == (KeyState.DESTROYED, None)
    assert destroyed.check_value == ring.records[0].check_value
    with pytest.raises(Misconfigured, match="destroyed"):
        destroyed.demand_material()
    with pytest.raises(Misconfigured):
        KeyRing([destroyed, *ring.records[1:]])
    kept = KeyRing([destroyed, *ring.records])
    assert kept.material(destroyed.purpose).matches(ring.material(destroyed.purpose))


def test_state_and_material_go_together() -> None:
    record = create_key(KeyPurpose.QR, created_ms=0)
    with pytest.raises(Defect):
        replace(record, material=None)
    with pytest.raises(Defect):
        replace(record, state=KeyState.DESTROYED)


def test_a_mixed_up_record_is_found_by_its_check_value() -> None:
    records = {record.purpose: record for record in create_keys(created_ms=0).records}
    qr, checkpoint = records[KeyPurpose.QR], records[KeyPurpose.CHECKPOINT]
    records[KeyPurpose.QR] = replace(qr, material=checkpoint.material)
    with pytest.raises(Misconfigured, match="check value"):
        KeyRing(records.values())


def test_records_and_rings_are_neither_shown_nor_serialised() -> None:
    ring = create_keys(created_ms=0)
    for record in ring.records:
        material = record.demand_material().reveal()
        assert material.hex() not in repr(record)
        assert repr(material) not in repr(record)
    assert repr(ring) == f"KeyRing({len(KeyPurpose)} keys, hidden)"
    with pytest.raises(Defect):
        pickle.dumps(ring.records[0])
