"""Records of managed keys: one spelling, bound to their material; states that follow one another."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import (
    NEXT,
    KeyRecordRefused,
    LifeState,
    ManagedKey,
    SoftwareMasterKey,
    TransitionRefused,
    demand_transition,
    new_key_id,
    read_header,
    state_allows,
)
from tallystick.ground.secret import Secret

KEY = ManagedKey(
    id=new_key_id(bytes(range(24))),
    revision=3,
    attributes=KeyAttributes(
        usage=KeyUsage.PIN_ENCRYPTION,
        algorithm=KeyAlgorithm.AES_128,
        mode=KeyMode.BOTH,
        exportability=Exportability.EXPORTABLE,
    ),
    kind="symmetric",
    state=LifeState.ACTIVE,
    domain="production",
    label="zone PIN key",
    origin="created",
    created_ms=1_700_000_000_000,
    expires_ms=1_800_000_000_000,
    uses_max=10,
    check_value="ABCDEF",
    check_method="CMAC",
    pinned={"table": "0123456789012345"},
)
MASTER = SoftwareMasterKey(Secret(bytes(32)), count=None)


def test_a_header_is_read_as_it_was_written() -> None:
    assert read_header(KEY.header()) == KEY


@given(place=st.integers(0, len(KEY.header()) - 1), octet=st.integers(1, 255))
def test_an_altered_header_opens_nothing(place: int, octet: int) -> None:
    sealed = MASTER.seal(b"0123456789abcdef", bound=KEY.header())
    header = bytearray(KEY.header())
    header[place] ^= octet
    with pytest.raises(KeyRecordRefused):
        MASTER.open(sealed, bound=bytes(header))


@given(st.binary(max_size=200))
def test_other_octets_are_no_header(octets: bytes) -> None:
    with pytest.raises(KeyRecordRefused):
        read_header(octets)


@pytest.mark.parametrize("member", ["state", "domain", "revision", "uses_max", "label"])
def test_material_belongs_to_one_record(member: str) -> None:
    sealed = MASTER.seal(b"0123456789abcdef", bound=KEY.header())
    other = replace(KEY, **{member: {"state": LifeState.SUSPENDED, "domain": "test",
                                     "revision": 2, "uses_max": None, "label": ""}[member]})  # fmt: skip
    with pytest.raises(KeyRecordRefused):
        MASTER.open(sealed, bound=other.header())


def test_every_transition_is_allowed_or_refused() -> None:
    for now, wanted in itertools.product(LifeState, LifeState):
        if wanted in NEXT[now]:
            demand_transition(now, wanted)
        else:
            with pytest.raises(TransitionRefused):
                demand_transition(now, wanted)


def test_nobody_comes_back_from_the_end() -> None:
    assert NEXT[LifeState.DESTROYED] == frozenset()
    assert NEXT[LifeState.COMPROMISED] == {LifeState.DESTROYED}
    assert not any(state_allows(LifeState.COMPROMISED, action) for action in KeyAction)


def test_an_expired_key_protects_nothing_more() -> None:
    assert {action for action in KeyAction if state_allows(LifeState.EXPIRED, action)} == {
        KeyAction.DECRYPT, KeyAction.UNWRAP, KeyAction.VERIFY,
    }  # fmt: skip
