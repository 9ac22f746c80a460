"""A module whose signing keys are in a token: what its file says, and what is not believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.keys import (
    SIGNING,
    AssuranceLevel,
    KeyPurpose,
    KeyRecord,
    KeyRing,
    KeyState,
    SoftwareMasterKey,
    create_keys,
    destroy_key,
    open_under_master,
    seal_keys_under,
    seal_under_master,
)
from tallystick.crypto.keys.key_file import open_keys_under
from tallystick.crypto.mechanisms import SigningKey
from tallystick.crypto.modules import SoftwareModule, kept_under_token
from tallystick.crypto.modules.frames import frame_octets as framed
from tallystick.crypto.modules.frames import read_answer, read_started, started_frame
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret
from tallystick.testing import MemorySigners

MASTER = SoftwareMasterKey(Secret(b"m" * 32), count=None)
OTHER = SoftwareMasterKey(Secret(b"o" * 32), count=None)


def drawn() -> tuple[MemorySigners, KeyRing]:
    signers = MemorySigners()
    keys = {purpose: signers.create_signer(purpose) for purpose in SIGNING}
    return signers, create_keys(created_ms=5, signers=keys)


SIGNERS, RING = drawn()
SEALED = seal_keys_under(RING, MASTER)


def test_the_file_names_keys_that_it_does_not_hold() -> None:
    ring = open_keys_under(SEALED, MASTER)
    assert [record.token for record in ring.records] == [record.token for record in RING.records]
    assert {one.purpose for one in ring.records if one.token} == set(SIGNING)
    assert not any(one.material for one in ring.records if one.token)
    with pytest.raises(Misconfigured, match="checkpoint key is in a token"):
        ring.material(KeyPurpose.CHECKPOINT)
    with pytest.raises(Misconfigured, match="is in a token"):
        SoftwareModule(ring)  # without the token there is nothing to sign with
    module = SoftwareModule(ring, token=SIGNERS)
    assert module.public().module == SoftwareModule(RING, token=SIGNERS).public().module


def test_a_module_tells_its_process_where_its_keys_are() -> None:
    kept = kept_under_token(RING, AssuranceLevel.S2, "a device")
    public = SoftwareModule(RING, token=SIGNERS, kept=kept).public()
    assert (public.kept.level, public.kept.signs) == ("S2", "S3")
    assert read_started(read_answer(framed(started_frame(public))[4:])) == public  # type: ignore[arg-type]


def test_another_key_under_the_same_name_is_not_believed() -> None:
    signers, ring = drawn()
    signers.keys[ring.active(KeyPurpose.QR).token] = SigningKey.generate()
    with pytest.raises(Misconfigured, match="another qr key"):
        SoftwareModule(ring, token=signers)


def test_another_master_key_is_told_from_an_altered_file() -> None:
    with pytest.raises(Misconfigured, match=f"the token has {OTHER.fingerprint}"):
        open_keys_under(SEALED, OTHER)
    with pytest.raises(Misconfigured, match="not sealed under a master key"):
        open_under_master("tallystick-privacy 1", SEALED, MASTER)
    sealed = seal_under_master("tallystick-privacy 1", b"x" * 32, MASTER)
    _, _, rest = sealed.partition(b"\n")
    header, end, _ = SEALED.partition(b"\n")
    with pytest.raises(Misconfigured, match="altered"):  # one file is not taken for another
        open_keys_under(header + end + rest, MASTER)


@given(place=st.integers(0, len(SEALED) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_does_not_open(place: int, bit: int) -> None:
    altered = bytearray(SEALED)
    altered[place] ^= 1 << bit
    with pytest.raises(Misconfigured):
        open_keys_under(bytes(altered), MASTER)


def test_a_key_is_in_one_place() -> None:
    record = RING.active(KeyPurpose.QR)
    gone = destroy_key(record)
    assert (gone.token, gone.material, gone.state) == ("", None, KeyState.DESTROYED)
    both = {"material": Secret(bytes(32)), "token": record.token}
    for places in (both, {"material": None, "token": ""}):
        with pytest.raises(Defect):
            KeyRecord(
                purpose=record.purpose, state=KeyState.ACTIVE, created_ms=1,
                check_value=record.check_value, **places,
            )  # fmt: skip
    with pytest.raises(Misconfigured, match="not one that a token keeps"):
        KeyRecord(
            purpose=KeyPurpose.PIN, state=KeyState.ACTIVE, created_ms=1,
            check_value=record.check_value, material=None, token=record.token,
        )  # fmt: skip
