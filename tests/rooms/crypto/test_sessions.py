"""Session keys of a shared master key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.transaction_keys import SessionMaster, WorkingKeyRefused, WorkingKind
from tallystick.ground.errors import Defect

DRAWN = st.binary(min_size=16, max_size=32)
MASTER = bytes(range(16))


def derive(
    master: SessionMaster, purpose: str = "pin", kind: WorkingKind = WorkingKind.AES_128,
    initiator: bytes = bytes(16), responder: bytes = b"\x01" * 16,
) -> bytes:  # fmt: skip
    return master.session_key(purpose, kind, initiator=initiator, responder=responder)


@given(initiator=DRAWN, responder=DRAWN)
def test_both_sides_derive_the_same_key(initiator: bytes, responder: bytes) -> None:
    ours = derive(SessionMaster.aes(MASTER), initiator=initiator, responder=responder)
    theirs = derive(SessionMaster.aes(MASTER), initiator=initiator, responder=responder)
    assert ours == theirs
    assert len(ours) == 16


@given(one=st.tuples(st.text(), DRAWN, DRAWN), other=st.tuples(st.text(), DRAWN, DRAWN))
def test_another_session_or_purpose_has_another_key(one: tuple, other: tuple) -> None:
    master = SessionMaster.aes(MASTER)
    kind = WorkingKind.AES_128
    keys = [
        master.session_key(purpose, kind, initiator=initiator, responder=responder)
        for purpose, initiator, responder in (one, other)
    ]
    assert (keys[0] == keys[1]) == (one == other)


def test_another_kind_has_another_key() -> None:
    master = SessionMaster.aes(bytes(32))
    assert len({derive(master, kind=kind) for kind in WorkingKind}) == len(WorkingKind)
    assert all(len(derive(master, kind=kind)) == kind.octets for kind in WorkingKind)


def test_a_session_key_is_not_stronger_than_its_master_key() -> None:
    with pytest.raises(WorkingKeyRefused):
        derive(SessionMaster.aes(MASTER), kind=WorkingKind.AES_256)
    with pytest.raises(WorkingKeyRefused):
        derive(SessionMaster.tdes(MASTER), kind=WorkingKind.TDES_3KEY)
    assert len(derive(SessionMaster.tdes(bytes(24)), kind=WorkingKind.TDES_3KEY)) == 24


def test_each_side_draws_enough_and_a_master_key_has_a_length() -> None:
    with pytest.raises(WorkingKeyRefused):
        derive(SessionMaster.aes(MASTER), responder=bytes(15))
    with pytest.raises(Defect):
        SessionMaster.tdes(bytes(8))
    assert repr(SessionMaster.aes(MASTER)) == "SessionMaster(hidden)"
